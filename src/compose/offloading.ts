/** `safelight offload`: through the service when it runs, else in this process. */
import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { offloadStepShape } from '../cli/shapes.ts';
import type { Call, OffloadAnswer, OffloadRequest, OffloadStep } from '../cli/services.ts';
import type { CardView } from '../core/status.ts';
import type { FollowStep } from '../daemon/follow.ts';
import { callControl, streamControl } from '../platform/control-client.ts';
import { ControlError } from '../platform/control-error.ts';
import { controlSocketPath } from '../platform/paths.ts';
import { type Offer, offloadHere } from './offload-here.ts';
import type { Setting } from './parts.ts';

const CALL_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 30_000;

type Refused = Extract<OffloadAnswer, { kind: 'refused' }>;

export async function offload(
  setting: Setting,
  call: Call,
  request: OffloadRequest,
  onStep: (step: OffloadStep) => void,
): Promise<OffloadAnswer> {
  const offer = await offerOf(request);
  if ('kind' in offer) return offer;
  try {
    return await throughService(setting, call, { offer, wait: request.wait }, onStep);
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'not-running') throw error;
  }
  return inThisProcess(setting, call, { offer, wait: request.wait }, onStep);
}

async function offerOf({ path, label }: OffloadRequest): Promise<Offer | Refused> {
  try {
    const real = await realpath(path);
    // The root folder has no name of its own.
    const named = label ?? (basename(real) || real);
    if ((await stat(real)).isDirectory()) return { path: real, label: named };
    return refused(`${path} is not a folder.`, 'Name the folder or mount point of the card.');
  } catch {
    return refused(`There is no folder ${path}.`, 'Is the card mounted? "lsblk" shows where.');
  }
}

function refused(sentence: string, hint: string): Refused {
  return { kind: 'refused', sentence, hint };
}

interface Errand {
  readonly offer: Offer;
  readonly wait: boolean;
}

async function throughService(
  { stateDir }: Setting,
  { signal }: Call,
  { offer, wait }: Errand,
  onStep: (step: OffloadStep) => void,
): Promise<OffloadAnswer> {
  const socket = controlSocketPath(stateDir);
  const question = { method: 'POST', path: '/offload', body: offer } as const;
  const answer = await callControl(socket, question, { timeoutMs: CALL_TIMEOUT_MS, signal });
  if (isRefusal(answer)) return refused(answer.sentence, answer.hint);
  if (!wait) {
    return { kind: 'handed-over', sentence: `${offer.label}: the service has taken it over.` };
  }
  const path = `/follow?root=${encodeURIComponent(offer.path)}`;
  const lines = streamControl(
    socket,
    { method: 'GET', path },
    { idleTimeoutMs: IDLE_TIMEOUT_MS, signal },
  );
  let last: CardView | null = null;
  for await (const line of lines) {
    const step = offloadStepShape.parse(line);
    onStep(step);
    last = step.card ?? last;
  }
  return ended(last);
}

async function inThisProcess(
  setting: Setting,
  { signal }: Call,
  { offer, wait }: Errand,
  onStep: (step: OffloadStep) => void,
): Promise<OffloadAnswer> {
  const enough = (step: FollowStep): boolean => step.ended || (!wait && step.onDrives);
  const steps = offloadHere(setting, offer, enough, signal);
  let last: CardView | null = null;
  for (;;) {
    const next = await steps.next();
    if (next.done === true) return next.value ?? ended(last);
    onStep(next.value);
    last = next.value.card ?? last;
  }
}

function ended(card: CardView | null): OffloadAnswer {
  if (card !== null) return { kind: 'ended', card };
  return refused(
    'The offload ended before anything could be said about the card.',
    'Is the folder still there? "safelight check" tells what is known.',
  );
}

function isRefusal(answer: unknown): answer is Refused {
  return isObject(answer) && answer['kind'] === 'refused';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
