/** The ledger's contract, kept by the fake and by the real one, and that the two cannot be told apart. */
import { rm } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assertNever } from '../../src/core/assert-never.ts';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId } from '../../src/core/ids.ts';
import { openLedger, openLedgerReadOnly } from '../../src/ledger/open.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { MemoryLedger, MemoryStore } from '../fakes/memory-ledger.ts';
import { anyEvidence, anyNewFile } from './ledger-arbitraries.ts';
import { ledgerContract, type LedgerHouse } from './ledger-contract.ts';
import {
  allOf,
  AT,
  cardNamed,
  cardWithFiles,
  everything,
  scanOf,
  sourceRead,
  newHome,
} from './ledger-samples.ts';

async function memoryHouse(): Promise<LedgerHouse> {
  const store = new MemoryStore();
  const open = async (): Promise<MemoryLedger> => new MemoryLedger({ store, batchFiles: 7 });
  return { open, openReader: open, remove: async () => undefined };
}

async function sqliteHouse(): Promise<LedgerHouse> {
  const stateDir = await newHome();
  return {
    open: () => openLedger(stateDir),
    openReader: () => openLedgerReadOnly(stateDir),
    remove: () => rm(stateDir, { recursive: true, force: true }),
  };
}

ledgerContract('ledger in memory', memoryHouse);
ledgerContract('ledger in SQLite', sqliteHouse);

const CARDS = ['a', 'b', 'c'];

/** One thing that the service might do. Numbers are taken modulo what is there. */
const anyAct = fc.oneof(
  fc.record({ act: fc.constant('insert' as const), card: fc.constantFrom(...CARDS) }),
  fc.record({
    act: fc.constant('roll' as const),
    card: fc.constantFrom(...CARDS),
    folder: fc.constantFrom('x', 'X', 'y'),
  }),
  fc.record({
    act: fc.constant('scan' as const),
    card: fc.constantFrom(...CARDS),
    fresh: fc.array(anyNewFile, { maxLength: 4 }),
    skip: fc.nat(3),
    ignored: fc.array(fc.record({ path: fc.string(), reason: fc.string() }), { maxLength: 2 }),
  }),
  fc.record({
    act: fc.constant('append' as const),
    drafts: fc.array(anyEvidence([1, 2, 3, 4, 5, 6, 7, 8].map(asFileId)), { maxLength: 5 }),
  }),
  fc.record({ act: fc.constant('trouble' as const), place: fc.string(), clear: fc.boolean() }),
);

type Act = typeof anyAct extends fc.Arbitrary<infer T> ? T : never;

/** Does it, and gives the answer or the error's code. */
async function perform(ledger: Ledger, act: Act): Promise<unknown> {
  try {
    return await answer(ledger, act);
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

async function answer(ledger: Ledger, act: Act): Promise<unknown> {
  switch (act.act) {
    case 'insert':
      return ledger.recordInsertion(cardNamed(act.card));
    case 'roll':
      return ledger.startRoll(cardNamed(act.card).id, AT, (n) => `${act.folder}${n}`);
    case 'scan': {
      const roll = await ledger.currentRoll(cardNamed(act.card).id);
      if (roll === undefined) return 'no roll';
      const known = (await allOf(ledger.knownFiles(roll.id))).map(({ id }) => id);
      const { fresh, ignored } = act;
      const seen = known.filter((_, i) => act.skip === 0 || i % 4 !== act.skip);
      return ledger.recordInventory(scanOf(roll, { known: seen, fresh, ignored }));
    }
    case 'append':
      return ledger.append(act.drafts);
    case 'trouble': {
      const trouble = { place: act.place, sentence: 's', hint: 'h' };
      return ledger.noteTrouble(act.place, act.clear ? undefined : trouble, AT);
    }
    default:
      return assertNever(act);
  }
}

test('whatever is done, both ledgers tell the same', async () => {
  const cardIds = CARDS.map((digit) => cardNamed(digit).id);
  await fc.assert(
    fc.asyncProperty(fc.array(anyAct, { minLength: 5, maxLength: 25 }), async (acts) => {
      const house = await sqliteHouse();
      const real = await house.open();
      const fake = new MemoryLedger();
      try {
        for (const act of acts) expect(await perform(real, act)).toEqual(await perform(fake, act));
        expect(await everything(real, cardIds)).toEqual(await everything(fake, cardIds));
      } finally {
        await real.close();
        await house.remove();
      }
    }),
    { numRuns: 30 },
  );
});

test('the fake fails at the append it is told to, and stores nothing of it', async () => {
  const asked: (readonly EvidenceDraft[])[] = [];
  const ledger = new MemoryLedger({
    onAppend(ordinal, drafts) {
      asked.push(drafts);
      if (ordinal === 2) throw new Error('no room');
    },
  });
  const { ids, inventory } = await cardWithFiles(ledger, 1);
  const drafts = ids.map((id) => sourceRead(id));
  await ledger.append(drafts);
  await expect(ledger.append(drafts)).rejects.toThrow('no room');
  await ledger.append(drafts);
  expect(asked).toEqual([drafts, drafts, drafts]);
  const told = await ledger.records(inventory).next();
  expect(told.value).toMatchObject([{ evidence: [{ seq: 1 }, { seq: 2 }] }]);
});
