/** A command line on fake services: what it was asked, what it printed, how it ended. */
import type { CliIo } from '../../../src/cli/cli-io.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { CliServices, RosterView } from '../../../src/cli/services.ts';
import type { CopyView, FileView, OffsiteView } from '../../../src/core/file-view.ts';
import { asCardId } from '../../../src/core/ids.ts';
import type { CardView, StatusView } from '../../../src/core/status.ts';

/** 2026-11-24 22:20 UTC. */
export const NOW = Date.UTC(2026, 10, 24, 22, 20);

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function run(
  line: string,
  services: Partial<CliServices> = {},
  more: Partial<CliIo> = {},
): Promise<Ended> {
  let out = '';
  let err = '';
  const io: CliIo = {
    out: async (text) => void (out += text),
    err: async (text) => void (err += text),
    colour: false,
    liveTalk: false,
    timeZone: 'UTC',
    now: () => NOW,
    signal: new AbortController().signal,
    ...more,
  };
  const code = await runCli(words(line), { ...UNASKED, ...services }, io);
  return { code, out, err };
}

/** Splits as a shell would, with double quotes only. */
export function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function unasked(): never {
  throw new Error('this service was not expected to be asked');
}

/** Services of which nothing is expected but what a test gives. */
const UNASKED: CliServices = {
  version: '0.1.0',
  isBadConfig: () => false,
  daemon: unasked,
  status: unasked,
  check: unasked,
  cards: unasked,
  show: unasked,
  offload: unasked,
  eject: unasked,
  service: unasked,
  doctor: unasked,
  led: unasked,
  notify: unasked,
};

const minutesAgo = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

export const SAFE: CardView = {
  id: asCardId('3f9a3f9a3f9a3f9a'),
  label: 'A003',
  roll: '2026-11-24/A003_3f9a3f9a3f9a',
  present: true,
  verdict: 'safe-to-format',
  light: 'safe',
  sentence: 'A003: all 1,840 files on 2 drives and confirmed at b2 (checked 22:14).',
  blockers: [],
  files: { total: 1840, bytes: 42_100_000_000, onDrives: 1840, offsite: 1840 },
  inventoryAt: minutesAgo(6),
  judgedAt: minutesAgo(0),
  oldestEvidenceAt: minutesAgo(55),
};

export const HOLD: CardView = {
  ...SAFE,
  id: asCardId('b00bb00bb00bb00b'),
  label: 'A004',
  roll: '2026-11-24/A004_b00bb00bb00b',
  verdict: 'hold',
  light: 'do-not-format',
  sentence:
    'A004: DO NOT FORMAT. 2 files could not be read from the card (DCIM/1.CR3, DCIM/2.CR3). What to do: Do not format and do not shoot on it.',
  blockers: [
    {
      kind: 'source-unreadable',
      files: 2,
      sentence: '2 files could not be read from the card (DCIM/1.CR3, DCIM/2.CR3).',
      hint: 'Do not format and do not shoot on it. Try another reader.',
    },
    {
      kind: 'too-few-offsite',
      files: 38,
      sentence: '38 files are not yet confirmed offsite.',
      hint: 'Nothing to do: sending and confirming go on by themselves.',
    },
  ],
  files: { total: 40, bytes: 1_200_000_000, onDrives: 38, offsite: 0 },
  oldestEvidenceAt: new Date(NOW - 4 * 86_400_000).toISOString(),
};

export const AMBER: CardView = {
  ...HOLD,
  id: asCardId('c0ffeec0ffeec0ff'),
  label: 'B001',
  roll: '2026-11-24/B001_c0ffeec0ffee',
  present: false,
  light: 'on-two-drives',
  sentence:
    'B001: all files on two drives. You may pull the card. DO NOT FORMAT: 12 files not yet offsite.',
  blockers: HOLD.blockers.slice(1),
  files: { total: 40, bytes: 1_200_000_000, onDrives: 40, offsite: 28 },
};

export const EMPTY: CardView = {
  ...SAFE,
  id: asCardId('0000000000000001'),
  label: 'EOS_DIGITAL',
  roll: '2026-11-24/EOS_DIGITAL_000000000000',
  verdict: 'nothing-to-protect',
  light: 'empty',
  sentence: 'EOS_DIGITAL: nothing to protect on this card.',
  files: { total: 0, bytes: 0, onDrives: 0, offsite: 0 },
  oldestEvidenceAt: null,
};

