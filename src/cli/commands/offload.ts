/** `safelight offload`: offload a card or folder now. */
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { cardLines } from '../card-text.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { lightFor } from '../lights.ts';
import { ProgressTalk } from '../progress-talk.ts';
import type { OffloadAnswer, OffloadRequest } from '../services.ts';
import { jsonLine, type Run, runAction, type Session, tell } from '../session.ts';
import { printable } from '../text.ts';

const RULES = { onFailure: EXIT.failed, onBadConfig: EXIT.badConfig } as const;

const AFTER = `
PATH is a mounted card or any folder; it is only read. The running service does the work; without one it is done here.

Ends with
  0  done: safe, or waiting for offsite, or taken over by the service
  1  it ended in a hold (with --wait any hold counts)
  2  PATH cannot be offloaded, or the command was not understood

Examples
  safelight offload /media/anna/EOS_DIGITAL
  safelight offload /srv/rescued/A003 --label A003 --wait
  safelight offload /media/anna/EOS_DIGITAL --wait --json
`;

interface OffloadOptions {
  readonly label?: string;
  readonly wait?: boolean;
}

export function addOffload(program: Command, session: Session): void {
  const command = program
    .command('offload')
    .argument('<PATH>', 'a mounted card or a folder')
    .option('--label <L>', "name it is shown by, instead of the card's or folder's own", named)
    .option('--wait', 'stay until the verdict stands')
    .summary('offload a mounted card or folder now')
    .description(
      'Offloads a mounted card or a folder now, whether it looks like a camera card or not.',
    )
    .addHelpText('after', AFTER);
  command.action((path: string, { label, wait }: OffloadOptions) => {
    const shownBy = label === undefined ? {} : { label };
    const request = { path: resolve(path), wait: wait === true, ...shownBy };
    return runAction(session, command, RULES, (run) => offload(run, request));
  });
}

function named(label: string): string {
  if (label.trim() !== '') return label;
  throw new InvalidArgumentError('A name must not be empty.');
}

async function offload(run: Run, request: OffloadRequest): Promise<ExitCode> {
  const { services, io, call, json } = run;
  const talk = new ProgressTalk(io);
  let answer: OffloadAnswer;
  try {
    answer = await services.offload(call, request, (step) => {
      if (!json) talk.step(step);
    });
  } finally {
    await talk.end();
  }
  switch (answer.kind) {
    case 'refused': {
      const { sentence, hint } = answer;
      const emptyJson = { state: 'refused', card: null };
      await tell(run, { code: 'refused', sentence, hint }, { emptyJson });
      return EXIT.usage;
    }
    case 'handed-over':
      if (json) await io.out(jsonLine({ version: 1, state: 'handed-over', card: null }));
      else await io.out(`${printable(answer.sentence)}\n`);
      return EXIT.ok;
    case 'ended':
      if (json) await io.out(jsonLine({ version: 1, state: 'ended', card: answer.card }));
      else
        await io.out(
          `${[...cardLines(answer.card, io), ...whatNext(answer, request)].join('\n')}\n`,
        );
      return exitForEnd(answer, request.wait);
    default:
      return EXIT.failed;
  }
}

type Ended = Extract<OffloadAnswer, { readonly kind: 'ended' }>;

/** Who does not wait and has no service is alone with what is left to do. */
function whatNext({ card }: Ended, { wait }: OffloadRequest): readonly string[] {
  if (wait || card.light !== 'on-two-drives') return [];
  return [
    'No service runs here, so it stays like this: start one, or add --wait, to have it sent offsite.',
  ];
}

/** Who waits wants the verdict; who does not is content with both drives. */
function exitForEnd({ card }: Ended, wait: boolean): ExitCode {
  switch (lightFor(card)) {
    case 'safe':
    case 'empty':
      return card.verdict === 'hold' ? EXIT.hold : EXIT.ok;
    case 'on-two-drives':
      return wait ? EXIT.hold : EXIT.ok;
    default:
      return EXIT.hold;
  }
}
