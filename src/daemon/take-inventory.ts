/** Lists an inserted card and records what was found as the newest inventory of its roll. */
import { type CardFacts, cardKey, rollFolder } from '../core/card.ts';
import { asCardId, type CardId, type FileId } from '../core/ids.ts';
import { type CardFile, continuesRoll, type Inventory, type Scan } from '../core/inventory.ts';
import { type MatchedScan, matchScan } from '../core/match-scan.ts';
import { shortDigest } from '../platform/short-digest.ts';
import type { Roll } from '../ports/ledger.ts';
import type { Insertion } from '../ports/volume-source.ts';
import type { ServiceDeps } from './service-deps.ts';

/** The short form of a card id, as in folder names. */
const SHORT_ID = 8;

export interface TakenInventory {
  readonly cardId: CardId;
  readonly roll: Roll;
  readonly inventory: Inventory;
  /** Every folder of the card. The files are in the ledger: a second list of them is not kept. */
  readonly folders: readonly string[];
}

export type InventoryDeps = Pick<
  ServiceDeps,
  'clock' | 'ledger' | 'volumes' | 'reader' | 'isCard' | 'roleOf' | 'settings'
>;

/** The id of the card behind an insertion: the same card has the same id on every machine. */
export function cardIdOf(insertion: Insertion): CardId {
  return cardIdFor(insertion.facts);
}

export function cardIdFor(facts: CardFacts): CardId {
  return asCardId(shortDigest(cardKey(facts)));
}

/** Which known files have other content now, though path, size and time fit. */
export type ContentCheck = (matched: readonly CardFile[]) => Promise<ReadonlySet<FileId>>;

/**
 * Lists the card. With a `check`, which the first listing of an insertion has, known files are known by their content
 * too. `gone`: it was pulled meanwhile, the listing proves nothing. `not-a-card`: it does not look like
 * one and nobody offered it.
 */
export async function takeInventory(
  deps: InventoryDeps,
  insertion: Insertion,
  signal: AbortSignal,
  check?: ContentCheck,
): Promise<TakenInventory | 'gone' | 'not-a-card'> {
  const scan = await deps.reader.scan(insertion, signal);
  // A pulled FAT card lists as empty without any error: the answer counts only while the medium is still in.
  if (!(await deps.volumes.stillIn(insertion))) return 'gone';
  const cardId = cardIdOf(insertion);
  const known = await deps.ledger.currentRoll(cardId);
  if (known === undefined && !deps.isCard(scan, insertion)) return 'not-a-card';

  const files = known === undefined ? [] : await deps.ledger.knownFiles(known.id);
  const seeming = matchScan(files, scan, deps.roleOf);
  const asked = check !== undefined && seeming.known.length > 0;
  const others = asked ? await check(seeming.known) : new Set<FileId>();
  // Bytes of another card, or of none, say nothing.
  if (others.size > 0 && !(await deps.volumes.stillIn(insertion))) return 'gone';

  const now = deps.clock.now();
  await deps.ledger.recordInsertion({
    id: cardId,
    key: cardKey(insertion.facts),
    kind: insertion.facts.kind,
    label: insertion.label,
    firstSeenAt: now,
    lastSeenAt: now,
    lastRoot: insertion.root,
  });
  const isAnother = others.size > 0 && others.size === seeming.known.length;
  const counts = { known: files.length, scanned: scan.files.length, again: seeming.known.length };
  const goesOn = known !== undefined && !isAnother && continuesRoll(counts);
  const roll = goesOn ? known : await newRoll(deps, insertion);
  const match =
    others.size === 0 && goesOn
      ? seeming
      : matchScan(goesOn ? files : [], scan, deps.roleOf, versionsOf(files, others));
  const inventory = await recordScan(deps, roll, match, scan);
  return { cardId, roll, inventory, folders: scan.folders };
}

/** Earlier versions of a file were not compared: none of them may take the place of the one that was. */
function versionsOf(files: readonly CardFile[], some: ReadonlySet<FileId>): ReadonlySet<FileId> {
  const paths = new Set(files.flatMap(({ id, path }) => (some.has(id) ? [path] : [])));
  return new Set(files.flatMap(({ id, path }) => (paths.has(path) ? [id] : [])));
}

async function newRoll(deps: InventoryDeps, insertion: Insertion): Promise<Roll> {
  const cardId = cardIdOf(insertion);
  const startedAt = deps.clock.now();
  return deps.ledger.startRoll(cardId, startedAt, (ordinal) =>
    rollFolder(deps.settings.folderTemplate, {
      date: deps.clock.localDay(startedAt),
      label: insertion.label,
      card: cardId.slice(0, SHORT_ID),
      ordinal,
    }),
  );
}

async function recordScan(
  deps: InventoryDeps,
  roll: Roll,
  match: MatchedScan,
  scan: Scan,
): Promise<Inventory> {
  const known: readonly FileId[] = match.known.map((file) => file.id);
  return deps.ledger.recordInventory({
    rollId: roll.id,
    scannedAt: scan.scannedAt,
    known,
    fresh: match.fresh,
    ignored: scan.ignored,
    problems: scan.problems,
  });
}
