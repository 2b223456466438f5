/** `safelight eject`: asks the running service, which alone knows whether the card is being read. */
import { ejectAnswerShape } from '../cli/shapes.ts';
import type { Call, EjectAnswer } from '../cli/services.ts';
import { callControl } from '../platform/control-client.ts';
import { ControlError } from '../platform/control-error.ts';
import { controlSocketPath } from '../platform/paths.ts';
import type { Setting } from './parts.ts';

/** Unmounting waits for what is on its way, and a pulled card can hold a reader for seconds. */
const TIMEOUT_MS = 180_000;

export async function eject(
  { stateDir }: Setting,
  { signal }: Call,
  selector: string,
): Promise<EjectAnswer> {
  const question = { method: 'POST', path: '/eject', body: { card: selector } } as const;
  try {
    const answer = await callControl(controlSocketPath(stateDir), question, {
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return ejectAnswerShape.parse(answer);
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'not-running') throw error;
    return {
      kind: 'cannot-tell',
      sentence: 'The service is not running, so nobody can tell whether the card is in use.',
      hint: 'Start it ("safelight service status" tells more), or eject the card by the means of your system.',
    };
  }
}
