/** 0 means one thing only: every card with anything on it is safe. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exitForCards } from '../../../src/cli/exit-codes.ts';
import type { CardView } from '../../../src/core/status.ts';
import { AMBER, EMPTY, HOLD, run, SAFE } from './support.ts';

/** As a service of another version, or a broken one, might send it. */
const STRANGE = JSON.parse(JSON.stringify({ ...SAFE, verdict: 'probably-safe' })) as CardView;
const CONTRADICTING: CardView = { ...SAFE, blockers: HOLD.blockers };

describe('several cards', () => {
  test.each<readonly [string, readonly CardView[], number]>([
    ['none', [], 5],
    ['safe', [SAFE], 0],
    ['all safe', [SAFE, SAFE], 0],
    ['hold', [HOLD], 1],
    ['amber is a hold', [AMBER], 1],
    ['nothing to protect', [EMPTY], 5],
    ['all without anything', [EMPTY, EMPTY], 5],
    ['safe and hold', [SAFE, HOLD], 1],
    ['hold and safe', [HOLD, SAFE], 1],
    ['hold and nothing', [HOLD, EMPTY], 1],
    ['safe and nothing: all there is to lose is safe', [SAFE, EMPTY], 0],
    ['nothing and safe', [EMPTY, SAFE], 0],
    ['an answer that nobody knows', [STRANGE], 4],
    ['one such among safe ones', [SAFE, STRANGE, SAFE], 4],
    ['cannot tell goes before hold', [HOLD, STRANGE], 4],
    ['safe with a blocker beside it', [CONTRADICTING], 1],
  ])('%s', (_what, cards, code) => {
    expect(exitForCards(cards, [])).toBe(code);
  });

  test('a card asked about but not answered for is never passed over', () => {
    expect(exitForCards([SAFE], ['A003', 'A004'])).toBe(4);
    expect(exitForCards([], ['A003'])).toBe(4);
    expect(exitForCards([SAFE], ['A003', 'A003'])).toBe(0);
  });

  test('0 in any order and number only without anything but safe or empty cards', () => {
    const card = fc.constantFrom(SAFE, HOLD, AMBER, EMPTY, STRANGE, CONTRADICTING);
    fc.assert(
      fc.property(fc.array(card, { maxLength: 6 }), (cards) => {
        const allowed = cards.every((one) => one === SAFE || one === EMPTY) && cards.includes(SAFE);
        expect(exitForCards(cards, []) === 0).toBe(allowed);
      }),
    );
  });
});

describe('what is printed beside it', () => {
  test('is never "safe" when the exit code is not', async () => {
    const { code, out } = await run('check', {
      check: async () => ({ kind: 'answers', cards: [CONTRADICTING] }),
    });
    expect(code).toBe(1);
    expect(out).toMatch(/^DO NOT FORMAT/);
    expect(out).not.toMatch(/^SAFE TO FORMAT/m);
  });
});

const ended = (card: CardView) => ({ offload: async () => ({ kind: 'ended', card }) as const });

describe('offload', () => {
  test.each<readonly [string, CardView, readonly [number, number]]>([
    ['safe', SAFE, [0, 0]],
    ['nothing to protect', EMPTY, [0, 0]],
    ['waiting for offsite', AMBER, [0, 1]],
    ['a hold', HOLD, [1, 1]],
    ['still copying', { ...HOLD, light: 'copying' }, [1, 1]],
    ['safe with a blocker', CONTRADICTING, [1, 1]],
    ['an empty light over a hold', { ...HOLD, light: 'empty' }, [1, 1]],
  ])('%s', async (_what, card, [without, waiting]) => {
    expect((await run('offload /card', ended(card))).code).toBe(without);
    expect((await run('offload /card --wait', ended(card))).code).toBe(waiting);
  });
});
