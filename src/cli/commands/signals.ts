/** `safelight led` and `safelight notify`: try the ways to tell a person. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Light } from '../../core/light.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Run, runAction, type Session } from '../session.ts';
import { tellTrials } from '../trial-text.ts';

const RULES = {
  onFailure: EXIT.failed,
  onBadConfig: EXIT.badConfig,
  emptyJson: { ok: false, findings: [] },
} as const;

const AFTER_LED = `
STATE is off, copying, on-two-drives, safe, do-not-format or empty.
This is only a trial: the running service shows the true state again within seconds.

Examples
  safelight led safe
  safelight led do-not-format
  safelight led off
`;

const AFTER_NOTIFY = `
Examples
  safelight notify "Is anybody there?"
`;

/** What people may write for a light: its own name, or that of a verdict. */
const STATES: Readonly<Record<string, Light>> = {
  off: 'off',
  copying: 'copying',
  'on-two-drives': 'on-two-drives',
  safe: 'safe',
  'safe-to-format': 'safe',
  'do-not-format': 'do-not-format',
  hold: 'do-not-format',
  empty: 'empty',
};

export function addSignals(program: Command, session: Session): void {
  const led = program
    .command('led')
    .argument('<STATE>', 'what the light is to show', lightNamed)
    .summary('try the light')
    .description('Sets every configured light once, to see that it works.')
    .addHelpText('after', AFTER_LED);
  led.action((light: Light) => runAction(session, led, RULES, (run) => tryLight(run, light)));

  const notify = program
    .command('notify')
    .argument('<TEXT...>', 'what to say')
    .summary('try a message')
    .description('Sends a message by every configured way, to see that it arrives.')
    .addHelpText('after', AFTER_NOTIFY);
  notify.action((words: string[]) =>
    runAction(session, notify, RULES, (run) => tryMessage(run, words.join(' '))),
  );
}

function lightNamed(text: string): Light {
  const name = text.toLowerCase().replaceAll(/[\s_]+/g, '-');
  const light = Object.hasOwn(STATES, name) ? STATES[name] : undefined;
  if (light !== undefined) return light;
  throw new InvalidArgumentError(
    'It is one of off, copying, on-two-drives, safe, do-not-format, empty.',
  );
}

async function tryLight(run: Run, light: Light): Promise<ExitCode> {
  return tellTrials(run, await run.services.led(run.call, light), {
    code: 'none-configured',
    sentence: 'No light is configured.',
    hint: 'Add a [[signals.led]] to the configuration; see docs/CONFIG.md.',
  });
}

async function tryMessage(run: Run, text: string): Promise<ExitCode> {
  return tellTrials(run, await run.services.notify(run.call, text), {
    code: 'none-configured',
    sentence: 'No way to send a message is configured.',
    hint: 'Set enabled = true in [signals.desktop]; see docs/CONFIG.md.',
  });
}
