-- The first ledger. Times are milliseconds since 1970, as the clock gave them; sizes are bytes.
-- Everything that was observed is append-only: triggers refuse to change, remove or replace it, whoever asks.
-- (INSERT OR REPLACE removes rows without firing DELETE triggers, hence the third trigger of each table.)

-- "SFLT": tells our files from other programs' databases.
PRAGMA application_id = 1397115988;

CREATE TABLE card (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 16),
  -- What the id was derived from, as a JSON string: it has zero characters in it.
  card_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  first_seen_at_ms REAL NOT NULL,
  last_seen_at_ms REAL NOT NULL,
  last_root TEXT NOT NULL
) STRICT;

CREATE TABLE roll (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  card_id TEXT NOT NULL REFERENCES card (id),
  folder TEXT NOT NULL,
  -- Folders that differ in case or composition only are one folder on many drives.
  folder_key TEXT NOT NULL UNIQUE,
  started_at_ms REAL NOT NULL
) STRICT;
CREATE INDEX roll_by_card ON roll (card_id);

-- One version of one file: path, size and time together.
CREATE TABLE file (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  roll_id INTEGER NOT NULL REFERENCES roll (id),
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  mtime_ms REAL NOT NULL,
  role TEXT NOT NULL,
  placement TEXT NOT NULL
) STRICT;
CREATE INDEX file_by_roll ON file (roll_id);

-- The files that a scan saw. Scans that saw the same files share one listing.
CREATE TABLE listing (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  roll_id INTEGER NOT NULL REFERENCES roll (id),
  file_count INTEGER NOT NULL CHECK (file_count >= 0),
  total_bytes INTEGER NOT NULL CHECK (total_bytes >= 0)
) STRICT;

-- Runs of file numbers, both ends included: the files of one scan are numbered in a row, so that most listings
-- need one run, and a card that grows file by file does not cost the square of its files.
CREATE TABLE listing_range (
  listing_id INTEGER NOT NULL REFERENCES listing (id),
  first_file_id INTEGER NOT NULL REFERENCES file (id),
  last_file_id INTEGER NOT NULL REFERENCES file (id),
  PRIMARY KEY (listing_id, first_file_id),
  CHECK (first_file_id <= last_file_id)
) STRICT, WITHOUT ROWID;

-- What a scan left out or could not list, as JSON arrays of {path, reason}; shared while it stays the same.
CREATE TABLE scan_remark (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ignored TEXT NOT NULL,
  problems TEXT NOT NULL
) STRICT;

CREATE TABLE inventory (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  roll_id INTEGER NOT NULL REFERENCES roll (id),
  listing_id INTEGER NOT NULL REFERENCES listing (id),
  remark_id INTEGER NOT NULL REFERENCES scan_remark (id),
  scanned_at_ms REAL NOT NULL
) STRICT;
CREATE INDEX inventory_by_roll ON inventory (roll_id);

-- Who looked, at what, how, when, and what was seen. Kinds are checked when read, not here: a later migration may
-- add one, and an append-only table cannot be built anew to widen a CHECK.
CREATE TABLE evidence (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  file_id INTEGER NOT NULL REFERENCES file (id),
  kind TEXT NOT NULL,
  at_ms REAL NOT NULL,
  -- The destination's or remote's name.
  place TEXT,
  medium TEXT,
  -- Path below the destination's root, or key below the remote's prefix.
  location TEXT,
  hash TEXT CHECK (length(hash) = 16),
  size_bytes INTEGER CHECK (size_bytes >= 0),
  proof TEXT,
  method TEXT,
  -- What only some kinds have, as a JSON object.
  details TEXT
) STRICT;
CREATE INDEX evidence_by_file ON evidence (file_id);
CREATE INDEX evidence_by_look ON evidence (place)
  WHERE kind IN ('offsite-sighting', 'offsite-absent');

-- Working notes. They help to go on where work stopped, or explain a hold; they prove nothing and may change.
CREATE TABLE upload_note (
  file_id INTEGER NOT NULL REFERENCES file (id),
  remote TEXT NOT NULL,
  object_key TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  part_size_bytes INTEGER NOT NULL CHECK (part_size_bytes > 0),
  started_at_ms REAL NOT NULL,
  PRIMARY KEY (file_id, remote)
) STRICT, WITHOUT ROWID;

