/**
 * The verdict for people who ask: made from the ledger and from looking at the card and the drives just now,
 * without the running service and without writing anything.
 */
import { cardBlocker, type PlaceTrouble } from '../core/blocker.ts';
import {
  destinationTroubles,
  type DestinationLook,
  type ReadyDestination,
} from '../core/destination.ts';
import { explain } from '../core/explain.ts';
import type { CardId, FileId } from '../core/ids.ts';
import type { Inventory, Scan } from '../core/inventory.ts';
import { type MatchedScan, pathsOf, showsExactly, unknownFiles } from '../core/match-scan.ts';
import { type CardView, cardView } from '../core/status.ts';
import { unjudged, type Verdict, withBlocker } from '../core/verdict.ts';
import type { KnownCard, LedgerReader, Roll } from '../ports/ledger.ts';
import type { Insertion, VolumeTrouble } from '../ports/volume-source.ts';
import { Glance } from './glance.ts';
import { otherContent } from './known-content.ts';
import { overlay } from './overlay.ts';
import { matchRoll } from './roll-match.ts';
import type { ServiceDeps } from './service-deps.ts';
import { timeText } from './status-builder.ts';
import { surveyInventory } from './survey.ts';
import { cardIdFor, cardIdOf } from './take-inventory.ts';
import { twinsIn } from './twins.ts';

export interface CheckDeps
  extends Pick<
    ServiceDeps,
    'clock' | 'volumes' | 'reader' | 'destinations' | 'settings' | 'isCard'
  > {
  /** Undefined when there is no ledger yet. */
  readonly ledger: LedgerReader | undefined;
  readonly remoteIds: readonly ServiceDeps['offsite'][number]['remote']['id'][];
  /** Cards that are in, but that the service has unmounted when all was done. */
  readonly setAside: () => Promise<ReadonlySet<CardId>>;
}

export type CheckOutcome =
  | { readonly kind: 'answers'; readonly cards: readonly CardView[] }
  | { readonly kind: 'no-such-card'; readonly selector: string }
  | { readonly kind: 'ambiguous'; readonly selector: string; readonly ids: readonly CardId[] }
  | { readonly kind: 'cannot-tell'; readonly sentence: string; readonly hint: string };

interface Subject {
  readonly id: CardId;
  readonly label: string;
  readonly card?: KnownCard;
  readonly insertion?: Insertion;
  /** It is in, though nobody has it mounted. */
  readonly isAside?: boolean;
  /** Why nobody can tell: it cannot be looked at, or another card that is in would be taken for it. */
  readonly trouble?: VolumeTrouble;
  /** Where it is, without an insertion. */
  readonly places?: readonly string[];
}

/** Of what changed so many are named. */
const PATHS_TOLD = 10;

