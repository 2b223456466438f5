/** A ledger in memory that keeps every promise of the port, and can be told to fail. For tests above the ledger. */
import { hardwareSerialIn } from '../../src/core/card.ts';
import type { PlaceTrouble } from '../../src/core/blocker.ts';
import type { Evidence, EvidenceDraft } from '../../src/core/evidence.ts';
import {
  asFileId,
  asInventoryId,
  asRollId,
  type CardId,
  type FileId,
  type RemoteId,
  type RollId,
} from '../../src/core/ids.ts';
import type { CardFile, IgnoredFile, Inventory } from '../../src/core/inventory.ts';
import { placementKey } from '../../src/core/placement.ts';
import { LedgerError, type LedgerErrorCode } from '../../src/ledger/ledger-error.ts';
import type {
  FileRecord,
  InventoryDraft,
  KnownCard,
  Ledger,
  OfferedFolder,
  RemotePlace,
  Roll,
  UploadNote,
} from '../../src/ports/ledger.ts';

export interface MemoryLedgerOptions {
  /** What lasts: give it to a second ledger to play a restart. */
  readonly store?: MemoryStore;
  /** Called before the n-th append (1, 2, …) stores anything; what it throws is what the append throws. */
  readonly onAppend?: (ordinal: number, drafts: readonly EvidenceDraft[]) => void;
  /** Files in one batch of `records`. */
  readonly batchFiles?: number;
}

/** All that a power cut would leave. */
export class MemoryStore {
  readonly cards = new Map<CardId, KnownCard & { readonly key: string }>();
  readonly rolls: Roll[] = [];
  readonly files: { readonly rollId: RollId; readonly file: CardFile }[] = [];
  readonly inventories: {
    readonly inventory: Inventory;
    readonly fileIds: ReadonlySet<FileId>;
    readonly ignored: readonly IgnoredFile[];
  }[] = [];
  readonly evidence: Evidence[] = [];
  readonly uploads = new Map<
    string,
    UploadNote & { readonly fileId: FileId; remoteId: RemoteId }
  >();
  readonly troubles = new Map<string, PlaceTrouble & { readonly at: number }>();
  readonly offers = new Map<string, OfferedFolder>();
  readonly places = new Map<RemoteId, RemotePlace>();
}

export class MemoryLedger implements Ledger {
  readonly store: MemoryStore;
  readonly #onAppend: NonNullable<MemoryLedgerOptions['onAppend']>;
  readonly #batchFiles: number;
  #appends = 0;
  #closed = false;

  constructor(options: MemoryLedgerOptions = {}) {
    this.store = options.store ?? new MemoryStore();
    this.#onAppend = options.onAppend ?? (() => undefined);
    this.#batchFiles = options.batchFiles ?? 500;
  }

