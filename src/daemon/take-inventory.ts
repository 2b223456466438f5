/** Lists an inserted card and records what was found as the newest inventory of its roll. */
import { type CardFacts, cardKey, rollFolder } from '../core/card.ts';
import { asCardId, type CardId } from '../core/ids.ts';
import { continuesRoll, type Inventory, type Scan } from '../core/inventory.ts';
import { knownIds, type MatchedScan, pathsOf, ScanMatcher } from '../core/match-scan.ts';
import { shortDigest } from '../platform/short-digest.ts';
import type { Roll } from '../ports/ledger.ts';
import type { Insertion } from '../ports/volume-source.ts';
import type { OtherContent } from './known-content.ts';
import { matchRoll, placeUnknown } from './roll-match.ts';
import type { ServiceDeps } from './service-deps.ts';

/** The short form of a card id, as in folder names. */
const SHORT_ID = 8;

const NONE: OtherContent = new Set();

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
export type ContentCheck = (matched: MatchedScan) => Promise<OtherContent>;

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

  const seeming =
    known === undefined
      ? new ScanMatcher(scan.files).matched()
      : await matchRoll(deps.ledger, known.id, scan.files);
  const again = knownIds(seeming).length;
  const others = check !== undefined && again > 0 ? await check(seeming) : NONE;
  const hasOthers = others === 'all' || others.size > 0;
  // Bytes of another card, or of none, say nothing.
  if (hasOthers && !(await deps.volumes.stillIn(insertion))) return 'gone';

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
  const counts = { known: seeming.versions, scanned: scan.files.length, again };
  const goesOn = known !== undefined && others !== 'all' && continuesRoll(counts);
  const roll = goesOn ? known : await newRoll(deps, insertion);
  const match =
    goesOn && !hasOthers
      ? seeming
      : // Earlier versions of a file were not compared: none of them may take the place of the one that was.
        await matchRoll(deps.ledger, roll.id, scan.files, new Set(pathsAt(seeming, others)));
  const inventory = await recordScan(deps, roll, match, scan);
  return { cardId, roll, inventory, folders: scan.folders };
}

/** A new roll knows nothing that could fit. */
function pathsAt(match: MatchedScan, others: OtherContent): readonly string[] {
  return others === 'all' ? [] : pathsOf(match, (id) => others.has(id));
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
  return deps.ledger.recordInventory({
    rollId: roll.id,
    scannedAt: scan.scannedAt,
    known: knownIds(match),
    fresh: await placeUnknown(deps.ledger, roll.id, match, deps.roleOf),
    ignored: scan.ignored,
    problems: scan.problems,
  });
}
