/**
 * Appends evidence as fast as it can and prints what was acknowledged, until killed.
 * Arguments: build folder, state folder. Every line is one acknowledgement.
 */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , build, stateDir] = process.argv;
const { openLedger } = await import(new URL('ledger/open.js', pathToFileURL(`${build}/`)));

const FILES = 20;
const MAX_BATCH = 30;
const CARD = { id: 'a'.repeat(16), key: 'kill', kind: 'volume', label: 'K', lastRoot: '/media/K' };

const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

say({ starting: process.pid });
const ledger = await openLedger(stateDir);
say({ open: true });
const ids = await knownFiles();
for (let batch = Date.now(); ; batch += 1) {
  const size = 1 + Math.floor(Math.random() * MAX_BATCH);
  // Which batch a record belongs to, and how many there are, stands in the record itself.
  const drafts = Array.from({ length: size }, (_, i) =>
    draft(ids[i % ids.length], i, { batch, size }),
  );
  say({ stored: await ledger.append(drafts) });
}

async function knownFiles() {
  const at = Date.now();
  await ledger.recordInsertion({ ...CARD, firstSeenAt: at, lastSeenAt: at });
  const roll =
    (await ledger.currentRoll(CARD.id)) ?? (await ledger.startRoll(CARD.id, at, (n) => `K_${n}`));
  const known = await idsOf(roll);
  if (known.length > 0) return known;
  const fresh = Array.from({ length: FILES }, (_, i) => ({
    path: `${i}.MOV`,
    placement: `${i}.MOV`,
    sizeBytes: i,
    mtimeMs: at,
    role: 'media',
  }));
  const scan = { rollId: roll.id, scannedAt: at, ignored: [], problems: [] };
  say({ inventory: await ledger.recordInventory({ ...scan, known: [], fresh }) });
  return await idsOf(roll);
}

async function idsOf(roll) {
  const found = [];
  for await (const page of ledger.knownFiles(roll.id)) found.push(...page.map(({ id }) => id));
  return found;
}

function draft(fileId, i, mark) {
  const about = { fileId, at: Date.now() };
  if (i % 2 === 0) return { ...about, kind: 'source-unreadable', reason: JSON.stringify(mark) };
  return { ...about, kind: 'offsite-absent', remoteId: 'b2', key: JSON.stringify(mark) };
}
