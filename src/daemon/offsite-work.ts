/** Sends files to one remote and has its witness look, in rounds that give up early when nothing arrives. */
import PQueue from 'p-queue';
import type { PlaceTrouble } from '../core/blocker.ts';
import type { DigestAlgorithm, EvidenceDraft } from '../core/evidence.ts';
import type { DestinationId } from '../core/ids.ts';
import { minimumGradeFor, type Policy } from '../core/policy.ts';
import { RoomError } from '../core/room-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger, Roll } from '../ports/ledger.ts';
import type { Look } from '../ports/witness.ts';
import { objectName } from './object-key.ts';
import type { OffsitePair } from './service-deps.ts';
import type { OffsiteTask } from './survey.ts';

/** Stores may need a moment to show a new object. After the last look "absent" is recorded. Milliseconds. */
const ABSENCE_PATIENCE_MS = [500, 2_000];
/** So many failures in a row end a round: the store is away or keeps nothing, and sending on would be waste. */
const FAILURES_PER_ROUND = 3;
const FILES_AT_A_TIME = 4;

export interface OffsiteDeps {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'append' | 'uploadNote' | 'saveUploadNote' | 'dropUploadNote'>;
  readonly policy: Policy;
}

export interface OffsiteRound {
  readonly roll: Roll;
  readonly pair: OffsitePair;
  readonly tasks: readonly OffsiteTask[];
  /** Absolute roots of the destinations that are ready. */
  readonly roots: ReadonlyMap<DestinationId, string>;
  onProgress(done: { readonly filesDone: number; readonly bytesDone: number }): void;
}

export interface RoundResult {
  /** What the remote or its witness said last when something failed; undefined when all answered. */
  readonly trouble?: PlaceTrouble;
  /** When a witness last saw something. */
  readonly lastSightingAt?: number;
}

/** One round over the tasks. Evidence is committed as it comes; what failed stays in the plan. */
export async function doOffsiteRound(
  deps: OffsiteDeps,
  round: OffsiteRound,
  signal: AbortSignal,
): Promise<RoundResult> {
  const queue = new PQueue({ concurrency: FILES_AT_A_TIME });
  const stop = new AbortController();
  const bounded = AbortSignal.any([signal, stop.signal]);
  let failures = 0;
  let filesDone = 0;
  let bytesDone = 0;
  let trouble: PlaceTrouble | undefined;
  let lastSightingAt: number | undefined;

  const onBytes = (count: number): void => {
    bytesDone += count;
    round.onProgress({ filesDone, bytesDone });
  };
  const one = async (task: OffsiteTask): Promise<void> => {
    if (bounded.aborted) return;
    const result = await sendAndLook(deps, round, { task, onBytes }, bounded);
    if (result.seenAt !== undefined) {
      failures = 0;
      lastSightingAt = result.seenAt;
      filesDone += 1;
      round.onProgress({ filesDone, bytesDone });
      return;
    }
    trouble = result.trouble;
    failures += 1;
    if (failures >= FAILURES_PER_ROUND) stop.abort();
  };
  await Promise.all(round.tasks.map((task) => queue.add(() => one(task))));
  signal.throwIfAborted();
  return {
    ...(trouble === undefined ? {} : { trouble }),
    ...(lastSightingAt === undefined ? {} : { lastSightingAt }),
  };
}

type TaskResult =
  | { readonly seenAt: number; readonly trouble?: undefined }
  | { readonly seenAt?: undefined; readonly trouble: PlaceTrouble };

async function sendAndLook(
  deps: OffsiteDeps,
  round: OffsiteRound,
  { task, onBytes }: Pick<Errand, 'task' | 'onBytes'>,
  signal: AbortSignal,
): Promise<TaskResult> {
  const place = task.step.remoteId;
  let { comparable } = task;
  const { file } = task.step;
  const content = { hash: task.hash, sizeBytes: file.sizeBytes };
  const plain = `${round.roll.folder}/${file.placement}`;
  const { key, mayReplace } = objectName(plain, content, task.past);
  if (task.step.kind === 'upload') {
    const sent = await send(deps, round, { task, key, mayReplace, onBytes }, signal);
    // Without a pass on record nothing can have arrived. With one, only a look can tell, whatever put() said.
    if (sent.passed === undefined) return { trouble: sent.trouble ?? strange(place) };
    comparable = [...comparable, ...sent.passed];
  }
  try {
    const look = await lookPatiently(deps, round, { task, key, comparable }, signal);
    const at = deps.clock.now();
    await deps.ledger.append([sightingDraft(task, key, look, at)]);
    if (look.kind === 'seen') return { seenAt: at };
    return {
      trouble: {
        place,
        sentence: `"${place}" took the upload of ${task.step.file.path} but does not have it.`,
        hint: 'It is sent again by itself. If it stays, do not trust this store.',
      },
    };
  } catch (error) {
    return { trouble: troubleOf(error, place) };
  }
}

