/** Notices copies that are no longer where they were put, before anybody relies on them. */
import PQueue from 'p-queue';
import type { ReadyDestination } from '../core/destination.ts';
import type { EvidenceDraft } from '../core/evidence.ts';
import type { DestinationId, FileId } from '../core/ids.ts';
import type { ServiceDeps } from './service-deps.ts';
import type { HeldVisitor } from './survey.ts';

/** Copies of one drive asked for in one go. */
const AT_ONCE = 500;
/** Goes under way; a drive that answers slowly holds up the reading of the records, not the memory. */
const UNDER_WAY = 4;

interface Copy {
  readonly fileId: FileId;
  readonly sizeBytes: number;
  readonly placedAt: string;
}

/**
 * Looks by a plain stat for the copies that evidence calls good, as a survey passes their files. A copy that is there
 * with the right size proves nothing and gives no record; a copy that is not there is a loss.
 */
export class Glance {
  readonly #deps: Pick<ServiceDeps, 'clock' | 'destinations'>;
  readonly #ready: readonly ReadyDestination[];
  readonly #gathered: ReadonlyMap<DestinationId, { drive: ReadyDestination; copies: Copy[] }>;
  readonly #queue = new PQueue({ concurrency: UNDER_WAY });
  readonly #losses: EvidenceDraft[] = [];
  readonly #silent = new Set<ReadyDestination>();
  readonly #unsure = new Set<ReadyDestination>();

  constructor(
    deps: Pick<ServiceDeps, 'clock' | 'destinations'>,
    ready: readonly ReadyDestination[],
  ) {
    this.#deps = deps;
    this.#ready = ready;
    this.#gathered = new Map(ready.map((drive) => [drive.id, { drive, copies: [] }]));
  }

  readonly visit: HeldVisitor = async (held) => {
    for (const { file, copies } of held) {
      for (const { destinationId, placedAt } of copies) {
        const { id: fileId, sizeBytes } = file;
        this.#gathered.get(destinationId)?.copies.push({ fileId, sizeBytes, placedAt });
      }
    }
    this.#askFrom(AT_ONCE);
    await this.#queue.onSizeLessThan(UNDER_WAY);
  };

  /** What is lost among all files shown so far. */
  async losses(): Promise<readonly EvidenceDraft[]> {
    this.#askFrom(1);
    await this.#queue.onIdle();
    return await this.#confirmed();
  }

  /** Drives that gave no answer about some of their copies: these may be lost all the same. */
  get unsure(): ReadonlySet<ReadyDestination> {
    return this.#unsure;
  }

  /** Asks for what was gathered of drives with at least so many copies. */
  #askFrom(least: number): void {
    for (const { drive, copies } of this.#gathered.values()) {
      if (copies.length < least) continue;
      const asked = copies.splice(0);
      void this.#queue.add(() => this.#ask(drive, asked));
    }
  }

  async #ask(drive: ReadyDestination, copies: readonly Copy[]): Promise<void> {
    if (this.#silent.has(drive)) return;
    const { destinations, clock } = this.#deps;
    const places = copies.map(({ placedAt }) => placedAt);
    const answers = await destinations.glances(drive, places).catch(() => undefined);
    if (answers === undefined) this.#silent.add(drive);
    if (answers === undefined || answers.includes('unknown')) this.#unsure.add(drive);
    for (const [i, { fileId, sizeBytes, placedAt }] of copies.entries()) {
      const answer = answers?.[i] ?? 'unknown';
      // A drive that gives no answer (it went away) says nothing about its files.
      if (answer === 'unknown' || answer === sizeBytes) continue;
      const reason = answer === 'missing' ? 'missing' : 'wrong-size';
      const about = { kind: 'copy-lost', fileId, at: clock.now() } as const;
      this.#losses.push({ ...about, destinationId: drive.id, placedAt, reason });
    }
  }

  /** A drive that went away during the glances lost nothing: its answers do not count. */
  async #confirmed(): Promise<readonly EvidenceDraft[]> {
    if (this.#losses.length === 0) return [];
    const there = new Set<string>();
    for (const drive of this.#ready) {
      if (await this.#deps.destinations.stillThere(drive)) there.add(drive.id);
      else this.#unsure.add(drive);
    }
    return this.#losses.filter(
      (loss) => loss.kind === 'copy-lost' && there.has(loss.destinationId),
    );
  }
}