CREATE TABLE place_trouble (
  noted_for TEXT PRIMARY KEY,
  place TEXT NOT NULL,
  sentence TEXT NOT NULL,
  hint TEXT NOT NULL,
  noted_at_ms REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE offered_folder (
  path TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  offered_at_ms REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Where each remote stands (bucket, folder), as the configuration said when the service last started, and the last
-- evidence from before it stood there. A working note: a name that is pointed at another place takes no proof along.
CREATE TABLE remote_place (
  remote TEXT PRIMARY KEY,
  place TEXT NOT NULL,
  since_seq INTEGER NOT NULL CHECK (since_seq >= 0)
) STRICT;

CREATE TRIGGER evidence_unchanged BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_kept BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_not_replaced BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;

CREATE TRIGGER inventory_unchanged BEFORE UPDATE ON inventory
BEGIN SELECT RAISE(ABORT, 'inventories are append-only'); END;
CREATE TRIGGER inventory_kept BEFORE DELETE ON inventory
BEGIN SELECT RAISE(ABORT, 'inventories are append-only'); END;
CREATE TRIGGER inventory_not_replaced BEFORE INSERT ON inventory
WHEN EXISTS (SELECT 1 FROM inventory WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'inventories are append-only'); END;

CREATE TRIGGER listing_unchanged BEFORE UPDATE ON listing
BEGIN SELECT RAISE(ABORT, 'listings are append-only'); END;
CREATE TRIGGER listing_kept BEFORE DELETE ON listing
BEGIN SELECT RAISE(ABORT, 'listings are append-only'); END;
CREATE TRIGGER listing_not_replaced BEFORE INSERT ON listing
WHEN EXISTS (SELECT 1 FROM listing WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'listings are append-only'); END;

CREATE TRIGGER listing_range_unchanged BEFORE UPDATE ON listing_range
BEGIN SELECT RAISE(ABORT, 'listings are append-only'); END;
CREATE TRIGGER listing_range_kept BEFORE DELETE ON listing_range
BEGIN SELECT RAISE(ABORT, 'listings are append-only'); END;
CREATE TRIGGER listing_range_not_replaced BEFORE INSERT ON listing_range
WHEN EXISTS (
  SELECT 1 FROM listing_range
  WHERE listing_id = NEW.listing_id AND first_file_id = NEW.first_file_id
)
BEGIN SELECT RAISE(ABORT, 'listings are append-only'); END;

CREATE TRIGGER scan_remark_unchanged BEFORE UPDATE ON scan_remark
BEGIN SELECT RAISE(ABORT, 'scan remarks are append-only'); END;
CREATE TRIGGER scan_remark_kept BEFORE DELETE ON scan_remark
BEGIN SELECT RAISE(ABORT, 'scan remarks are append-only'); END;
CREATE TRIGGER scan_remark_not_replaced BEFORE INSERT ON scan_remark
WHEN EXISTS (SELECT 1 FROM scan_remark WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'scan remarks are append-only'); END;

CREATE TRIGGER file_unchanged BEFORE UPDATE ON file
BEGIN SELECT RAISE(ABORT, 'files are append-only'); END;
CREATE TRIGGER file_kept BEFORE DELETE ON file
BEGIN SELECT RAISE(ABORT, 'files are append-only'); END;
CREATE TRIGGER file_not_replaced BEFORE INSERT ON file
WHEN EXISTS (SELECT 1 FROM file WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'files are append-only'); END;

CREATE TRIGGER roll_unchanged BEFORE UPDATE ON roll
BEGIN SELECT RAISE(ABORT, 'rolls are append-only'); END;
CREATE TRIGGER roll_kept BEFORE DELETE ON roll
BEGIN SELECT RAISE(ABORT, 'rolls are append-only'); END;
CREATE TRIGGER roll_not_replaced BEFORE INSERT ON roll
WHEN EXISTS (SELECT 1 FROM roll WHERE id = NEW.id OR folder_key = NEW.folder_key)
BEGIN SELECT RAISE(ABORT, 'rolls are append-only'); END;

-- A card's label, place and last time change with each insertion; what it is does not.
CREATE TRIGGER card_unchanged BEFORE UPDATE OF number, id, card_key, kind, first_seen_at_ms ON card
BEGIN SELECT RAISE(ABORT, 'cards keep their identity'); END;
CREATE TRIGGER card_kept BEFORE DELETE ON card
BEGIN SELECT RAISE(ABORT, 'cards are kept'); END;
CREATE TRIGGER card_not_replaced BEFORE INSERT ON card
WHEN EXISTS (SELECT 1 FROM card WHERE number = NEW.number OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'cards are kept'); END;
