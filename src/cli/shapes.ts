/** The shape of every JSON answer: to check what the service sends, and to document what commands print. */
import { z } from 'zod';
import type { BlockerKind } from '../core/blocker.ts';
import type { CopyView, FileView, OffsiteView } from '../core/file-view.ts';
import type { FindingKind } from '../core/finding.ts';
import { asCardId } from '../core/ids.ts';
import type { FileRole } from '../core/inventory.ts';
import type { Light } from '../core/light.ts';
import type { ShotsView } from '../core/shots.ts';
import type { CardView, InFlightView, RemoteView, StatusView } from '../core/status.ts';
import type { Verdict } from '../core/verdict.ts';
import { type EjectAnswer, type RosterView, SERVICE_TASKS } from './services.ts';

/** One of some words. They are given as names so that a word of the union that is missing does not compile. */
function oneOf<T extends string>(all: Readonly<Record<T, true>>) {
  return z
    .custom<T>((value) => typeof value === 'string' && Object.hasOwn(all, value))
    .meta({ type: 'string', enum: Object.keys(all) });
}

const cardId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .transform((text) => asCardId(text));
const count = z.int().min(0);
const when = z.iso.datetime().nullable();

const verdict = oneOf<Verdict['kind']>({
  'safe-to-format': true,
  hold: true,
  'nothing-to-protect': true,
});

const light = oneOf<Light>({
  off: true,
  copying: true,
  'on-two-drives': true,
  safe: true,
  'do-not-format': true,
  empty: true,
});

const FINDINGS: Readonly<Record<FindingKind, true>> = {
  'not-read': true,
  'source-unreadable': true,
  'source-unstable': true,
  'source-not-reread': true,
  'too-few-copies': true,
  'copy-mismatch': true,
  'copy-lost': true,
  'read-back-weak': true,
  'copy-evidence-old': true,
  'too-few-offsite': true,
  'offsite-mismatch': true,
  'offsite-absent': true,
  'offsite-grade-low': true,
  'offsite-evidence-old': true,
  'evidence-from-future': true,
};

const blockerKind = oneOf<BlockerKind>({
  ...FINDINGS,
  'never-scanned': true,
  'card-changed': true,
  'card-unreadable': true,
  'card-incomplete': true,
  'no-offsite-remote': true,
  'source-sample-missing': true,
  'work-failed': true,
  'destination-trouble': true,
  'remote-trouble': true,
});

export const cardShape: z.ZodType<CardView> = z.object({
  id: cardId,
  label: z.string(),
  roll: z.string(),
  present: z.boolean(),
  verdict,
  light,
  sentence: z.string(),
  blockers: z.array(
    z.object({ kind: blockerKind, files: count, sentence: z.string(), hint: z.string() }),
  ),
  files: z.object({ total: count, bytes: count, onDrives: count, offsite: count }),
  inventoryAt: when,
  judgedAt: when,
  oldestEvidenceAt: when,
});

export const inFlightShape: z.ZodType<InFlightView> = z.object({
  card: cardId,
  phase: oneOf<InFlightView['phase']>({
    listing: true,
    copying: true,
    rereading: true,
    uploading: true,
    confirming: true,
  }),
  filesDone: count,
  filesTotal: count,
  bytesDone: count,
  bytesTotal: count,
  etaSeconds: z.number().min(0).nullable(),
});

const version = z.literal(1);

export const statusShape: z.ZodType<StatusView> = z.object({
  version,
  service: z.object({ running: z.boolean(), pid: count.nullable(), startedAt: when }),
  light,
  cards: z.array(cardShape),
  inFlight: z.array(inFlightShape),
  destinations: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      medium: z.string().nullable(),
      state: z.string(),
      freeBytes: count.nullable(),
      sentence: z.string().nullable(),
    }),
  ),
  remotes: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      state: oneOf<RemoteView['state']>({ ok: true, trouble: true, unknown: true }),
      queuedFiles: count,
      queuedBytes: count,
      lastSightingAt: when,
      lastAuditAt: when,
      sentence: z.string().nullable(),
    }),
  ),
  troubles: z.array(z.object({ sentence: z.string(), hint: z.string() })).exactOptional(),
  unknownVolumes: z.array(z.object({ mountPoint: z.string(), label: z.string() })),
});

/** One step of a followed offload, as the service streams it. */
export const offloadStepShape = z.object({
  card: cardShape.nullable(),
  inFlight: inFlightShape.nullable(),
});

const shotsShape: z.ZodType<ShotsView> = z.object({
  camera: z.string().nullable(),
  clips: count,
  media: count,
});

