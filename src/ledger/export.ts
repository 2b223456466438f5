/** All that the ledger knows about one card as JSON lines, readable without safelight. */
import type { CardId } from '../core/ids.ts';
import type { FileRecord } from '../ports/ledger.ts';
import type { SqliteReader } from './sqlite-ledger.ts';

export type ExportSource = Pick<
  SqliteReader,
  'cards' | 'rolls' | 'latestInventory' | 'everyRecord'
>;

/**
 * One JSON object per line, told apart by `line`; each text given is one or more whole lines: `card`, then for each roll, oldest
 * first, `roll`, its newest `inventory`, and each `file` (every version ever seen) followed by its `evidence` in
 * the order of seq. Times ending in `At` and `at` are milliseconds since 1970, `time` is the same in ISO 8601.
 * A card that the ledger does not know gives no line.
 */
export async function* exportCard(source: ExportSource, cardId: CardId): AsyncGenerator<string> {
  const card = (await source.cards()).find(({ id }) => id === cardId);
  if (card === undefined) return;
  yield lineOf('card', { version: 1, ...card });
  for (const roll of await source.rolls(cardId)) {
    yield lineOf('roll', { ...roll, time: isoTime(roll.startedAt) });
    const inventory = await source.latestInventory(roll.id);
    if (inventory !== undefined) {
      yield lineOf('inventory', { ...inventory, time: isoTime(inventory.scannedAt) });
    }
    for await (const batch of source.everyRecord(roll.id)) {
      yield batch.flatMap(linesOf).join('');
    }
  }
}

function linesOf({ file, evidence }: FileRecord): readonly string[] {
  return [
    lineOf('file', { ...file, time: isoTime(file.mtimeMs) }),
    ...evidence.map((item) => lineOf('evidence', { ...item, time: isoTime(item.at) })),
  ];
}

function lineOf(line: string, facts: object): string {
  return `${JSON.stringify({ line, ...facts })}\n`;
}

/** Null for a number that is no date, such as a card file's time beyond the year 275760. */
function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
