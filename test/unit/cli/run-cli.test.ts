/** What stands on the command line reaches the services, and what they throw reaches the person in one sentence. */
import { describe, expect, test } from '@jest/globals';
import type { Call, CliServices } from '../../../src/cli/services.ts';
import { RoomError } from '../../../src/core/room-error.ts';
import { batches, FILE, NOTES, ROSTER, run, SAFE, SHOTS, STATUS } from './support.ts';

class LedgerError extends RoomError<'corrupt'> {}

const corrupt = (): never => {
  throw new LedgerError('corrupt', 'The ledger is damaged.', 'Restore it from its backup.', {
    cause: new Error('page 7'),
  });
};

const unexpected = (): never => {
  throw new TypeError('https://anna:hunter2@example.com/ went wrong');
};

/** One file, then a failure. */
async function showUntilCorrupt() {
  const files = (async function* () {
    yield* batches([FILE]);
    corrupt();
  })();
  return { kind: 'shown', card: SAFE, shots: SHOTS, notes: NOTES, files } as const;
}

const showNothing: CliServices['show'] = async () => ({
  kind: 'shown',
  card: SAFE,
  shots: SHOTS,
  notes: NOTES,
  files: batches(),
});

describe('commands of a later version', () => {
  test.each(['verify /mnt/a', 'verify --help', 'audit --drives --json', 'repair A003', 'setup'])(
    'safelight %s',
    async (line) => {
      const { code, err } = await run(line, {});
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringMatching(/^This version has no "safelight \w+" yet\.\n\S.*\n$/),
      });
    },
  );
});

