/** Cards and rolls: who was inserted when, and which folder holds what a card carried between two formats. */
import { hardwareSerialIn } from '../core/card.ts';
import { asCardId, asRollId, type CardId } from '../core/ids.ts';
import { placementKey } from '../core/placement.ts';
import type { KnownCard, Roll } from '../ports/ledger.ts';
import { refuseHalfCharacters, type Row, textOf, timeOf, wordOf } from './column.ts';
import { type Connection, type Db, readingBack, takingIn } from './connection.ts';
import { LedgerError, REPORT_IT } from './ledger-error.ts';

/** A template that names the same folder whatever the ordinal would be tried for ever. */
const MAX_FOLDER_TRIES = 10_000;

const CARD_KINDS = ['volume', 'folder'] as const;
const CARD_COLUMNS = 'id, card_key, kind, label, first_seen_at_ms, last_seen_at_ms, last_root';
const ROLL_COLUMNS = 'id, card_id, folder, started_at_ms';

export interface CardReading {
  all(): readonly KnownCard[];
  rolls(cardId: CardId): readonly Roll[];
  newestRoll(cardId: CardId): Roll | undefined;
}

export function cardReading({ db, file }: Pick<Connection, 'db' | 'file'>): CardReading {
  const all = db.prepare<[], Row>(`SELECT ${CARD_COLUMNS} FROM card ORDER BY number`);
  const rolls = db.prepare<[string], Row>(
    `SELECT ${ROLL_COLUMNS} FROM roll WHERE card_id = ? ORDER BY id`,
  );
  const newest = db.prepare<[string], Row>(
    `SELECT ${ROLL_COLUMNS} FROM roll WHERE card_id = ? ORDER BY id DESC LIMIT 1`,
  );
  const cardOf = (row: Row): KnownCard =>
    readingBack(
      file,
      () => `Card ${String(row['id'])}`,
      () => decodeCard(row),
    );
  const rollOf = (row: Row): Roll =>
    readingBack(
      file,
      () => `Roll ${String(row['id'])}`,
      () => decodeRoll(row),
    );
  return {
    all: () => all.all().map(cardOf),
    rolls: (cardId) => rolls.all(cardId).map(rollOf),
    newestRoll(cardId) {
      const row = newest.get(cardId);
      return row === undefined ? undefined : rollOf(row);
    },
  };
}

export interface CardWriting {
  recordInsertion(card: KnownCard & { readonly key: string }): void;
  /** To be run inside a transaction. */
  startRoll(cardId: CardId, startedAt: number, folderFor: (ordinal: number) => string): Roll;
}

export function cardWriting(db: Db): CardWriting {
  const keyOf = db.prepare<[string], { card_key: unknown }>(
    'SELECT card_key FROM card WHERE id = ?',
  );
  const insert = db.prepare<[Row]>(
    `INSERT INTO card (id, card_key, kind, label, first_seen_at_ms, last_seen_at_ms, last_root)
     VALUES (@id, @key, @kind, @label, @firstSeenAt, @lastSeenAt, @lastRoot)`,
  );
  const update = db.prepare<[Row]>(
    `UPDATE card SET label = @label, last_seen_at_ms = @lastSeenAt, last_root = @lastRoot WHERE id = @id`,
  );
  const taken = db.prepare<[string]>('SELECT 1 FROM roll WHERE folder_key = ?');
  const begin = db.prepare<[string, string, string, number]>(
    'INSERT INTO roll (card_id, folder, folder_key, started_at_ms) VALUES (?, ?, ?, ?)',
  );
  return {
    recordInsertion(card) {
      const values = takingIn(
        () => `The card ${card.id}`,
        () => encodeCard(card),
      );
      const known = keyOf.get(card.id);
      if (known === undefined) insert.run(values);
      else if (known.card_key === values['key']) update.run(values);
      else throw sameIdError(card.id);
    },
    startRoll(cardId, startedAt, folderFor) {
      if (keyOf.get(cardId) === undefined) throw unknownCard(cardId);
      for (let ordinal = 1; ordinal <= MAX_FOLDER_TRIES; ordinal += 1) {
        const folder = folderFor(ordinal);
        const key = placementKey(folder);
        if (taken.get(key) !== undefined) continue;
        takingIn(
          () => `The folder ${folder}`,
          () => {
            refuseHalfCharacters([folder]);
            if (folder === '') throw new TypeError('its name is empty');
          },
        );
        const { lastInsertRowid } = begin.run(cardId, folder, key, startedAt);
        return { id: asRollId(Number(lastInsertRowid)), cardId, folder, startedAt };
      }
      throw noFreeFolder(folderFor(1));
    },
  };
}

function encodeCard(card: KnownCard & { readonly key: string }): Row {
  const { id, kind, label, firstSeenAt, lastSeenAt, lastRoot } = card;
  refuseHalfCharacters([label, lastRoot]);
  const key = JSON.stringify(card.key);
  return { id: asCardId(id), kind, label, firstSeenAt, lastSeenAt, lastRoot, key };
}

function decodeCard(row: Row): KnownCard {
  const key: unknown = JSON.parse(textOf(row['card_key'], 'key'));
  const hardwareSerial = typeof key === 'string' ? hardwareSerialIn(key) : undefined;
  return {
    id: asCardId(textOf(row['id'], 'id')),
    kind: wordOf(row['kind'], CARD_KINDS, 'kind'),
    label: textOf(row['label'], 'label'),
    firstSeenAt: timeOf(row['first_seen_at_ms'], 'first time'),
    lastSeenAt: timeOf(row['last_seen_at_ms'], 'last time'),
    lastRoot: textOf(row['last_root'], 'root'),
    ...(hardwareSerial === undefined ? {} : { hardwareSerial }),
  };
}

function decodeRoll(row: Row): Roll {
  return {
    id: asRollId(timeOf(row['id'], 'number')),
    cardId: asCardId(textOf(row['card_id'], 'card')),
    folder: textOf(row['folder'], 'folder'),
    startedAt: timeOf(row['started_at_ms'], 'start'),
  };
}

/** Two cards under one id could lend each other their evidence. */
function sameIdError(id: CardId): LedgerError {
  const sentence = `Two different cards would get the same id ${id}; the second one is not recorded.`;
  return new LedgerError('invalid', sentence, REPORT_IT);
}

function unknownCard(id: CardId): LedgerError {
  return new LedgerError('unknown', `The ledger has no card ${id}.`, REPORT_IT);
}

function noFreeFolder(folder: string): LedgerError {
  const sentence = `No free folder name was found for a new roll (the first one tried was ${folder}).`;
  const hint = 'See that the folder template of [cards] gives a name of its own to each roll.';
  return new LedgerError('invalid', sentence, hint);
}