const rosterShape: z.ZodType<RosterView> = z.object({
  id: cardId,
  label: z.string(),
  roll: z.string().nullable(),
  present: z.boolean(),
  firstSeenAt: when,
  lastSeenAt: when,
  files: count.nullable(),
  bytes: count.nullable(),
  shots: shotsShape.nullable(),
  verdict: verdict.nullable(),
  light: light.nullable(),
});

const fileShape: z.ZodType<FileView> = z.object({
  path: z.string(),
  sizeBytes: count,
  modifiedAt: z.iso.datetime(),
  role: oneOf<FileRole>({ media: true, sidecar: true, management: true, other: true }),
  hash: z.string().nullable(),
  readTwice: z.boolean(),
  copies: z.array(
    z.object({
      destination: z.string(),
      medium: z.string().nullable(),
      path: z.string(),
      state: oneOf<CopyView['state']>({
        good: true,
        old: true,
        weak: true,
        mismatch: true,
        lost: true,
        future: true,
      }),
      counts: z.boolean(),
      proof: oneOf<NonNullable<CopyView['proof']>>({
        device: true,
        remounted: true,
        cached: true,
      }).nullable(),
      words: z.string(),
      at: when,
    }),
  ),
  remotes: z.array(
    z.object({
      remote: z.string(),
      key: z.string().nullable(),
      state: oneOf<OffsiteView['state']>({
        good: true,
        old: true,
        'low-grade': true,
        mismatch: true,
        absent: true,
        passed: true,
        future: true,
      }),
      counts: z.boolean(),
      grade: z.enum(['A', 'B', "B'", 'C', 'D']).nullable(),
      method: oneOf<NonNullable<OffsiteView['method']>>({
        fetched: true,
        'server-digest': true,
        'uploader-record': true,
        listed: true,
      }).nullable(),
      storageClass: z.string().nullable(),
      words: z.string(),
      at: when,
    }),
  ),
  missing: z.array(
    z.object({
      kind: oneOf<FindingKind>(FINDINGS),
      place: z.string().nullable(),
      words: z.string(),
    }),
  ),
});

const noSuchCard = z.object({ kind: z.literal('no-such-card'), selector: z.string() });
const ambiguous = z.object({
  kind: z.literal('ambiguous'),
  selector: z.string(),
  ids: z.array(cardId),
});

/** What the service answers to a request to eject. */
export const ejectAnswerShape: z.ZodType<EjectAnswer> = z.union([
  z.object({
    kind: z.literal('ejected'),
    sentence: z.string(),
    note: z.string().nullable(),
    card: cardShape.nullable(),
  }),
  z.object({ kind: z.enum(['busy', 'failed']), sentence: z.string(), hint: z.string() }),
  noSuchCard,
  ambiguous,
]);

const error = z
  .object({ code: z.string(), sentence: z.string(), hint: z.string() })
  .exactOptional()
  .meta({ description: 'Only there when there is no answer.' });

const trials = z.object({
  version,
  ok: z.boolean(),
  findings: z.array(
    z.object({
      part: z.string(),
      ok: z.boolean(),
      required: z.boolean(),
      sentence: z.string(),
      hint: z.string().nullable(),
    }),
  ),
  error,
});

/** What each command prints with --json. */
export const OUTPUT_SHAPES = {
  check: z.object({ version, cards: z.array(cardShape), error }),
  status: statusShape,
  cards: z.object({ version, cards: z.array(rosterShape), error }),
  show: z.object({
    version,
    card: cardShape.nullable(),
    shots: shotsShape.nullable(),
    notes: z.array(z.string()),
    files: z.array(fileShape),
    error,
  }),
  offload: z.object({
    version,
    state: oneOf<'handed-over' | 'ended' | 'refused'>({
      'handed-over': true,
      ended: true,
      refused: true,
    }),
    card: cardShape.nullable(),
    error,
  }),
  eject: z.object({
    version,
    ejected: z.boolean(),
    sentence: z.string().nullable(),
    note: z.string().nullable(),
    card: cardShape.nullable(),
    error,
  }),
  service: z.object({
    version,
    task: z.enum(SERVICE_TASKS),
    ok: z.boolean(),
    scope: z.enum(['user', 'system']).nullable(),
    lines: z.array(z.string()),
    sentence: z.string().nullable(),
    hint: z.string().nullable(),
    error,
  }),
  doctor: trials,
  led: trials,
  notify: trials,
} as const;

/** The shapes as JSON Schema, one for each command; docs/cli.schema.json ships it. */
export function outputJsonSchema(): object {
  const definitions = Object.fromEntries(
    Object.entries(OUTPUT_SHAPES).map(([command, shape]) => {
      const schema: object = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
      const { $schema: _dialect, ...own } = { $schema: undefined, ...schema };
      return [command, own];
    }),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What safelight commands print with --json',
    $defs: definitions,
  };
}
