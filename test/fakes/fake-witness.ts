/** A witness that looks into the fake store; it tells what is there, or that it cannot tell. */
import { createHash } from 'node:crypto';
import type { RemoteId } from '../../src/core/ids.ts';
import type { Hasher } from '../../src/ports/hasher.ts';
import type { TrialReport } from '../../src/ports/remote.ts';
import type { Look, LookRequest, Witness } from '../../src/ports/witness.ts';
import { WitnessError, type WitnessErrorCode } from '../../src/witnesses/witness-error.ts';
import type { FakeRemoteStore } from './fake-remote-store.ts';

export class FakeWitness implements Witness {
  readonly id: RemoteId;
  readonly store: FakeRemoteStore;
  /** What it does when less than grade A is wanted: asks for the MD5, or sees names and sizes only. */
  sight: 'digest' | 'listing' = 'digest';
  readonly #hasher: Hasher;

  constructor(id: RemoteId, hasher: Hasher, store: FakeRemoteStore) {
    this.id = id;
    this.store = store;
    this.#hasher = hasher;
  }

  async look(request: LookRequest, signal: AbortSignal): Promise<Look> {
    await this.#answering(signal);
    this.store.looks += 1;
    const bytes = this.store.visible(request.key)?.bytes;
    if (bytes === undefined) return { kind: 'absent' };
    const seen = { kind: 'seen', sizeBytes: bytes.length } as const;
    if (this.sight === 'listing') return { ...seen, method: 'listed' };
    if (request.minimumGrade === 'A') {
      const digest = { algorithm: 'xxh64', value: this.#hasher.of(bytes) } as const;
      return { ...seen, method: 'fetched', digest };
    }
    const value = createHash('md5').update(bytes).digest('hex');
    return { ...seen, method: 'server-digest', digest: { algorithm: 'md5', value } };
  }

  async tryOut(signal: AbortSignal): Promise<TrialReport> {
    try {
      await this.#answering(signal);
      return { ok: true, findings: [{ ok: true, sentence: `${this.id} can be looked at.` }] };
    } catch (error) {
      if (!(error instanceof WitnessError) || error.code === 'aborted') throw error;
      const { message: sentence, hint } = error;
      return { ok: false, findings: [{ ok: false, sentence, hint }] };
    }
  }

  async #answering(signal: AbortSignal): Promise<void> {
    await this.store.beforeRequest();
    if (signal.aborted) throw this.#trouble('aborted', 'was not looked at');
    const { offline, bucketGone, badCredentials } = this.store;
    if (offline) throw this.#trouble('unreachable', 'does not answer (connection refused)');
    if (badCredentials) throw this.#trouble('credentials', 'does not accept the credentials');
    if (bucketGone) throw this.#trouble('no-bucket', 'has no such bucket');
  }

  #trouble(code: WitnessErrorCode, says: string): WitnessError {
    return new WitnessError(code, `${this.id} ${says}.`, 'Look at the fake.');
  }
}
