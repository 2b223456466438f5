/**
 * Whether the files that a card seems to have kept since it was last in are what their copies are. Path, size and time
 * can all fit by chance, or by a camera that formats with one serial and begins to count anew.
 */
import type { ReadyDestination } from '../core/destination.ts';
import type { FileId } from '../core/ids.ts';
import type { CardFile, Inventory } from '../core/inventory.ts';
import { chooseSample } from '../core/plan.ts';
import type { FileWithCopy } from '../ports/card-reader.ts';
import type { LedgerReader } from '../ports/ledger.ts';
import type { Insertion } from '../ports/volume-source.ts';
import type { ServiceDeps } from './service-deps.ts';
import { type HeldFile, surveyInventory } from './survey.ts';

/** Files looked at, spread over the card; if one of them is another, all are. */
const SAMPLE_FILES = 256;

export type ContentDeps = Pick<ServiceDeps, 'clock' | 'reader' | 'settings'> & {
  readonly ledger: Pick<LedgerReader, 'records'>;
};

export interface SeemingFiles {
  readonly insertion: Insertion;
  /** The roll's newest inventory. */
  readonly inventory: Inventory;
  /** Files of this scan that fit known ones by path, size and time. */
  readonly matched: readonly CardFile[];
}

/**
 * Ids of known files that have other content on the card now. Where no copy can be read just now nothing speaks
 * against a file. When all that could be compared are others, the rest counts as others too.
 */
export async function otherContent(
  deps: ContentDeps,
  ready: readonly ReadyDestination[],
  { insertion, inventory, matched }: SeemingFiles,
  signal: AbortSignal,
): Promise<ReadonlySet<FileId>> {
  const { held } = await surveyInventory(deps.ledger, inventory, {
    policy: deps.settings.policy,
    now: deps.clock.now(),
    situation: {
      cardPresent: false,
      destinations: ready.map(({ id }) => id),
      remotes: [],
      sourceVerify: 'none',
    },
  });
  const wanted = new Set(matched.map(({ id }) => id));
  const comparable = held.filter(({ file }) => wanted.has(file.id) && file.sizeBytes > 0);
  const differing = async (some: readonly HeldFile[]): Promise<readonly CardFile[]> => {
    const pairs = some.flatMap((one) => withCopy(one, ready));
    const paths = await deps.reader.differing(insertion, pairs, signal);
    return some.flatMap(({ file }) => (paths.has(file.path) ? [file] : []));
  };
  const chosen = new Set(
    chooseSample(
      comparable.map(({ file }) => file),
      SAMPLE_FILES,
    ).map(({ file }) => file.id),
  );
  const sample = comparable.filter(({ file }) => chosen.has(file.id));
  const found = await differing(sample);
  if (found.length === 0) return new Set();
  const others = sample.length === comparable.length ? found : await differing(comparable);
  return new Set((others.length === comparable.length ? matched : others).map(({ id }) => id));
}

function withCopy(
  { file, copies }: HeldFile,
  ready: readonly ReadyDestination[],
): readonly FileWithCopy[] {
  const [copy] = copies;
  const root = ready.find(({ id }) => id === copy?.destinationId)?.path;
  if (copy === undefined || root === undefined) return [];
  return [{ path: file.path, sizeBytes: file.sizeBytes, copy: `${root}/${copy.placedAt}` }];
}
