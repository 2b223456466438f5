/**
 * Whether the files that a card seems to have kept since it was last in are what their copies are. Path, size and time
 * can all fit by chance, or by a camera that formats with one serial and begins to count anew.
 */
import type { ReadyDestination } from '../core/destination.ts';
import type { FileId } from '../core/ids.ts';
import type { MatchedScan } from '../core/match-scan.ts';
import { chooseSample } from '../core/plan.ts';
import type { FileWithCopy } from '../ports/card-reader.ts';
import type { LedgerReader } from '../ports/ledger.ts';
import type { Insertion } from '../ports/volume-source.ts';
import type { ServiceDeps } from './service-deps.ts';
import { type HeldFile, heldIn } from './survey.ts';

/** Files looked at, spread over the card; if one of them is another, all are. */
const SAMPLE_FILES = 256;

export type ContentDeps = Pick<ServiceDeps, 'clock' | 'reader' | 'settings'> & {
  readonly ledger: Pick<LedgerReader, 'recordsOf'>;
};

/** Known files that have other content on the card now. */
export type OtherContent = 'all' | ReadonlySet<FileId>;

/**
 * `matched` are the files that fit known ones by path, size and time. Where no copy can be read just now nothing speaks
 * against a file. When all that could be compared are others, the rest counts as others too.
 */
export async function otherContent(
  deps: ContentDeps,
  ready: readonly ReadyDestination[],
  { insertion, matched }: { readonly insertion: Insertion; readonly matched: MatchedScan },
  signal: AbortSignal,
): Promise<OtherContent> {
  const { files, ids } = matched;
  const candidates = ids.filter(
    (id, i): id is FileId => id !== undefined && files[i]?.sizeBytes !== 0,
  );
  const chosen = chooseSample(candidates, SAMPLE_FILES);
  let comparable: readonly HeldFile[] | undefined;
  let sample = await heldOf(deps, ready, chosen);
  if (sample.length < chosen.length) {
    // Some have no copy here: as many others are looked at instead.
    comparable = await heldOf(deps, ready, candidates);
    sample = chooseSample(comparable, SAMPLE_FILES);
  }
  const differing = async (some: readonly HeldFile[]): Promise<readonly FileId[]> => {
    const pairs = some.flatMap((one) => withCopy(one, ready));
    const paths = await deps.reader.differing(insertion, pairs, signal);
    return some.flatMap(({ file }) => (paths.has(file.path) ? [file.id] : []));
  };
  const found = await differing(sample);
  if (found.length === 0) return new Set();
  comparable ??= await heldOf(deps, ready, candidates);
  const others = sample.length === comparable.length ? found : await differing(comparable);
  return others.length === comparable.length ? 'all' : new Set(others);
}

/** Those of the files that have a good copy to compare with. */
async function heldOf(
  { ledger, settings, clock }: ContentDeps,
  destinations: readonly ReadyDestination[],
  fileIds: readonly FileId[],
): Promise<readonly HeldFile[]> {
  const ready = destinations.map(({ id }) => id);
  const context = { policy: settings.policy, now: clock.now(), ready };
  const held: HeldFile[] = [];
  for await (const batch of heldIn(ledger.recordsOf(fileIds), context)) held.push(...batch);
  return held;
}

function withCopy(
  { file, copies }: HeldFile,
  ready: readonly ReadyDestination[],
): readonly FileWithCopy[] {
  const [copy] = copies;
  const root = ready.find(({ id }) => id === copy.destinationId)?.path;
  if (root === undefined) return [];
  return [{ path: file.path, sizeBytes: file.sizeBytes, copy: `${root}/${copy.placedAt}` }];
}