/** Thrown inside this file when a card cannot be judged; becomes `cannot-tell`. */
class CannotTell extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Judges the named cards, or every card that is in. Selectors: id, unique id prefix, label, mount path. */
export async function checkCards(
  deps: CheckDeps,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<CheckOutcome> {
  try {
    const subjects = await findSubjects(deps, selectors, signal);
    if (!Array.isArray(subjects)) return subjects;
    const looks = await lookAtDestinations(deps, subjects);
    const named = selectors.length > 0;
    const cards: CardView[] = [];
    for (const subject of subjects) {
      const view = await judgeSubject(deps, { ...subject, named }, looks, signal);
      if (view !== undefined) cards.push(view);
    }
    return { kind: 'answers', cards };
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    return { kind: 'cannot-tell', sentence: error.message, hint: error.hint };
  }
}

async function findSubjects(
  deps: CheckDeps,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<Subject[] | Exclude<CheckOutcome, { kind: 'answers' }>> {
  const listing = await deps.volumes.list(signal);
  if (listing.state === 'unknown') {
    throw new CannotTell(
      `What is plugged in could not be listed (${listing.reason}).`,
      'Try again; if it stays, run "safelight doctor".',
    );
  }
  const seen = listing.insertions.filter(({ excluded }) => excluded === undefined);
  const twins = twinsIn(seen);
  const known = new Map((await deps.ledger?.cards())?.map((card) => [card.id, card]) ?? []);
  const all = new Map<string, Subject>();
  const aside = await deps.setAside();
  for (const card of known.values()) {
    all.set(card.id, { id: card.id, label: card.label, card, isAside: aside.has(card.id) });
  }
  for (const insertion of seen) {
    const id = cardIdOf(insertion);
    const card = known.get(id);
    const twin = twins.get(insertion.key);
    const trouble = twin === undefined ? {} : { trouble: twin };
    const base = { id, label: insertion.label, insertion, ...trouble };
    // Of cards that cannot be told apart each is found by its own label and path.
    if (twin !== undefined) all.delete(id);
    all.set(twin === undefined ? id : insertion.key, card === undefined ? base : { ...base, card });
  }
  for (const trouble of listing.troubles ?? []) {
    if (trouble.about === undefined) continue;
    const { label, facts, places } = trouble.about;
    const id = cardIdFor(facts);
    // What the ledger knows of it is no answer about what is in.
    all.set(id, { id, label, isAside: true, trouble, places });
  }
  if (selectors.length === 0) {
    // "Every card that is in" leaves none out, also not one that cannot be looked at.
    const [trouble] = listing.troubles ?? [];
    if (trouble !== undefined) throw new CannotTell(trouble.sentence, trouble.hint);
    return [...all.values()].filter(isIn);
  }

  const chosen = new Set<Subject>();
  for (const selector of selectors) {
    const matches = selected(selector, [...all.values()], (subject) => subject);
    // Labels repeat: of several cards so called, the one that is in is meant.
    const present = matches.filter(isIn);
    const meant = present.length === 1 ? present : matches;
    const [only, second] = meant;
    if (only === undefined) return { kind: 'no-such-card', selector };
    if (second !== undefined) {
      return { kind: 'ambiguous', selector, ids: meant.map(({ id }) => id) };
    }
    chosen.add(only);
  }
  return [...chosen];
}

function isIn({ insertion, isAside }: Subject): boolean {
  return insertion !== undefined || isAside === true;
}

/**
 * What a word on the command line means: a whole id, a label, a mount point or a device; only where it is none of
 * them, the beginning of an id.
 */
export function selected<T>(
  selector: string,
  all: readonly T[],
  nameOf: (one: T) => Pick<Subject, 'id' | 'label' | 'insertion' | 'places'>,
): readonly T[] {
  const trimmed = selector.replace(/(.)\/+$/, '$1');
  const exactly = all.filter((one) => {
    const { id, label, insertion, places = [] } = nameOf(one);
    const isPlace = [insertion?.root, insertion?.devicePath, ...places].includes(trimmed);
    return label === selector || id === selector.toLowerCase() || isPlace;
  });
  if (exactly.length > 0 || selector === '') return exactly;
  return all.filter((one) => nameOf(one).id.startsWith(selector.toLowerCase()));
}

async function lookAtDestinations(
  deps: CheckDeps,
  subjects: readonly Subject[],
): Promise<readonly DestinationLook[]> {
  const media = subjects.flatMap(({ insertion }) =>
    insertion?.mediumId === undefined ? [] : [insertion.mediumId],
  );
  return deps.destinations.lookAll(deps.settings.destinations, new Set(media), {
    readOnly: true,
  });
}

async function judgeSubject(
  deps: CheckDeps,
  { named, ...subject }: Subject & { readonly named: boolean },
  looks: readonly DestinationLook[],
  signal: AbortSignal,
): Promise<CardView | undefined> {
  const { trouble } = subject;
  if (trouble !== undefined) throw new CannotTell(trouble.sentence, trouble.hint);
  const scan = await scanNow(deps, subject, signal);
  const roll = await deps.ledger?.currentRoll(subject.id);
  const inventory = roll === undefined ? undefined : await deps.ledger?.latestInventory(roll.id);
  if (deps.ledger === undefined || roll === undefined || inventory === undefined) {
    if (subject.insertion === undefined || scan === undefined) throw neverSeen(subject);
    // Asked for by name it gets an answer; among all that is in, an ordinary stick is no card.
    if (!named && !deps.isCard(scan, subject.insertion)) return undefined;
    return neverListed(deps, subject, scan);
  }
  const seen = { ...inventory, problems: scan?.problems ?? inventory.problems };
  const ready = looks.filter((look) => look.state === 'ready');
  let verdict = await judgeOver(deps, deps.ledger, seen, ready);
  const known = { ledger: deps.ledger, deps, roll, inventory };
  const { insertion } = subject;
  if (insertion !== undefined && scan !== undefined) {
    const { matched, changed } = await compare(known, scan);
    const isSafe = verdict.kind === 'safe-to-format';
    const other =
      changed ??
      (isSafe ? await otherFrames(known, { insertion, matched }, ready, signal) : undefined);
    if (other !== undefined) verdict = withBlocker(verdict, cardBlocker('card-changed', other));
  }
  return viewOf(subject, roll, await withTroubles(deps, deps.ledger, looks, verdict));
}

/** The card's listing of just now; undefined when it is out. */
async function scanNow(
  deps: CheckDeps,
  { insertion, label }: Subject,
  signal: AbortSignal,
): Promise<Scan | undefined> {
  if (insertion === undefined) return undefined;
  const scan = await deps.reader.scan(insertion, signal);
  // A pulled card can list as empty: its listing counts only while the same medium is still in.
  if (await deps.volumes.stillIn(insertion)) return scan;
  throw wentAway(label);
}

function wentAway(label: string): CannotTell {
  return new CannotTell(
    `${label} went away while it was being listed.`,
    'Put the card in again and ask once more.',
  );
}

async function judgeOver(
  deps: CheckDeps,
  ledger: LedgerReader,
  inventory: Inventory,
  ready: readonly ReadyDestination[],
): Promise<Verdict> {
  const context = {
    policy: deps.settings.policy,
    now: deps.clock.now(),
    situation: {
      cardPresent: false,
      destinations: ready.map(({ id }) => id),
      remotes: deps.remoteIds,
      sourceVerify: deps.settings.policy.sourceVerify,
    },
  };
  const glance = new Glance(deps, ready);
  const survey = await surveyInventory(ledger, inventory, context, glance.visit);
  const losses = await glance.losses();
  if (losses.length === 0) return survey.verdict;
  return (await surveyInventory(overlay(ledger, losses), inventory, context)).verdict;
}

interface Known {
  readonly ledger: LedgerReader;
  readonly deps: CheckDeps;
  readonly roll: Roll;
  readonly inventory: Inventory;
}

/** What the card shows against the newest inventory. */
interface Comparison {
  /** Some of the paths that are new, gone or other; undefined when there is none. */
  readonly changed?: readonly string[];
  readonly matched: MatchedScan;
}

async function compare({ ledger, roll, inventory }: Known, scan: Scan): Promise<Comparison> {
  const ids = new Set<FileId>();
  for await (const batch of ledger.files(inventory)) {
    for (const { id } of batch) ids.add(id);
  }
  const matched = await matchRoll(ledger, roll.id, scan.files);
  if (showsExactly(matched, ids)) return { matched };
  const added = unknownFiles(matched).map(({ path }) => path);
  const back = pathsOf(matched, (id) => !ids.has(id));
  const gone = await pathsGone(ledger, inventory, matched);
  return { changed: [...added, ...back, ...gone].slice(0, PATHS_TOLD), matched };
}

/** Some of the inventory's paths that the scan does not show any more. */
async function pathsGone(
  ledger: LedgerReader,
  inventory: Inventory,
  { ids }: MatchedScan,
): Promise<readonly string[]> {
  const still = new Set(ids);
  const gone: string[] = [];
  for await (const batch of ledger.files(inventory)) {
    for (const { id, path } of batch) if (!still.has(id)) gone.push(path);
    if (gone.length >= PATHS_TOLD) break;
  }
  return gone;
}

/** Frames on the card that are not those of the copies, though names, sizes and times are; undefined when none was found. */
async function otherFrames(
  { ledger, deps }: Known,
  { insertion, matched }: { readonly insertion: Insertion; readonly matched: MatchedScan },
  ready: readonly ReadyDestination[],
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const others = await otherContent({ ...deps, ledger }, ready, { insertion, matched }, signal);
  if (others !== 'all' && others.size === 0) return undefined;
  if (!(await deps.volumes.stillIn(insertion))) throw wentAway(insertion.label);
  return pathsOf(matched, (id) => others === 'all' || others.has(id)).slice(0, PATHS_TOLD);
}

async function withTroubles(
  deps: CheckDeps,
  ledger: LedgerReader,
  looks: readonly DestinationLook[],
  verdict: Verdict,
): Promise<Verdict> {
  if (verdict.kind !== 'hold') return verdict;
  const noted = await ledger.troubles();
  const looked = destinationTroubles(looks);
  const isRemote = ({ place }: PlaceTrouble): boolean => deps.remoteIds.some((id) => id === place);
  // What a look shows now outweighs what a job met some time ago; a full drive shows in no look.
  const met = noted.filter(({ place }) =>
    looks.some(({ id, state }) => id === place && state === 'ready'),
  );
  return explain(verdict, { destinations: [...looked, ...met], remotes: noted.filter(isRemote) });
}

function neverSeen({ label }: Subject): CannotTell {
  return new CannotTell(
    `${label} is known, but was never listed to the end.`,
    'Put the card in while the service runs.',
  );
}

function neverListed(deps: CheckDeps, subject: Subject, scan: Scan): CardView {
  const bytes = scan.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const listed = { at: scan.scannedAt, files: scan.files.length, bytes };
  const facts = { id: subject.id, label: subject.label, rollFolder: '', present: true };
  return cardView(facts, unjudged(deps.clock.now(), listed), timeText);
}

function viewOf(subject: Subject, roll: Roll, verdict: Verdict): CardView {
  const present = isIn(subject);
  const { id, label } = subject;
  return cardView({ id, label, rollFolder: roll.folder, present }, verdict, timeText);
}
