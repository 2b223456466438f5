/** What the ledger knows of a card besides its verdict: earlier rolls, earlier formats, a second slot's twin. */
import { type HashedFile, likeness, likenessText } from '../core/kin.ts';
import type { CardId } from '../core/ids.ts';
import type { Policy } from '../core/policy.ts';
import { standingOf } from '../core/standing.ts';
import type { KnownCard, LedgerReader } from '../ports/ledger.ts';

export interface KinDeps {
  readonly ledger: LedgerReader;
  readonly policy: Policy;
  readonly now: number;
}

/** In sentences, for people only. Empty when there is nothing to tell. */
export async function kinOf(deps: KinDeps, cardId: CardId): Promise<readonly string[]> {
  const { ledger } = deps;
  const cards = await ledger.cards();
  const own = cards.find(({ id }) => id === cardId);
  if (own === undefined) return [];
  const others = cards.filter(({ id }) => id !== cardId);
  return [
    ...(await earlierRolls(ledger, cardId)),
    ...earlierFormats(own, others),
    ...(await twins(deps, own, others)),
  ];
}

async function earlierRolls(ledger: LedgerReader, cardId: CardId): Promise<readonly string[]> {
  const earlier = (await ledger.rolls(cardId)).slice(0, -1);
  if (earlier.length === 0) return [];
  const folders = earlier.map(({ folder }) => folder).join(', ');
  return [`It was formatted since; earlier rolls of it are in ${folders}.`];
}

/** Formatting gives a new serial of the filesystem; the card's own stays. */
function earlierFormats(own: KnownCard, others: readonly KnownCard[]): readonly string[] {
  const { hardwareSerial, firstSeenAt } = own;
  if (hardwareSerial === undefined) return [];
  return others
    .filter((card) => card.hardwareSerial === hardwareSerial && card.firstSeenAt < firstSeenAt)
    .map((card) => `It is the same card as ${nameOf(card)}, formatted since.`);
}

async function twins(
  deps: KinDeps,
  own: KnownCard,
  others: readonly KnownCard[],
): Promise<readonly string[]> {
  const { ledger } = deps;
  const mine = await newestInventory(ledger, own.id);
  if (mine === undefined || mine.fileCount === 0) return [];
  const told: string[] = [];
  let files: readonly HashedFile[] | undefined;
  for (const other of others) {
    const theirs = await newestInventory(ledger, other.id);
    // Counts first: whole listings are read only of cards that can be alike.
    if (theirs?.fileCount !== mine.fileCount || theirs.totalBytes !== mine.totalBytes) continue;
    files ??= await hashedFiles(deps, mine);
    const found = likeness(files, await hashedFiles(deps, theirs));
    if (found !== undefined) told.push(likenessText(nameOf(other), found));
  }
  return told;
}

async function newestInventory(ledger: LedgerReader, cardId: CardId) {
  const roll = await ledger.currentRoll(cardId);
  return roll === undefined ? undefined : ledger.latestInventory(roll.id);
}

async function hashedFiles(
  { ledger, policy, now }: KinDeps,
  inventory: Parameters<LedgerReader['records']>[0],
): Promise<readonly HashedFile[]> {
  const files: HashedFile[] = [];
  for await (const batch of ledger.records(inventory)) {
    for (const { file, evidence } of batch) {
      const { hash } = standingOf(file, evidence, policy, now);
      const { path, sizeBytes, mtimeMs } = file;
      files.push({ path, sizeBytes, mtimeMs, ...(hash === undefined ? {} : { hash }) });
    }
  }
  return files;
}

function nameOf({ label, id }: KnownCard): string {
  return `${label} (${id})`;
}
