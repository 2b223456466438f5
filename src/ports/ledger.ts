/**
 * The append-only store of what was seen. There is no "safe", "done" or "verified" in it: those are judged anew.
 *
 * All methods are asynchronous so that a ledger on another machine can take the place of the local one.
 */
import type { PlaceTrouble } from '../core/blocker.ts';
import type { Evidence, EvidenceDraft } from '../core/evidence.ts';
import type { CardId, FileId, RemoteId, RollId } from '../core/ids.ts';
import type {
  CardFile,
  FileRole,
  IgnoredFile,
  Inventory,
  ScannedFile,
  ScanProblem,
} from '../core/inventory.ts';

export interface KnownCard {
  readonly id: CardId;
  readonly kind: 'volume' | 'folder';
  /** The label at the last insertion. */
  readonly label: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Where it was at the last insertion. */
  readonly lastRoot: string;
  /** The card's own serial, where its key has one. */
  readonly hardwareSerial?: string;
}

export interface Roll {
  readonly id: RollId;
  readonly cardId: CardId;
  /** Folder below each destination and below the remote's prefix; unique in the ledger, never reused. */
  readonly folder: string;
  readonly startedAt: number;
}

/** A file of an inventory with all that was ever recorded about it, in the order of seq. */
export interface FileRecord {
  readonly file: CardFile;
  readonly evidence: readonly Evidence[];
}

export interface NewFile extends ScannedFile {
  readonly role: FileRole;
  readonly placement: string;
}

/** A scan whose files have been matched with those already known. */
export interface InventoryDraft {
  readonly rollId: RollId;
  readonly scannedAt: number;
  /** Files of this scan that the roll already has. */
  readonly known: readonly FileId[];
  /** Files that the roll does not have yet. */
  readonly fresh: readonly NewFile[];
  readonly ignored: readonly IgnoredFile[];
  readonly problems: readonly ScanProblem[];
}

/** An upload that was begun; working notes that help to resume, never proof. */
export interface UploadNote {
  readonly key: string;
  readonly uploadId: string;
  readonly partSizeBytes: number;
  readonly startedAt: number;
}

/** A folder that a person offered as a card with `safelight offload`. */
export interface OfferedFolder {
  readonly path: string;
  readonly label: string;
  readonly offeredAt: number;
}

/** Reading; this is all that faces get. */
/** Where a remote stands. A note of the configuration, so that a name pointed elsewhere takes no proof along. */
export interface RemotePlace {
  readonly remoteId: RemoteId;
  /** Kind, address and folder in one text; only compared. */
  readonly place: string;
  /** The last seq of evidence from before it stood there; 0 when it always did. */
  readonly sinceSeq: number;
}

export interface LedgerReader {
  cards(): Promise<readonly KnownCard[]>;
  /** The newest roll of a card; undefined when the card has never been listed. */
  currentRoll(cardId: CardId): Promise<Roll | undefined>;
  /** All rolls of a card, oldest first. */
  rolls(cardId: CardId): Promise<readonly Roll[]>;
  /** The newest inventory of a roll; its `problems` included. */
  latestInventory(rollId: RollId): Promise<Inventory | undefined>;
  /**
   * Every version of every file the roll ever had, in the order in which they were first seen, in batches that fit in
   * memory.
   */
  knownFiles(rollId: RollId): AsyncIterable<readonly CardFile[]>;
  /** The files of an inventory, in the order in which they were first seen, in batches that fit in memory. */
  files(inventory: Inventory): AsyncIterable<readonly CardFile[]>;
  /** The same files with their evidence. */
  records(inventory: Inventory): AsyncIterable<readonly FileRecord[]>;
  /**
   * Some files with their evidence, whatever inventories they are in; each once, in the order in which they were first
   * seen. Fails when one of them is not there.
   */
  recordsOf(fileIds: Iterable<FileId>): AsyncIterable<readonly FileRecord[]>;
  /** What the newest scan left out, with reasons. */
  ignored(inventory: Inventory): Promise<readonly IgnoredFile[]>;
  troubles(): Promise<readonly (PlaceTrouble & { readonly at: number })[]>;
  offers(): Promise<readonly OfferedFolder[]>;
  /** Where remotes stand, as last noted. */
  remotePlaces(): Promise<readonly RemotePlace[]>;
  /** When any witness last got an answer from this remote. */
  lastSightingAt(remoteId: RemoteId): Promise<number | undefined>;
  close(): Promise<void>;
}

/** Whether an error is the ledger's own: without evidence that lasts nothing can go on. */
export function isLedgerError(error: unknown): boolean {
  return error instanceof Error && error.name === 'LedgerError';
}

export interface Ledger extends LedgerReader {
  /** Makes the card known, or updates label, place and time of its last insertion. May be called again. */
  recordInsertion(card: KnownCard & { readonly key: string }): Promise<void>;
  /** Begins a roll. `folderFor(n)` names the folder for the n-th try (1, 2, …) until one is free in the ledger. */
  startRoll(
    cardId: CardId,
    startedAt: number,
    folderFor: (ordinal: number) => string,
  ): Promise<Roll>;
  /** Durable when it resolves. An inventory equal to the roll's newest one costs no new file rows. */
  recordInventory(draft: InventoryDraft): Promise<Inventory>;
  /**
   * Appends evidence in one transaction; the records get rising seqs in the order given. Durable (power loss) when it
   * resolves; all or nothing. Records can never be changed or removed.
   */
  append(drafts: readonly EvidenceDraft[]): Promise<void>;

  uploadNote(fileId: FileId, remoteId: RemoteId): Promise<UploadNote | undefined>;
  saveUploadNote(fileId: FileId, remoteId: RemoteId, note: UploadNote): Promise<void>;
  dropUploadNote(fileId: FileId, remoteId: RemoteId): Promise<void>;
  /** Uploads begun and not dropped, at one remote; whatever else lies pending there is stale. */
  uploadNotes(remoteId: RemoteId): Promise<readonly UploadNote[]>;

  /** Notes what stands in the way at a place, replacing the place's earlier note; undefined clears it. */
  noteTrouble(place: string, trouble: PlaceTrouble | undefined, at: number): Promise<void>;
  /** Notes where a remote stands. If it stood elsewhere, what was seen until now was seen there. */
  noteRemotePlace(remoteId: RemoteId, place: string): Promise<void>;
  offerFolder(offer: OfferedFolder): Promise<void>;
  withdrawOffer(path: string): Promise<void>;
}
