/** A remote that keeps what it is sent in memory, truthfully or with the faults of its store. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RemoteId } from '../../src/core/ids.ts';
import type { UploadNote } from '../../src/ports/ledger.ts';
import type { Hasher } from '../../src/ports/hasher.ts';
import type { OffsiteObject, PutControl, Remote, TrialReport } from '../../src/ports/remote.ts';
import { RemoteError } from '../../src/remotes/remote-error.ts';
import { FakeRemoteStore, flipped } from './fake-remote-store.ts';

export class FakeRemote implements Remote {
  readonly id: RemoteId;
  readonly kind = 'fake';
  readonly store: FakeRemoteStore;
  /** The notes given at each sweep. */
  readonly sweeps: (readonly UploadNote[])[] = [];
  readonly #hasher: Hasher;

  constructor(id: RemoteId, hasher: Hasher, store: FakeRemoteStore = new FakeRemoteStore()) {
    this.id = id;
    this.store = store;
    this.#hasher = hasher;
  }

  async put(object: OffsiteObject, control: PutControl): Promise<void> {
    const { store } = this;
    if (control.signal.aborted) throw this.#stopped(control.signal.reason);
    await this.#answering(control.signal);
    const bytes = await this.#read(object);
    const md5 = createHash('md5').update(bytes).digest('hex');
    await control.commitPass([{ algorithm: 'md5', value: md5 }]);
    store.puts += 1;
    const fault = store.putFaults.shift();
    if (fault === 'cut-early') throw this.#trouble('unreachable', 'does not answer (cut)');
    if (fault === 'busy') throw this.#trouble('busy', 'answered 503 SlowDown');
    if (fault === 'refuse-damaged') throw this.#trouble('damaged', 'got damaged bytes');
    const taken = !control.replaceOwn && store.objects.has(object.key);
    if (fault !== 'lie' && !taken)
      store.keep(object.key, fault === 'flip' ? flipped(bytes) : bytes);
    if (fault === 'cut') throw this.#trouble('unreachable', 'does not answer (cut)');
    control.onBytes(bytes.length);
  }

  async sweep(known: readonly UploadNote[], _olderThanMs: number, signal: AbortSignal) {
    await this.#answering(signal);
    this.sweeps.push(known);
    return 0;
  }

  async tryOut(signal: AbortSignal): Promise<TrialReport> {
    try {
      await this.#answering(signal);
      return { ok: true, findings: [{ ok: true, sentence: `${this.id} takes objects.` }] };
    } catch (error) {
      if (!(error instanceof RemoteError) || error.code === 'aborted') throw error;
      const { message: sentence, hint } = error;
      return { ok: false, findings: [{ ok: false, sentence, hint }] };
    }
  }

  async #answering(signal: AbortSignal): Promise<void> {
    await this.store.beforeRequest();
    if (signal.aborted) throw this.#stopped(signal.reason);
    const { offline, bucketGone, badCredentials } = this.store;
    if (offline) throw this.#trouble('unreachable', 'does not answer (connection refused)');
    if (badCredentials) throw this.#trouble('credentials', 'refuses the secret key');
    if (bucketGone) throw this.#trouble('no-bucket', 'has no such bucket');
  }

  async #read({ localPath, hash }: OffsiteObject): Promise<Buffer> {
    let bytes: Buffer;
    try {
      bytes = await readFile(localPath);
    } catch (cause) {
      const sentence = `${localPath} could not be read for sending.`;
      throw new RemoteError('source-unreadable', sentence, 'See to the drive.', { cause });
    }
    if (this.#hasher.of(bytes) === hash) return bytes;
    const sentence = `${localPath} is no longer what was verified, so it was not sent.`;
    throw new RemoteError('source-differs', sentence, 'It is made again by itself.');
  }

  #trouble(code: 'unreachable' | 'busy' | 'damaged' | 'credentials' | 'no-bucket', says: string) {
    return new RemoteError(code, `${this.id} ${says}.`, 'Look at the fake.');
  }

  #stopped(cause: unknown): RemoteError {
    return new RemoteError('aborted', 'Stopped.', 'It goes on later.', { cause });
  }
}
