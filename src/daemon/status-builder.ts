/** Builds the one view that all faces show, from the board. */
import type { DestinationLook } from '../core/destination.ts';
import type { RemoteId } from '../core/ids.ts';
import {
  type CardView,
  cardView,
  type DestinationView,
  type RemoteView,
  type StatusView,
  type TimeText,
} from '../core/status.ts';
import type { Board, BoardCard } from './board.ts';

export interface ServiceFacts {
  readonly pid: number | null;
  readonly startedAt: number | null;
}

export interface RemoteFacts {
  readonly id: RemoteId;
  readonly kind: string;
}

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Times as this machine's people read them. */
export const timeText: TimeText = {
  iso: isoTime,
  timeOfDay(ms) {
    const at = new Date(ms);
    return [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, '0')).join(':');
  },
};

export function buildStatus(
  board: Board,
  service: ServiceFacts,
  remotes: readonly RemoteFacts[],
): StatusView {
  const cards = [...board.cards.values()];
  return {
    version: 1,
    service: {
      running: service.pid !== null,
      pid: service.pid,
      startedAt: service.startedAt === null ? null : isoTime(service.startedAt),
    },
    light: board.light,
    cards: cards.flatMap((card) => viewOfCard(board, card)),
    inFlight: [...board.inFlight.values()],
    destinations: board.destinations.map(destinationView),
    remotes: remotes.map((remote) => remoteView(board, remote)),
    ...troublesOf(board),
    unknownVolumes: board.unknownVolumes,
  };
}

function troublesOf(board: Board): Pick<StatusView, 'troubles'> {
  const { listingTrouble, mountTroubles, volumeTroubles } = board;
  const troubles = [...mountTroubles, ...volumeTroubles].map(({ sentence, hint }) => ({
    sentence,
    hint,
  }));
  if (listingTrouble !== undefined) {
    troubles.unshift({
      sentence: `What is plugged in cannot be listed: ${listingTrouble}`,
      hint: 'It is tried again by itself; "safelight doctor" may tell more.',
    });
  }
  return troubles.length === 0 ? {} : { troubles };
}

/** A card's view; none before it was judged for the first time. */
export function viewOfCard(board: Board, card: BoardCard): readonly CardView[] {
  if (card.verdict === undefined) return [];
  const { cardId: id, roll, label, present } = card;
  const eta = board.inFlight.get(roll.id)?.etaSeconds ?? undefined;
  const facts = { id, label, rollFolder: roll.folder, present };
  return [cardView(facts, card.verdict, timeText, eta)];
}

export function destinationView(look: DestinationLook): DestinationView {
  if (look.state === 'ready') {
    const { id: name, path, mediumId: medium, freeBytes, warning } = look;
    return { name, path, medium, state: 'ready', freeBytes, sentence: warning ?? null };
  }
  const { id: name, path, trouble, sentence } = look;
  return { name, path, medium: null, state: trouble, freeBytes: null, sentence };
}

function remoteView(board: Board, { id, kind }: RemoteFacts): RemoteView {
  const known = board.remotes.get(id);
  let queuedFiles = 0;
  let queuedBytes = 0;
  for (const queue of board.queued.values()) {
    queuedFiles += queue.get(id)?.files ?? 0;
    queuedBytes += queue.get(id)?.bytes ?? 0;
  }
  const seen = known?.lastSightingAt;
  return {
    name: id,
    kind,
    state: known?.state ?? 'unknown',
    queuedFiles,
    queuedBytes,
    lastSightingAt: seen === undefined ? null : isoTime(seen),
    lastAuditAt: null,
    sentence: known?.trouble?.sentence ?? null,
  };
}
