/**
 * A copier for tests of those who use one: it copies real folders plainly and believes itself, and fails on demand.
 * Nothing is flushed and nothing is proven; it only says so.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { DestinationTrouble, ReadyDestination } from '../../src/core/destination.ts';
import type { EvidenceDraft, ReadProof } from '../../src/core/evidence.ts';
import type { DestinationId, FileId } from '../../src/core/ids.ts';
import type { CardFile } from '../../src/core/inventory.ts';
import { suffixed } from '../../src/core/placement.ts';
import { OffloadError } from '../../src/offload/offload-error.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  Copier,
  CopyEvents,
  CopyJob,
  CopyOutcome,
  CopySource,
  CopyTarget,
  CopyTask,
  LostLeg,
  ReadBackRequest,
  RereadCoverage,
} from '../../src/ports/copier.ts';
import type { Hasher } from '../../src/ports/hasher.ts';

class Unreadable extends Error {}

export class FakeCopier implements Copier {
  /** What read-backs say of themselves. */
  proof: ReadProof = 'device';
  /** Paths on the card that give an error instead of bytes. */
  readonly unreadable = new Set<string>();
  /** Paths whose first byte is another one at each read. */
  readonly unstable = new Set<string>();
  /** Drives that fail at their next file. */
  readonly failing = new Map<DestinationId, DestinationTrouble>();
  /** Files that were copied, in order. */
  readonly copied: string[] = [];
  readonly #hasher: Hasher;
  readonly #clock: Clock;
  #reads = 0;

  constructor(hasher: Hasher, clock: Clock) {
    this.#hasher = hasher;
    this.#clock = clock;
  }

  async copy(job: CopyJob, events: CopyEvents, signal: AbortSignal): Promise<CopyOutcome> {
    assertSound(job);
    const lost = new Map<DestinationId, LostLeg>();
    const legs = job.targets.filter((target) => this.#isWell(target, lost));
    for (const { destination, folder } of legs) {
      for (const name of job.folders) {
        mkdirSync(join(destination.path, folder, name), { recursive: true });
      }
    }
    const badSources: FileId[] = [];
    const done = { filesDone: 0, bytesRead: 0, bytesReadBack: new Map<DestinationId, number>() };
    for (const task of job.tasks) {
      signal.throwIfAborted();
      if (!(await job.source.stillIn())) return outcome(lost, badSources, true);
      const bytes = this.#bytesOf(job, task);
      if (!(await job.source.stillIn())) return outcome(lost, badSources, true);
      const drafts = this.#placeAll(task, bytes, legs, lost);
      const good = !(bytes instanceof Unreadable) && this.#isExpected(task, bytes);
      if (!good) badSources.push(task.file.id);
      const kept = drafts.filter(({ kind }) => job.from === 'card' || kind === 'copy-read-back');
      if (kept.length === 0) continue;
      await events.commit(kept);
      if (!good) continue;
      done.filesDone += 1;
      done.bytesRead += task.file.sizeBytes;
      for (const draft of drafts) {
        if (draft.kind !== 'copy-read-back') continue;
        const { destinationId: id, sizeBytes } = draft;
        done.bytesReadBack.set(id, (done.bytesReadBack.get(id) ?? 0) + sizeBytes);
      }
      events.progress({ ...done });
    }
    signal.throwIfAborted();
    return outcome(lost, badSources, false);
  }

  async readBack(request: ReadBackRequest, _signal: AbortSignal): Promise<EvidenceDraft> {
    const { file, destination, placedAt } = request;
    if (statSync(destination.path).dev !== destination.deviceNumber) {
      throw new OffloadError('drive-changed', 'The drive is another one.', 'Connect it again.');
    }
    const at = this.#clock.now();
    const about = { fileId: file.id, at, destinationId: destination.id, placedAt };
    const path = join(destination.path, placedAt);
    if (!existsSync(path)) return { kind: 'copy-lost', ...about, reason: 'missing' };
    const bytes = readFileSync(path);
    if (bytes.length !== file.sizeBytes) {
      return { kind: 'copy-lost', ...about, reason: 'wrong-size' };
    }
    return this.#seen(file, destination, { placedAt, bytes });
  }

  async reread(
    source: CopySource,
    file: CardFile,
    coverage: RereadCoverage,
    _signal: AbortSignal,
  ): Promise<readonly EvidenceDraft[]> {
    if (!(await source.stillIn())) return [];
    const bytes = this.#read(source.root, file.path, file);
    const about = { fileId: file.id, at: this.#clock.now() };
    if (bytes instanceof Unreadable) {
      return [{ kind: 'source-unreadable', ...about, reason: bytes.message }];
    }
    const hash = this.#hasher.of(bytes);
    if (coverage.kind === 'full') {
      return [{ kind: 'source-read', ...about, hash, sizeBytes: bytes.length }];
    }
    const firstHash = this.#hasher.of(readFileSync(coverage.goodCopy));
    const sampledBytes = bytes.length;
    return [{ kind: 'source-sample', ...about, firstHash, secondHash: hash, sampledBytes }];
  }

  #isWell({ destination }: CopyTarget, lost: Map<DestinationId, LostLeg>): boolean {
    if (statSync(destination.path).dev === destination.deviceNumber) return true;
    lost.set(destination.id, leg(destination.id, 'not-mounted'));
    return false;
  }

  #bytesOf({ source }: CopyJob, { sourcePath, file }: CopyTask): Uint8Array | Unreadable {
    return this.#read(source.root, sourcePath, file);
  }

  #read(root: string, path: string, file: CardFile): Uint8Array | Unreadable {
    if (this.unreadable.has(path)) return new Unreadable('input/output error');
    const parts = path.split('/').map((_, i, all) => join(root, ...all.slice(0, i + 1)));
    for (const part of parts) {
      const there = lstatSync(part, { throwIfNoEntry: false });
      if (there === undefined) return new Unreadable('it is not there any more');
      if (there.isSymbolicLink()) return new Unreadable('it is a link');
    }
    const bytes = Uint8Array.from(readFileSync(join(root, path)));
    if (bytes.length !== file.sizeBytes) return new Unreadable('it has another size now');
    this.#reads += 1;
    if (this.unstable.has(path)) bytes[0] = this.#reads % 256;
    return bytes;
  }

  #isExpected({ expected }: CopyTask, bytes: Uint8Array): boolean {
    return expected === undefined || this.#hasher.of(bytes) === expected;
  }

  #placeAll(
    task: CopyTask,
    bytes: Uint8Array | Unreadable,
    targets: readonly CopyTarget[],
    lost: Map<DestinationId, LostLeg>,
  ): EvidenceDraft[] {
    const about = { fileId: task.file.id, at: this.#clock.now() };
    if (bytes instanceof Unreadable) {
      return [{ kind: 'source-unreadable', ...about, reason: bytes.message }];
    }
    const hash = this.#hasher.of(bytes);
    const drafts: EvidenceDraft[] = [
      { kind: 'source-read', ...about, hash, sizeBytes: bytes.length },
    ];
    if (!this.#isExpected(task, bytes)) return drafts;
    for (const { destination, folder } of targets) {
      const { id, maxFileBytes } = destination;
      if (!task.to.includes(id) || (lost.has(id) && lost.get(id)?.trouble !== 'file-too-large')) {
        continue;
      }
      const trouble = this.failing.get(id);
      if (trouble !== undefined) lost.set(id, leg(id, trouble));
      else if (bytes.length > maxFileBytes) lost.set(id, leg(id, 'file-too-large'));
      else {
        const placedAt = place(task.file, bytes, { root: destination.path, folder });
        drafts.push(this.#seen(task.file, destination, { placedAt, bytes }));
      }
    }
    this.copied.push(task.file.path);
    return drafts;
  }

  #seen(
    file: CardFile,
    { id: destinationId, mediumId }: ReadyDestination,
    { placedAt, bytes }: { placedAt: string; bytes: Uint8Array },
  ): EvidenceDraft {
    const about = { fileId: file.id, at: this.#clock.now(), destinationId, mediumId, placedAt };
    const hash = this.#hasher.of(bytes);
    return { kind: 'copy-read-back', ...about, hash, sizeBytes: bytes.length, proof: this.proof };
  }
}

function assertSound({ tasks, folders }: CopyJob): void {
  const paths = [...folders, ...tasks.flatMap((t) => [t.file.placement, t.sourcePath])];
  for (const path of paths) {
    const bad = path.split('/').some((part) => part === '' || part === '.' || part === '..');
    if (bad || path.includes('\0')) throw Object.assign(new Error(path), { code: 'bad-job' });
  }
}

function place(
  file: CardFile,
  bytes: Uint8Array,
  { root, folder }: { root: string; folder: string },
): string {
  for (let n = 1; ; n += 1) {
    const placedAt = `${folder}/${n === 1 ? file.placement : suffixed(file.placement, n)}`;
    const path = join(root, placedAt);
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there?.isFile() && readFileSync(path).equals(bytes)) return placedAt;
    if (there !== undefined) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.part`, bytes);
    utimesSync(`${path}.part`, file.mtimeMs / 1000, file.mtimeMs / 1000);
    renameSync(`${path}.part`, path);
    rmSync(`${path}.part`, { force: true });
    return placedAt;
  }
}

function leg(destinationId: DestinationId, trouble: DestinationTrouble): LostLeg {
  const sentence = `Drive "${destinationId}" was made to fail (${trouble}).`;
  return { destinationId, trouble, sentence, hint: 'This is a test.' };
}

function outcome(
  lost: ReadonlyMap<DestinationId, LostLeg>,
  badSources: readonly FileId[],
  sourceGone: boolean,
): CopyOutcome {
  return { lostLegs: [...lost.values()], sourceGone, badSources };
}
