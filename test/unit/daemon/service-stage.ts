/**
 * The whole service on fakes that keep the ports' promises: real folders as cards and drives, a clock that moves
 * only when told to, a store, a ledger and slots in memory.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isCard } from '../../../src/compose/card-rules.ts';
import { asDestinationId, asRemoteId } from '../../../src/core/ids.ts';
import { junkFilter } from '../../../src/core/junk.ts';
import { type Policy, STRICTEST } from '../../../src/core/policy.ts';
import { roleOf } from '../../../src/core/roles.ts';
import type { CardView } from '../../../src/core/status.ts';
import { checkCards } from '../../../src/daemon/checking.ts';
import type { ServiceDeps } from '../../../src/daemon/service-deps.ts';
import { type Service, startService } from '../../../src/daemon/service.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { makeHasher } from '../../../src/platform/xxhash.ts';
import type { GlanceAnswer } from '../../../src/ports/destination.ts';
import type { Insertion } from '../../../src/ports/volume-source.ts';
import { makeCardReader } from '../../../src/volumes/card-walk.ts';
import { FakeCopier } from '../../fakes/fake-copier.ts';
import { FakeDestinationProbe } from '../../fakes/fake-destination-probe.ts';
import { FakeMounter } from '../../fakes/fake-mounter.ts';
import { FakePreviewMaker } from '../../fakes/fake-preview-maker.ts';
import { FakeRemote } from '../../fakes/fake-remote.ts';
import { FakeSignal } from '../../fakes/fake-signal.ts';
import { FakeSignalClock, settled } from '../../fakes/fake-signal-clock.ts';
import { aCard, FakeVolumeSource } from '../../fakes/fake-volume-source.ts';
import { FakeWitness } from '../../fakes/fake-witness.ts';
import { MemoryLedger, type MemoryLedgerOptions } from '../../fakes/memory-ledger.ts';

const hasher = await makeHasher();

export const WORKING = asDestinationId('working');
export const BACKUP = asDestinationId('backup');
export const B2 = asRemoteId('b2');

export interface StageOptions {
  readonly policy?: Partial<Policy>;
  readonly ledger?: MemoryLedgerOptions;
}

const nothingAside = async (): Promise<ReadonlySet<never>> => new Set<never>();

/** Sees real folders as far as sizes go. */
class FolderProbe extends FakeDestinationProbe {
  override async glances(
    { path }: { path: string },
    placedAt: readonly string[],
  ): Promise<readonly GlanceAnswer[]> {
    return placedAt.map(
      (place) => statSync(join(path, place), { throwIfNoEntry: false })?.size ?? 'missing',
    );
  }
}

export class ServiceStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'service-stage-'));
  readonly clock = new FakeSignalClock();
  readonly volumes = new FakeVolumeSource();
  readonly probe = new FolderProbe();
  readonly copier = new FakeCopier(hasher, this.clock);
  readonly remote = new FakeRemote(B2, hasher);
  readonly witness = new FakeWitness(B2, hasher, this.remote.store);
  readonly signal = new FakeSignal(this.clock);
  readonly previews = new FakePreviewMaker();
  readonly mounter = new FakeMounter(this.volumes);
  readonly ledger: MemoryLedger;
  readonly deps: ServiceDeps;
  service: Service | undefined;
  readonly #stop = new AbortController();
  #cards = 0;

  constructor({ policy, ledger }: StageOptions = {}) {
    this.ledger = new MemoryLedger(ledger);
    const destinations = [WORKING, BACKUP].map((id) => ({ id, path: join(this.folder, id) }));
    for (const { id, path } of destinations) {
      mkdirSync(path);
      this.probe.ready(id, { deviceNumber: statSync(path).dev });
    }
    const settings = {
      destinations,
      folderTemplate: '{date}/{label}_{card}',
      previewFolder: join(this.folder, 'previews'),
      policy: {
        ...STRICTEST,
        destinations: new Set([WORKING, BACKUP]),
        offsiteRemotes: new Set([B2]),
        ...policy,
      },
      eject: 'never' as const,
    };
    this.deps = {
      clock: this.clock,
      log: silentLogger,
      ledger: this.ledger,
      volumes: this.volumes,
      mounter: this.mounter,
      reader: makeCardReader({ junkReason: junkFilter([]), clock: this.clock }),
      destinations: this.probe,
      copier: this.copier,
      offsite: [{ remote: this.remote, witness: this.witness }],
      signal: this.signal,
      previews: this.previews,
      settings,
      isCard,
      roleOf,
    };
  }

  async start(): Promise<Service> {
    this.service = await startService(this.deps, 4711, this.#stop.signal);
    return this.service;
  }

  /** Files (path and content) in a new slot; the folder is the card's. */
  insert(label: string, files: Readonly<Record<string, string>>): Insertion {
    this.#cards += 1;
    const root = join(this.folder, 'media', label);
    for (const [path, content] of Object.entries(files)) this.shoot(root, path, content);
    const volumeSerial = `F144-000${this.#cards}`;
    const card = aCard({
      key: `disk ${this.#cards} ${volumeSerial}`,
      root,
      label,
      facts: { kind: 'volume', fsType: 'exfat', volumeSerial, sizeBytes: 130_023_424 },
    });
    this.volumes.insert(card);
    return card;
  }

  shoot(root: string, path: string, content: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  drive(id: typeof WORKING): string {
    return join(this.folder, id);
  }

  /** What the service says of a card. */
  card(label: string): CardView | undefined {
    return this.service?.status().cards.find((card) => card.label === label);
  }

  /** What somebody who asks without the service is told. */
  async check(label: string): Promise<CardView | undefined> {
    const remoteIds = [B2];
    const deps = { ...this.deps, remoteIds, setAside: nothingAside };
    const answer = await checkCards(deps, [label], new AbortController().signal);
    if (answer.kind !== 'answers') throw new Error(`check answered ${JSON.stringify(answer)}`);
    return answer.cards[0];
  }

  /** Lets time pass until it is so; the test's time limit is the bound. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; !isSo(); turn += 1) {
      // Files are really read and written: most turns only let that come to its end.
      if (turn % 20 === 19) await this.clock.advance(1_000);
      else await settled();
    }
  }

  /** Lets work go on for a while that is long for it. */
  async forMinutes(minutes: number): Promise<void> {
    for (let second = 0; second < minutes * 60; second += 5) {
      await this.clock.advance(5_000);
      for (let i = 0; i < 5; i += 1) await settled();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.service?.stopped.catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
