/** One card file by file: the verdict of just now, and what the ledger holds about each file. */
import type { Evidence } from '../core/evidence.ts';
import { type FileView, fileView } from '../core/file-view.ts';
import { type ShotsView, shotsOf } from '../core/shots.ts';
import { standingOf } from '../core/standing.ts';
import type { CardView } from '../core/status.ts';
import { type CheckDeps, type CheckOutcome, checkCards } from './checking.ts';
import { kinOf } from './kinship.ts';
import { isoTime } from './status-builder.ts';

export type ShowOutcome =
  | {
      readonly kind: 'card';
      readonly card: CardView;
      readonly shots: ShotsView;
      /** What it has to do with what was seen before, one sentence each. */
      readonly notes: readonly string[];
      readonly files: readonly FileView[];
    }
  | Exclude<CheckOutcome, { kind: 'answers' }>;

export async function showCard(
  deps: CheckDeps,
  selector: string,
  signal: AbortSignal,
): Promise<ShowOutcome> {
  const outcome = await checkCards(deps, [selector], signal);
  if (outcome.kind !== 'answers') return outcome;
  const [card] = outcome.cards;
  if (card === undefined) return { kind: 'no-such-card', selector };
  const files = await filesOf(deps, card);
  const { ledger, settings, clock } = deps;
  const known = { policy: settings.policy, now: clock.now() };
  const notes = ledger === undefined ? [] : await kinOf({ ledger, ...known }, card.id);
  return { kind: 'card', card, shots: shotsOf(files), notes, files };
}

async function filesOf(deps: CheckDeps, card: CardView): Promise<readonly FileView[]> {
  const { ledger, settings, clock } = deps;
  const roll = await ledger?.currentRoll(card.id);
  const inventory = roll === undefined ? undefined : await ledger?.latestInventory(roll.id);
  if (ledger === undefined || inventory === undefined) return [];
  const roots = new Map(settings.destinations.map(({ id, path }) => [id, path]));
  const views: FileView[] = [];
  for await (const batch of ledger.records(inventory)) {
    for (const { file, evidence } of batch) {
      const all: readonly Evidence[] = evidence;
      const standing = standingOf(file, all, settings.policy, clock.now());
      views.push(fileView(file, standing, all, { iso: isoTime, roots }));
    }
  }
  return views;
}
