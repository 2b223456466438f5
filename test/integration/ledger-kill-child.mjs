/**
 * Appends evidence as fast as it can and prints what was acknowledged, until killed.
 * Arguments: build folder, state folder. Every line is one acknowledgement.
 */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , build, stateDir] = process.argv;
const { openLedger } = await import(new URL('ledger/open.js', pathToFileURL(`${build}/`)));

const FILES = 20;
const MAX_FILES_AT_ONCE = 12;
const DRIVES = ['working', 'backup', 'nas'];
const CARD = { id: 'a'.repeat(16), key: 'kill', kind: 'volume', label: 'K', lastRoot: '/media/K' };

const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

say({ starting: process.pid });
const ledger = await openLedger(stateDir);
say({ open: true });
const ids = await knownFiles();
for (let batch = Date.now(); ; batch += 1) {
  const some = ids.slice(0, 1 + Math.floor(Math.random() * MAX_FILES_AT_ONCE));
  const drafts = some.flatMap((id) => draftsAbout(id, batch));
  // Which batch a record belongs to is its time; how many there are stands in the last one.
  const size = drafts.length + 1;
  drafts.push({ kind: 'source-unreadable', fileId: ids[0], at: batch, reason: String(size) });
  await ledger.append(drafts);
  say({ stored: drafts });
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

/** Read, copied onto up to three drives, not there offsite. */
function draftsAbout(fileId, at) {
  const about = { fileId, at };
  const seen = { hash: '0123456789abcdef', sizeBytes: 10 };
  const drives = DRIVES.slice(0, Math.floor(Math.random() * (DRIVES.length + 1)));
  return [
    { ...about, kind: 'source-read', ...seen },
    ...drives.map((name) => ({
      ...about,
      kind: 'copy-read-back',
      destinationId: name,
      mediumId: `disk-${name}`,
      placedAt: `K_1/${fileId}.MOV`,
      ...seen,
      proof: 'device',
    })),
    { ...about, kind: 'offsite-absent', remoteId: 'b2', key: `${fileId}.MOV` },
  ];
}