interface Errand {
  readonly task: OffsiteTask;
  readonly key: string;
  readonly mayReplace: boolean;
  readonly onBytes: (count: number) => void;
}

interface Sent {
  /** The algorithms of the pass that went on record; undefined when none did. */
  readonly passed?: readonly DigestAlgorithm[];
  readonly trouble?: PlaceTrouble;
}

async function send(
  deps: OffsiteDeps,
  round: OffsiteRound,
  { task, key, mayReplace, onBytes }: Errand,
  signal: AbortSignal,
): Promise<Sent> {
  const { ledger } = deps;
  const { file, remoteId } = task.step;
  let passed: readonly DigestAlgorithm[] | undefined;
  let trouble: PlaceTrouble | undefined;
  for (const copy of task.copies) {
    const root = round.roots.get(copy.destinationId);
    if (root === undefined) continue;
    const { sizeBytes, mtimeMs } = file;
    const object = {
      key,
      localPath: `${root}/${copy.placedAt}`,
      hash: task.hash,
      sizeBytes,
      mtimeMs,
    };
    try {
      await round.pair.remote.put(object, {
        signal,
        notes: {
          load: () => ledger.uploadNote(file.id, remoteId),
          save: (note) => ledger.saveUploadNote(file.id, remoteId, note),
          drop: () => ledger.dropUploadNote(file.id, remoteId),
        },
        commitPass: async (digests) => {
          const { hash } = task;
          const at = deps.clock.now();
          await ledger.append([
            { kind: 'upload-pass', fileId: file.id, at, remoteId, key, hash, sizeBytes, digests },
          ]);
          passed = digests.map(({ algorithm }) => algorithm);
        },
        onBytes,
        replaceOwn: mayReplace,
      });
      return passed === undefined ? {} : { passed };
    } catch (error) {
      trouble = troubleOf(error, remoteId);
      // Another copy can help only where this one could not be read as it should.
      const local = isRoomError(error) && error.code.startsWith('source-');
      if (!local || passed !== undefined) break;
    }
  }
  return {
    ...(passed === undefined ? {} : { passed }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

async function lookPatiently(
  deps: OffsiteDeps,
  round: OffsiteRound,
  { task, key, comparable }: Pick<Errand, 'task' | 'key'> & Pick<OffsiteTask, 'comparable'>,
  signal: AbortSignal,
): Promise<Look> {
  const { file, remoteId } = task.step;
  const minimumGrade = minimumGradeFor(deps.policy, remoteId);
  const request = { key, sizeBytes: file.sizeBytes, minimumGrade, comparable };
  let look = await round.pair.witness.look(request, signal);
  for (const pauseMs of ABSENCE_PATIENCE_MS) {
    if (look.kind === 'seen') break;
    await deps.clock.after(pauseMs, signal);
    look = await round.pair.witness.look(request, signal);
  }
  return look;
}

function sightingDraft(task: OffsiteTask, key: string, look: Look, at: number): EvidenceDraft {
  const about = { fileId: task.step.file.id, at, remoteId: task.step.remoteId, key };
  if (look.kind === 'absent') return { ...about, kind: 'offsite-absent' };
  const { kind: _seen, ...seen } = look;
  return { ...about, ...seen, kind: 'offsite-sighting' };
}

function isRoomError(error: unknown): error is RoomError<string> {
  return error instanceof RoomError;
}

function troubleOf(error: unknown, place: string): PlaceTrouble {
  if (isRoomError(error)) return { place, sentence: error.message, hint: error.hint };
  if (error instanceof Error && error.name === 'AbortError') return strange(place, 'stopped');
  throw error;
}

function strange(place: string, why = 'nothing was sent'): PlaceTrouble {
  return {
    place,
    sentence: `The upload to "${place}" did not take place (${why}).`,
    hint: 'It is tried again by itself.',
  };
}