describe('options for every command', () => {
  test.each([
    'check --config c.toml --state-dir /s --verbose',
    '--config c.toml --state-dir /s --verbose check',
    '--config=c.toml check --state-dir=/s --verbose',
    'check A003 --verbose --config c.toml --state-dir /s',
  ])('safelight %s', async (line) => {
    const asked: Call[] = [];
    await run(line, {
      check: async (call) => {
        asked.push(call);
        return { kind: 'answers', cards: [] };
      },
    });
    expect(asked).toEqual([
      {
        configFlag: 'c.toml',
        stateDirFlag: '/s',
        verbose: true,
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  test('are left out when they are not given', async () => {
    const asked: Call[] = [];
    await run('status', {
      status: async (call) => {
        asked.push(call);
        return STATUS;
      },
    });
    expect(asked).toEqual([{ verbose: false, signal: expect.any(AbortSignal) }]);
  });
});

describe('arguments', () => {
  test('check takes any number of cards', async () => {
    const asked: (readonly string[])[] = [];
    const check: CliServices['check'] = async (_call, selectors) => {
      asked.push(selectors);
      return { kind: 'answers', cards: [SAFE, { ...SAFE }] };
    };
    await run('check', { check });
    await run('check A003 "/media/anna/EOS DIGITAL"', { check });
    await run('check -- --json', { check });
    expect(asked).toEqual([[], ['A003', '/media/anna/EOS DIGITAL'], ['--json']]);
  });

  test('offload makes its path whole, since the service stands elsewhere', async () => {
    const asked: unknown[] = [];
    const offload: CliServices['offload'] = async (_call, request) => {
      asked.push(request);
      return { kind: 'ended', card: SAFE };
    };
    await run('offload card/', { offload });
    await run('offload /srv/../srv/A003 --label "Card 3" --wait', { offload });
    expect(asked).toEqual([
      { path: `${process.cwd()}/card`, wait: false },
      { path: '/srv/A003', wait: true, label: 'Card 3' },
    ]);
  });

  test.each(['""', '"  "'])('a card cannot be called %s', async (label) => {
    const { code, err } = await run(`offload /srv/A003 --label ${label}`);
    expect(code).toBe(2);
    expect(err).toContain('A name must not be empty.');
  });

  test.each([
    ['safe', 'safe'],
    ['SAFE', 'safe'],
    ['safe-to-format', 'safe'],
    ['hold', 'do-not-format'],
    ['"DO NOT FORMAT"', 'do-not-format'],
    ['on_two_drives', 'on-two-drives'],
    ['off', 'off'],
    ['copying', 'copying'],
    ['empty', 'empty'],
  ])('led %s', async (state, light) => {
    const asked: string[] = [];
    await run(`led ${state}`, {
      led: async (_call, given) => {
        asked.push(given);
        return [];
      },
    });
    expect(asked).toEqual([light]);
  });
});

describe('a failure', () => {
  test.each([
    ['check', 4],
    ['show A', 4],
    ['status', 4],
    ['cards', 1],
    ['offload /x', 1],
    ['doctor', 1],
    ['led safe', 1],
    ['notify hello', 1],
    ['daemon', 1],
  ])('of %s ends with %d, one sentence and a hint', async (line, code) => {
    const services = failing(corrupt);
    expect(await run(line, services)).toEqual({
      code,
      out: '',
      err: 'The ledger is damaged.\nRestore it from its backup.\n',
    });
  });

  test.each([
    ['check', 4],
    ['show A', 4],
    ['status', 4],
    ['cards', 78],
    ['offload /x', 78],
    ['doctor', 1],
    ['led safe', 78],
    ['notify hello', 78],
    ['daemon', 78],
  ])('of the configuration: %s ends with %d', async (line, code) => {
    const services = { ...failing(corrupt), isBadConfig: () => true };
    expect((await run(line, services)).code).toBe(code);
  });

  test('tells where it came from only with --verbose', async () => {
    const services = failing(corrupt);
    expect((await run('check', services)).err).not.toMatch(/ at |page 7/);
    const { err } = await run('check --verbose', services);
    expect(err).toMatch(/LedgerError|Error: The ledger is damaged/);
    expect(err).toMatch(/ at /);
    expect(err).toMatch(/caused by Error: page 7/);
  });

  test('that nobody expected is worded, without the passwords in it', async () => {
    for (const line of ['check', 'check --verbose']) {
      const { code, err } = await run(line, failing(unexpected));
      expect(code).toBe(4);
      expect(err).toMatch(/^Something unexpected went wrong: .* went wrong\.\n/);
      expect(err).not.toContain('hunter2');
    }
  });

  test('after an interruption is no failure', async () => {
    const stop = new AbortController();
    const services = {
      check: async () => {
        stop.abort();
        throw new Error('aborted');
      },
    };
    expect(await run('check', services, { signal: stop.signal })).toEqual({
      code: 130,
      out: '',
      err: '',
    });
  });

  test('in the middle of show leaves no whole JSON behind', async () => {
    const { code, out } = await run('show A003 --json', { show: showUntilCorrupt });
    expect(code).toBe(4);
    expect(() => JSON.parse(out) as unknown).toThrow('JSON');
  });
});

function failing(fail: () => never): Partial<CliServices> {
  const service = async (): Promise<never> => fail();
  return {
    daemon: service,
    status: service,
    check: service,
    cards: service,
    show: service,
    offload: service,
    doctor: service,
    led: service,
    notify: service,
  };
}

describe('show', () => {
  test('of a card with 2,000 files is written in pieces', async () => {
    const pieces: number[] = [];
    let out = '';
    const many = Array.from({ length: 2_000 }, (_, n) => ({ ...FILE, path: `DCIM/IMG_${n}.CR3` }));
    const files = Array.from({ length: 20 }, (_, n) => many.slice(n * 100, n * 100 + 100));
    const { code } = await run(
      'show A003 --json',
      {
        show: async () => ({
          kind: 'shown',
          card: SAFE,
          shots: SHOTS,
          notes: NOTES,
          files: batches(...files),
        }),
      },
      {
        out: async (text) => {
          pieces.push(text.length);
          out += text;
        },
      },
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ files: many });
    expect(Math.max(...pieces)).toBeLessThan(5_000);
  });

  test('of a card without files is whole JSON too', async () => {
    expect(JSON.parse((await run('show A003 --json', { show: showNothing })).out)).toEqual({
      version: 1,
      card: SAFE,
      shots: SHOTS,
      notes: NOTES,
      files: [],
    });
  });
});

const coloured: Partial<CliServices> = {
  check: async () => ({ kind: 'answers', cards: [SAFE] }),
  cards: async () => ROSTER,
};

/** What is left without the colours has to be what is printed without them. */
function bare(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours begin with one
  return text.replaceAll(/\u001b\[[\d;]*m/g, '');
}

test('without the service the light is off, whatever the ledger knows', async () => {
  const service = { running: false, pid: null, startedAt: null };
  const services = { status: async () => ({ ...STATUS, service, light: 'safe' }) as const };
  const { code, out } = await run('status --json', services);
  expect(code).toBe(4);
  expect(JSON.parse(out)).toEqual({ ...STATUS, service, light: 'off' });
});

describe('colour', () => {
  test.each(['check', 'cards'])('of %s only adds to the words', async (line) => {
    const plain = await run(line, coloured);
    const shown = await run(line, coloured, { colour: true });
    expect(shown.out).toContain('\u001b[1;32mSAFE TO FORMAT\u001b[0m');
    expect(bare(shown.out)).toBe(plain.out);
    expect(plain.out).not.toContain('\u001b');
  });
});

test('a card that calls itself safe in its name does not get a line of its own', async () => {
  const label = 'X\r\n\u001b[2J\u001b[1;32mSAFE TO FORMAT\u202e';
  const hostile = { ...SAFE, label, verdict: 'hold', light: 'copying', sentence: `${label}: no.` };
  const { out } = await run('check', {
    check: async () => ({ kind: 'answers', cards: [hostile as typeof SAFE] }),
  });
  expect(out).toMatch(/^COPYING /);
  expect(out).not.toMatch(/^SAFE/m);
  for (const mark of ['\u001b', '\r', '\u202e']) expect(out).not.toContain(mark);
  expect(out).toContain('X\\u000d\\u000a\\u001b[2J');
});
