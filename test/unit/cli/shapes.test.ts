/** What --json prints, what docs/CLI.md says it prints, and what docs/cli.schema.json ships are one and the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildProgram } from '../../../src/cli/program.ts';
import type { CliServices } from '../../../src/cli/services.ts';
import {
  cardShape,
  OUTPUT_SHAPES,
  offloadStepShape,
  outputJsonSchema,
  statusShape,
} from '../../../src/cli/shapes.ts';
import { ROOT } from '../../architecture/source-files.ts';
import { STUDIO, TROUBLED } from './studio.ts';
import { HOLD, run, SAFE, STATUS } from './support.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const MANUAL = read('docs/CLI.md');

type CommandName = keyof typeof OUTPUT_SHAPES;
const COMMANDS = Object.keys(OUTPUT_SHAPES) as CommandName[];

/** Equal to what was read, unless it holds a field that the shape does not know. */
function asRead(command: CommandName, json: unknown): unknown {
  return OUTPUT_SHAPES[command].parse(json);
}

describe('what is printed has the documented shape', () => {
  test.each<readonly [CommandName, string, Partial<CliServices>]>([
    ['check', 'check', STUDIO],
    ['check', 'check X999', STUDIO],
    ['check', 'check A', STUDIO],
    ['check', 'check stuck', STUDIO],
    ['check', 'check', TROUBLED],
    ['check', 'check A003', TROUBLED],
    ['status', 'status', STUDIO],
    ['status', 'status', TROUBLED],
    ['cards', 'cards', STUDIO],
    ['cards', 'cards', TROUBLED],
    ['show', 'show A003', STUDIO],
    ['show', 'show X999', STUDIO],
    ['offload', 'offload /srv/A003', STUDIO],
    ['offload', 'offload /srv/A003 --wait', STUDIO],
    ['offload', 'offload /mnt/work/Ingest', STUDIO],
    ['eject', 'eject A003', STUDIO],
    ['eject', 'eject A004', STUDIO],
    ['eject', 'eject A', STUDIO],
    ['eject', 'eject A003', TROUBLED],
    ['service', 'service status', STUDIO],
    ['service', 'service install --dry-run', STUDIO],
    ['service', 'service install', TROUBLED],
    ['doctor', 'doctor', STUDIO],
    ['doctor', 'doctor', TROUBLED],
    ['led', 'led safe', STUDIO],
    ['led', 'led safe', TROUBLED],
    ['notify', 'notify hello', STUDIO],
    ['notify', 'notify hello', TROUBLED],
  ])('%s: safelight %s', async (command, line, services) => {
    const { out } = await run(`${line} --json`, services);
    const printed: unknown = JSON.parse(out);
    expect(asRead(command, printed)).toEqual(printed);
    expect(out.endsWith('}\n')).toBe(true);
  });

  test('the contract of check is kept to the letter', async () => {
    const { out } = await run('check --json', STUDIO);
    const { cards } = JSON.parse(out) as { cards: Record<string, unknown>[] };
    const promised = [
      'id',
      'label',
      'roll',
      'present',
      'verdict',
      'blockers',
      'files',
      'inventoryAt',
      'judgedAt',
      'oldestEvidenceAt',
    ];
    for (const card of cards) expect(Object.keys(card)).toEqual(expect.arrayContaining(promised));
    expect(cards[0]?.['files']).toEqual({
      total: 1840,
      bytes: 42_100_000_000,
      onDrives: 1840,
      offsite: 1840,
    });
  });
});

describe('docs/CLI.md', () => {
  const examples = new Map(
    MANUAL.split(/^### /m)
      .slice(1)
      .flatMap((section) => {
        const names = section.slice(0, section.indexOf('\n')).split(', ');
        const json = /```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
        return names.map((name) => [name, json] as const);
      }),
  );

  test.each(COMMANDS)('shows what %s prints', (command) => {
    const shown: unknown = JSON.parse(examples.get(command) ?? '');
    expect(asRead(command, shown)).toEqual(shown);
  });

  test('shows every field of an answer', () => {
    const card = (JSON.parse(examples.get('check') ?? '') as { cards: object[] }).cards[0] ?? {};
    expect(Object.keys(card).toSorted()).toEqual(Object.keys(HOLD).toSorted());
    const status = JSON.parse(examples.get('status') ?? '') as object;
    expect(Object.keys(status).toSorted()).toEqual(Object.keys(STATUS).toSorted());
  });

  test('tells of every command and option there is, and of no other', () => {
    const io = { out: async () => {}, err: async () => {}, colour: false, liveTalk: false };
    const program = buildProgram({
      services: { ...STUDIO, version: '0' } as CliServices,
      io: { ...io, now: () => 0, signal: new AbortController().signal },
      finish: () => {},
    });
    const commands = program.commands.map((command) => command.name());
    const told = [...MANUAL.matchAll(/^\| `safelight ([a-z]+)/gm)].map(([, name]) => name);
    expect(told).toEqual(commands);
    const options = [program, ...program.commands].flatMap((one) => one.options);
    for (const { long } of options) expect(MANUAL).toContain(long ?? 'an option without a name');
  });
});

test('docs/cli.schema.json is current (made by scripts/make-config-schema.mjs)', () => {
  const shipped: unknown = JSON.parse(read('docs/cli.schema.json'));
  expect(shipped).toEqual(JSON.parse(JSON.stringify(outputJsonSchema())));
});

describe('an answer of the service is read with care', () => {
  test('and is what the service sent', () => {
    expect(statusShape.parse(JSON.parse(JSON.stringify(STATUS)))).toEqual(STATUS);
    expect(offloadStepShape.parse({ card: SAFE, inFlight: null })).toEqual({
      card: SAFE,
      inFlight: null,
    });
  });

  test('fields of a later version are passed over', () => {
    expect(statusShape.parse({ ...STATUS, mood: 'fine' })).toEqual(STATUS);
  });

  test.each([
    ['another version', { ...STATUS, version: 2 }],
    ['a verdict that does not exist', { ...STATUS, cards: [{ ...SAFE, verdict: 'safe' }] }],
    ['a verdict from the prototype', { ...STATUS, cards: [{ ...SAFE, verdict: 'toString' }] }],
    ['a light that does not exist', { ...STATUS, light: 'green' }],
    ['a card without an id', { ...STATUS, cards: [{ ...SAFE, id: '' }] }],
    ['negative counts', { ...STATUS, cards: [{ ...SAFE, files: { ...SAFE.files, total: -1 } }] }],
    ['nothing', null],
  ])('%s is refused', (_what, answer) => {
    expect(statusShape.safeParse(answer).success).toBe(false);
  });

  test('a card alone is read the same way', () => {
    expect(cardShape.safeParse({ ...SAFE, blockers: 'none' }).success).toBe(false);
    expect(cardShape.parse(HOLD)).toEqual(HOLD);
  });
});
