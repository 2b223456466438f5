/**
 * Times the ledger on a very large card: `npm run build && node scripts/bench/ledger.mjs [files] [build folder]`.
 * Prints one line per measurement; writes to a folder below the system's temporary one and removes it.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const FILES = Number(process.argv[2] ?? 100_000);
const BUILD = pathToFileURL(`${resolve(process.argv[3] ?? 'dist')}/`);
const SINGLE_COMMITS = 1_000;
const HASH = '0123456789abcdef';
const MD5 = '0123456789abcdef0123456789abcdef';

const { openLedger, openLedgerReadOnly } = await import(new URL('ledger/open.js', BUILD));
const { addFile, conclude, startTally } = await import(new URL('core/verdict.js', BUILD));
const { STRICTEST } = await import(new URL('core/policy.js', BUILD));

const AT = Date.now();
const copy = (fileId, destinationId) => ({
  kind: 'copy-read-back',
  fileId,
  at: AT,
  destinationId,
  mediumId: `disk-of-${destinationId}`,
  placedAt: `2026-11-24/A003_1a2b3c4d/DCIM/100EOSR5/IMG_${fileId}.CR3`,
  hash: HASH,
  sizeBytes: 45_000_000,
  proof: 'device',
});
const object = (fileId) => ({
  fileId,
  at: AT,
  remoteId: 'b2',
  key: `2026-11-24/A003_1a2b3c4d/DCIM/100EOSR5/IMG_${fileId}.CR3`,
  sizeBytes: 45_000_000,
});
const draftsAbout = (fileId) => [
  { kind: 'source-read', fileId, at: AT, hash: HASH, sizeBytes: 45_000_000 },
  copy(fileId, 'working'),
  copy(fileId, 'backup'),
  {
    kind: 'upload-pass',
    ...object(fileId),
    hash: HASH,
    digests: [{ algorithm: 'md5', value: MD5 }],
  },
  {
    kind: 'offsite-sighting',
    ...object(fileId),
    method: 'server-digest',
    digest: { algorithm: 'md5', value: MD5 },
    requestId: 'C5F2D1A0',
  },
];

const state = await mkdtemp(join(tmpdir(), 'safelight-bench-'));
try {
  await run(state);
} finally {
  await rm(state, { recursive: true, force: true });
}

async function run(stateDir) {
  const ledger = await openLedger(stateDir);
  const cardId = 'a'.repeat(16);
  const card = { id: cardId, key: 'bench', kind: 'volume', label: 'A003', lastRoot: '/media/A003' };
  await ledger.recordInsertion({ ...card, firstSeenAt: AT, lastSeenAt: AT });
  const roll = await ledger.startRoll(cardId, AT, (n) => `2026-11-24/A003_${n}`);
  const fresh = Array.from({ length: FILES }, (_, i) => ({
    path: `DCIM/100EOSR5/IMG_${i + 1}.CR3`,
    sizeBytes: 45_000_000,
    mtimeMs: AT,
    role: 'media',
    placement: `DCIM/100EOSR5/IMG_${i + 1}.CR3`,
  }));
  const scan = { rollId: roll.id, scannedAt: AT, ignored: [], problems: [] };
  const inventory = await timed(`inventory of ${FILES} new files`, () =>
    ledger.recordInventory({ ...scan, known: [], fresh }),
  );
  const known = await timed('known files', async () => {
    const ids = [];
    for await (const page of ledger.knownFiles(roll.id)) ids.push(...page.map(({ id }) => id));
    return ids;
  });
  await timed('inventory, nothing new', () =>
    ledger.recordInventory({ ...scan, known, fresh: [] }),
  );
  await timed(`append, ${SINGLE_COMMITS} files, one commit each`, async () => {
    for (const id of known.slice(0, SINGLE_COMMITS)) await ledger.append(draftsAbout(id));
  });
  await timed(`append, ${FILES - SINGLE_COMMITS} files, 1,000 files a commit`, async () => {
    for (let i = SINGLE_COMMITS; i < FILES; i += 1_000) {
      await ledger.append(known.slice(i, i + 1_000).flatMap(draftsAbout));
    }
  });
  await timed('records, the pass alone', async () => {
    let files = 0;
    for await (const batch of ledger.records(inventory)) files += batch.length;
    return files;
  });
  const rss = process.memoryUsage().rss;
  await timed('records and judgement', async () => {
    const tally = startTally(
      inventory,
      {
        ...STRICTEST,
        destinations: new Set(['working', 'backup']),
        offsiteRemotes: new Set(['b2']),
      },
      AT,
    );
    for await (const batch of ledger.records(inventory)) {
      for (const { file, evidence } of batch) addFile(tally, file, evidence);
    }
    return conclude(tally);
  });
  say(`memory before and after judging: ${mb(rss)}, ${mb(process.memoryUsage().rss)} MB`);
  await timed('close', () => ledger.close());
  say(`file: ${mb((await stat(join(stateDir, 'ledger.sqlite'))).size)} MB`);
  await timed('open for writing', async () => (await openLedger(stateDir)).close());
  await timed('open for reading', async () => (await openLedgerReadOnly(stateDir)).close());
}

async function timed(what, work) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  const wall = (performance.now() - start).toFixed(1);
  say(`${what}: ${wall} ms (processor ${((user + system) / 1_000).toFixed(1)} ms)`);
  return result;
}

function mb(bytes) {
  return (bytes / 1_000_000).toFixed(1);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
