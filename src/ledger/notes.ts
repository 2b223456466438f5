/** Working notes: uploads begun, troubles met, folders offered. They may change and prove nothing. */
import type { PlaceTrouble } from '../core/blocker.ts';
import { asRemoteId, type FileId, type RemoteId } from '../core/ids.ts';
import type { OfferedFolder, RemotePlace, UploadNote } from '../ports/ledger.ts';
import { countOf, refuseHalfCharacters, type Row, textOf, timeOf } from './column.ts';
import { type Connection, type Db, readingBack, takingIn } from './connection.ts';

export type DatedTrouble = PlaceTrouble & { readonly at: number };

export interface NoteReading {
  upload(fileId: FileId, remoteId: RemoteId): UploadNote | undefined;
  uploads(remoteId: RemoteId): readonly UploadNote[];
  troubles(): readonly DatedTrouble[];
  offers(): readonly OfferedFolder[];
  places(): readonly RemotePlace[];
}

const UPLOAD_COLUMNS = 'object_key, upload_id, part_size_bytes, started_at_ms';

export function noteReading({ db, file }: Pick<Connection, 'db' | 'file'>): NoteReading {
  const upload = db.prepare<[number, string], Row>(
    `SELECT ${UPLOAD_COLUMNS} FROM upload_note WHERE file_id = ? AND remote = ?`,
  );
  const uploads = db.prepare<[string], Row>(
    `SELECT ${UPLOAD_COLUMNS} FROM upload_note WHERE remote = ? ORDER BY file_id`,
  );
  const troubles = db.prepare<[], Row>(
    'SELECT place, sentence, hint, noted_at_ms FROM place_trouble ORDER BY noted_for',
  );
  const offers = db.prepare<[], Row>(
    'SELECT path, label, offered_at_ms FROM offered_folder ORDER BY offered_at_ms, path',
  );
  const places = db.prepare<[], Row>(
    'SELECT remote, place, since_seq FROM remote_place ORDER BY remote',
  );
  const read = <T>(row: Row, decode: (row: Row) => T): T =>
    readingBack(
      file,
      () => 'A working note',
      () => decode(row),
    );
  return {
    upload(fileId, remoteId) {
      const row = upload.get(fileId, remoteId);
      return row === undefined ? undefined : read(row, decodeUpload);
    },
    uploads: (remoteId) => uploads.all(remoteId).map((row) => read(row, decodeUpload)),
    troubles: () => troubles.all().map((row) => read(row, decodeTrouble)),
    offers: () => offers.all().map((row) => read(row, decodeOffer)),
    places: () => places.all().map((row) => read(row, decodePlace)),
  };
}

export interface NoteWriting {
  saveUpload(fileId: FileId, remoteId: RemoteId, note: UploadNote): void;
  dropUpload(fileId: FileId, remoteId: RemoteId): void;
  noteTrouble(notedFor: string, trouble: PlaceTrouble | undefined, at: number): void;
  notePlace(remoteId: RemoteId, place: string): void;
  offer(offer: OfferedFolder): void;
  withdraw(path: string): void;
}

export function noteWriting(db: Db): NoteWriting {
  const saveUpload = db.prepare<[number, string, string, string, number, number]>(
    `INSERT OR REPLACE INTO upload_note (file_id, remote, ${UPLOAD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const dropUpload = db.prepare<[number, string]>(
    'DELETE FROM upload_note WHERE file_id = ? AND remote = ?',
  );
  const saveTrouble = db.prepare<[string, string, string, string, number]>(
    `INSERT OR REPLACE INTO place_trouble (noted_for, place, sentence, hint, noted_at_ms)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const dropTrouble = db.prepare<[string]>('DELETE FROM place_trouble WHERE noted_for = ?');
  // Evidence so far was seen elsewhere, unless this is the first that is heard of a place.
  const savePlace = db.prepare<[string, string]>(
    `INSERT INTO remote_place (remote, place, since_seq) VALUES (?, ?, 0)
     ON CONFLICT (remote) DO UPDATE SET place = excluded.place,
       since_seq = (SELECT ifnull(max(seq), 0) FROM evidence)
     WHERE place <> excluded.place`,
  );
  const saveOffer = db.prepare<[string, string, number]>(
    'INSERT OR REPLACE INTO offered_folder (path, label, offered_at_ms) VALUES (?, ?, ?)',
  );
  const dropOffer = db.prepare<[string]>('DELETE FROM offered_folder WHERE path = ?');
  return {
    saveUpload(fileId, remoteId, { key, uploadId, partSizeBytes, startedAt }) {
      exact(key, uploadId);
      saveUpload.run(fileId, remoteId, key, uploadId, partSizeBytes, startedAt);
    },
    dropUpload(fileId, remoteId) {
      dropUpload.run(fileId, remoteId);
    },
    noteTrouble(notedFor, trouble, at) {
      if (trouble === undefined) {
        dropTrouble.run(notedFor);
        return;
      }
      const { place, sentence, hint } = trouble;
      exact(notedFor, place, sentence, hint);
      saveTrouble.run(notedFor, place, sentence, hint, at);
    },
    notePlace(remoteId, place) {
      exact(remoteId, place);
      savePlace.run(remoteId, place);
    },
    offer({ path, label, offeredAt }) {
      exact(path, label);
      saveOffer.run(path, label, offeredAt);
    },
    withdraw(path) {
      dropOffer.run(path);
    },
  };
}

function exact(...texts: readonly string[]): void {
  takingIn(
    () => 'A working note',
    () => refuseHalfCharacters(texts),
  );
}

function decodeUpload(row: Row): UploadNote {
  return {
    key: textOf(row['object_key'], 'key'),
    uploadId: textOf(row['upload_id'], 'upload id'),
    partSizeBytes: countOf(row['part_size_bytes'], 'part size'),
    startedAt: timeOf(row['started_at_ms'], 'start'),
  };
}

function decodeTrouble(row: Row): DatedTrouble {
  return {
    place: textOf(row['place'], 'place'),
    sentence: textOf(row['sentence'], 'sentence'),
    hint: textOf(row['hint'], 'hint'),
    at: timeOf(row['noted_at_ms'], 'time'),
  };
}

function decodePlace(row: Row): RemotePlace {
  return {
    remoteId: asRemoteId(textOf(row['remote'], 'remote')),
    place: textOf(row['place'], 'place'),
    sinceSeq: countOf(row['since_seq'], 'seq'),
  };
}

function decodeOffer(row: Row): OfferedFolder {
  return {
    path: textOf(row['path'], 'path'),
    label: textOf(row['label'], 'label'),
    offeredAt: timeOf(row['offered_at_ms'], 'time'),
  };
}