  async cards(): Promise<readonly KnownCard[]> {
    return [...this.#open().cards.values()].map(({ key, ...card }) => {
      const hardwareSerial = hardwareSerialIn(key);
      return { ...card, ...(hardwareSerial === undefined ? {} : { hardwareSerial }) };
    });
  }

  async rolls(cardId: CardId): Promise<readonly Roll[]> {
    return this.#open().rolls.filter((roll) => roll.cardId === cardId);
  }

  async currentRoll(cardId: CardId): Promise<Roll | undefined> {
    return (await this.rolls(cardId)).at(-1);
  }

  async latestInventory(rollId: RollId): Promise<Inventory | undefined> {
    return this.#open().inventories.findLast(({ inventory }) => inventory.rollId === rollId)
      ?.inventory;
  }

  async *knownFiles(rollId: RollId): AsyncGenerator<readonly CardFile[]> {
    const known = this.#open().files.filter((entry) => entry.rollId === rollId);
    for await (const batch of this.#batches(known)) yield batch.map(({ file }) => file);
  }

  async *files(inventory: Inventory): AsyncGenerator<readonly CardFile[]> {
    for await (const batch of this.records(inventory)) yield batch.map(({ file }) => file);
  }

  async *records(inventory: Inventory): AsyncGenerator<readonly FileRecord[]> {
    const { fileIds } = this.#inventory(inventory);
    yield* this.#batches(this.store.files.filter(({ file }) => fileIds.has(file.id)));
  }

  async *recordsOf(fileIds: Iterable<FileId>): AsyncGenerator<readonly FileRecord[]> {
    const wanted = new Set(fileIds);
    const found = this.#open().files.filter(({ file }) => wanted.has(file.id));
    if (found.length !== wanted.size) throw refusal('unknown', 'a file that is not there');
    yield* this.#batches(found);
  }

  /** For the export; see the SQLite ledger. */
  async *everyRecord(rollId: RollId): AsyncGenerator<readonly FileRecord[]> {
    yield* this.#batches(this.#open().files.filter((entry) => entry.rollId === rollId));
  }

  async ignored(inventory: Inventory): Promise<readonly IgnoredFile[]> {
    return this.#inventory(inventory).ignored;
  }

  async troubles(): Promise<readonly (PlaceTrouble & { readonly at: number })[]> {
    const { troubles } = this.#open();
    return [...troubles].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, trouble]) => trouble);
  }

  async offers(): Promise<readonly OfferedFolder[]> {
    return [...this.#open().offers.values()].toSorted(
      (a, b) => a.offeredAt - b.offeredAt || (a.path < b.path ? -1 : 1),
    );
  }

  async remotePlaces(): Promise<readonly RemotePlace[]> {
    const { places } = this.#open();
    return [...places.values()].toSorted((a, b) => (a.remoteId < b.remoteId ? -1 : 1));
  }

  async lastSightingAt(remoteId: RemoteId): Promise<number | undefined> {
    return this.#open().evidence.findLast(
      (item) =>
        (item.kind === 'offsite-sighting' || item.kind === 'offsite-absent') &&
        item.remoteId === remoteId,
    )?.at;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async recordInsertion(card: KnownCard & { readonly key: string }): Promise<void> {
    const { cards } = this.#open();
    const known = cards.get(card.id);
    if (known !== undefined && known.key !== card.key)
      throw refusal('invalid', 'one id, two cards');
    const { label, lastSeenAt, lastRoot } = card;
    cards.set(
      card.id,
      known === undefined ? { ...card } : { ...known, label, lastSeenAt, lastRoot },
    );
  }

  async startRoll(
    cardId: CardId,
    startedAt: number,
    folderFor: (ordinal: number) => string,
  ): Promise<Roll> {
    const { cards, rolls } = this.#open();
    if (!cards.has(cardId)) throw refusal('unknown', `no card ${cardId}`);
    const taken = new Set(rolls.map((roll) => placementKey(roll.folder)));
    for (let ordinal = 1; ordinal <= 10_000; ordinal += 1) {
      const folder = folderFor(ordinal);
      if (taken.has(placementKey(folder))) continue;
      const roll: Roll = { id: asRollId(rolls.length + 1), cardId, folder, startedAt };
      rolls.push(roll);
      return roll;
    }
    throw refusal('invalid', 'no free folder');
  }

  async recordInventory(draft: InventoryDraft): Promise<Inventory> {
    const { rolls, files, inventories } = this.#open();
    const roll = rolls.find(({ id }) => id === draft.rollId);
    if (roll === undefined) throw refusal('unknown', `no roll ${draft.rollId}`);
    const known = new Set(draft.known);
    if (known.size !== draft.known.length) throw refusal('invalid', 'a file is listed twice');
    const own = files.filter(({ rollId, file }) => rollId === roll.id && known.has(file.id));
    if (own.length !== known.size) throw refusal('unknown', 'a file of another roll');

    const first = files.length + 1;
    const fresh = draft.fresh.map((file, i): CardFile => ({ ...file, id: asFileId(first + i) }));
    files.push(...fresh.map((file) => ({ rollId: roll.id, file })));
    const all = [...own.map(({ file }) => file), ...fresh];
    const inventory: Inventory = {
      id: asInventoryId(inventories.length + 1),
      cardId: roll.cardId,
      rollId: roll.id,
      scannedAt: draft.scannedAt,
      fileCount: all.length,
      totalBytes: all.reduce((sum, file) => sum + file.sizeBytes, 0),
      problems: structuredClone(draft.problems),
    };
    const fileIds = new Set(all.map(({ id }) => id));
    inventories.push({ inventory, fileIds, ignored: structuredClone(draft.ignored) });
    return inventory;
  }

  async append(drafts: readonly EvidenceDraft[]): Promise<void> {
    const { evidence, files } = this.#open();
    if (drafts.length === 0) return;
    this.#appends += 1;
    this.#onAppend(this.#appends, drafts);
    if (drafts.some(({ fileId }) => fileId > files.length))
      throw refusal('unknown', 'no such file');
    const first = evidence.length + 1;
    const added = drafts.map(
      (draft, i): Evidence => ({ ...structuredClone(draft), seq: first + i }),
    );
    evidence.push(...added);
  }

  async uploadNote(fileId: FileId, remoteId: RemoteId): Promise<UploadNote | undefined> {
    const entry = this.#open().uploads.get(noteKey(fileId, remoteId));
    return entry === undefined ? undefined : plainNote(entry);
  }

  async uploadNotes(remoteId: RemoteId): Promise<readonly UploadNote[]> {
    return [...this.#open().uploads.values()]
      .filter((entry) => entry.remoteId === remoteId)
      .toSorted((a, b) => a.fileId - b.fileId)
      .map(plainNote);
  }

  async saveUploadNote(fileId: FileId, remoteId: RemoteId, note: UploadNote): Promise<void> {
    const { uploads, files } = this.#open();
    if (fileId > files.length) throw refusal('unknown', 'no such file');
    uploads.set(noteKey(fileId, remoteId), { ...note, fileId, remoteId });
  }

  async dropUploadNote(fileId: FileId, remoteId: RemoteId): Promise<void> {
    this.#open().uploads.delete(noteKey(fileId, remoteId));
  }

  async noteTrouble(place: string, trouble: PlaceTrouble | undefined, at: number): Promise<void> {
    const { troubles } = this.#open();
    if (trouble === undefined) troubles.delete(place);
    else troubles.set(place, { ...trouble, at });
  }

  async noteRemotePlace(remoteId: RemoteId, place: string): Promise<void> {
    const { places, evidence } = this.#open();
    const before = places.get(remoteId);
    if (before?.place === place) return;
    const sinceSeq = before === undefined ? 0 : (evidence.at(-1)?.seq ?? 0);
    places.set(remoteId, { remoteId, place, sinceSeq });
  }

  async offerFolder(offer: OfferedFolder): Promise<void> {
    this.#open().offers.set(offer.path, { ...offer });
  }

  async withdrawOffer(path: string): Promise<void> {
    this.#open().offers.delete(path);
  }

  async *#batches(entries: MemoryStore['files']): AsyncGenerator<readonly FileRecord[]> {
    for (let i = 0; i < entries.length; i += this.#batchFiles) {
      const { evidence } = this.#open();
      yield entries.slice(i, i + this.#batchFiles).map(({ file }) => ({
        file,
        evidence: evidence.filter((item) => item.fileId === file.id),
      }));
    }
  }

  #inventory({ id }: Inventory): MemoryStore['inventories'][number] {
    const found = this.#open().inventories.find(({ inventory }) => inventory.id === id);
    if (found === undefined) throw refusal('unknown', `no inventory ${id}`);
    return found;
  }

  #open(): MemoryStore {
    if (this.#closed) throw refusal('closed', 'used after close');
    return this.store;
  }
}

function noteKey(fileId: FileId, remoteId: RemoteId): string {
  return `${fileId} ${remoteId}`;
}

function plainNote({ key, uploadId, partSizeBytes, startedAt }: UploadNote): UploadNote {
  return { key, uploadId, partSizeBytes, startedAt };
}

function refusal(code: LedgerErrorCode, what: string): LedgerError {
  return new LedgerError(code, `The ledger in memory refuses: ${what}.`, 'This is a test.');
}