export const STATUS: StatusView = {
  version: 1,
  service: { running: true, pid: 4711, startedAt: minutesAgo(80) },
  light: 'do-not-format',
  cards: [SAFE, HOLD],
  inFlight: [
    {
      card: HOLD.id,
      phase: 'uploading',
      filesDone: 12,
      filesTotal: 38,
      bytesDone: 300_000_000,
      bytesTotal: 1_140_000_000,
      etaSeconds: 2400,
    },
  ],
  destinations: [
    {
      name: 'working',
      path: '/mnt/work/Ingest',
      medium: 'disk-WD1',
      state: 'ready',
      freeBytes: 1_200_000_000_000,
      sentence: null,
    },
    {
      name: 'backup',
      path: '/mnt/backup/Ingest',
      medium: null,
      state: 'not-mounted',
      freeBytes: null,
      sentence: 'Destination "backup": nothing is mounted at /mnt/backup.',
    },
  ],
  remotes: [
    {
      name: 'b2',
      kind: 's3',
      state: 'ok',
      queuedFiles: 26,
      queuedBytes: 840_000_000,
      lastSightingAt: minutesAgo(6),
      lastAuditAt: null,
      sentence: null,
    },
  ],
  unknownVolumes: [{ mountPoint: "/media/anna/Anna's stick", label: 'STICK' }],
};

/** What card A003 holds. */
export const SHOTS = { camera: 'Sony XAVC S', clips: 612, media: 614 } as const;

/** What card A003 has to do with earlier ones. */
export const NOTES = [
  'It was formatted since; earlier rolls of it are in 2026-11-20/A003_3f9a.',
] as const;

export const ROSTER: readonly RosterView[] = [
  {
    id: SAFE.id,
    label: SAFE.label,
    roll: SAFE.roll,
    present: true,
    firstSeenAt: minutesAgo(90),
    lastSeenAt: minutesAgo(6),
    files: 1840,
    bytes: 42_100_000_000,
    shots: SHOTS,
    verdict: SAFE.verdict,
    light: 'safe',
  },
  {
    id: AMBER.id,
    label: 'B001',
    roll: null,
    present: false,
    firstSeenAt: minutesAgo(900),
    lastSeenAt: minutesAgo(900),
    files: null,
    bytes: null,
    shots: null,
    verdict: null,
    light: null,
  },
];

export const COPY: CopyView = {
  destination: 'working',
  medium: 'disk-WD1',
  path: '/mnt/work/Ingest/2026-11-24/A003_3f9a/DCIM/100CANON/IMG_0001.CR3',
  state: 'good',
  counts: true,
  proof: 'device',
  words: 'read back from the device',
  at: minutesAgo(55),
};

export const OFFSITE: OffsiteView = {
  remote: 'b2',
  key: '2026-11-24/A003_3f9a/DCIM/100CANON/IMG_0001.CR3',
  state: 'good',
  counts: true,
  grade: 'B',
  method: 'server-digest',
  storageClass: 'STANDARD',
  words: "the store's own checksum (grade B)",
  at: minutesAgo(6),
};

export const FILE: FileView = {
  path: 'DCIM/100CANON/IMG_0001.CR3',
  sizeBytes: 25_100_000,
  modifiedAt: minutesAgo(300),
  role: 'media',
  hash: '0123456789abcdef',
  readTwice: true,
  copies: [
    COPY,
    {
      ...COPY,
      destination: 'backup',
      medium: 'disk-ST2',
      path: '/mnt/backup/Ingest/2026-11-24/A003_3f9a/DCIM/100CANON/IMG_0001.CR3',
      proof: 'remounted',
      words: 'read back after mounting it afresh',
    },
  ],
  remotes: [OFFSITE],
  missing: [],
};

export const UNFINISHED: FileView = {
  ...FILE,
  path: 'DCIM/100CANON/IMG_0002.CR3',
  role: 'management',
  readTwice: false,
  copies: [
    {
      ...COPY,
      state: 'weak',
      counts: false,
      proof: 'cached',
      words: 'read back from memory, does not count',
    },
  ],
  remotes: [
    {
      ...OFFSITE,
      key: null,
      storageClass: null,
      state: 'passed',
      counts: false,
      grade: null,
      method: null,
      words: 'sent, not confirmed yet',
      at: null,
    },
  ],
  missing: [
    {
      kind: 'read-back-weak',
      place: 'working',
      words: 'a copy could only be read back from memory',
    },
    { kind: 'too-few-offsite', place: null, words: 'not yet confirmed offsite' },
  ],
};

export async function* batches(
  ...given: readonly (readonly FileView[])[]
): AsyncGenerator<readonly FileView[]> {
  yield* given;
}
