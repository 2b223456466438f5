/** Branded identities: a checked string or number that cannot be mistaken for another one. */
declare const brand: unique symbol;
type Id<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Names one physical card (or one offered folder): 16 hex digits derived from its key. */
export type CardId = Id<string, 'CardId'>;
/** Names what one card holds between two formats. Ledger row number. */
export type RollId = Id<number, 'RollId'>;
/** Names one version of one file on one roll (path, size and time together). Ledger row number. */
export type FileId = Id<number, 'FileId'>;
/** Names one scan of one card. Ledger row number. */
export type InventoryId = Id<number, 'InventoryId'>;
/** The configured name of a place on a drive. */
export type DestinationId = Id<string, 'DestinationId'>;
/** The physical thing: two partitions of one disk share a MediumId. */
export type MediumId = Id<string, 'MediumId'>;
/** The configured name of an offsite store. */
export type RemoteId = Id<string, 'RemoteId'>;
/** XXH64, seed 0, as 16 lower-case hex digits, big-endian (the text form of ASC MHL). */
export type ContentHash = Id<string, 'ContentHash'>;

const PLACE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

/** @throws TypeError unless the text is 1 to 63 letters, digits, dots, dashes or underscores. */
export function asDestinationId(text: string): DestinationId {
  if (!PLACE_NAME.test(text)) throw new TypeError(`not a destination name: ${text}`);
  return brandOf<DestinationId>(text);
}

/** @throws TypeError unless the text is 1 to 63 letters, digits, dots, dashes or underscores. */
export function asRemoteId(text: string): RemoteId {
  if (!PLACE_NAME.test(text)) throw new TypeError(`not a remote name: ${text}`);
  return brandOf<RemoteId>(text);
}

/** @throws TypeError on an empty text: a medium that nobody could name is no medium. */
export function asMediumId(text: string): MediumId {
  if (text.trim() === '') throw new TypeError('a medium needs a name');
  return brandOf<MediumId>(text);
}

/** @throws TypeError unless the text is 16 lower-case hex digits. */
export function asCardId(text: string): CardId {
  if (!/^[0-9a-f]{16}$/.test(text)) throw new TypeError(`not a card id: ${text}`);
  return brandOf<CardId>(text);
}

/** @throws TypeError unless the text is 16 lower-case hex digits. */
export function asContentHash(text: string): ContentHash {
  if (!/^[0-9a-f]{16}$/.test(text)) throw new TypeError(`not an XXH64 hash: ${text}`);
  return brandOf<ContentHash>(text);
}

/** @throws TypeError unless the number is a positive whole one. */
export function asRollId(row: number): RollId {
  return brandOf<RollId>(rowNumber(row, 'roll'));
}

/** @throws TypeError unless the number is a positive whole one. */
export function asFileId(row: number): FileId {
  return brandOf<FileId>(rowNumber(row, 'file'));
}

/** @throws TypeError unless the number is a positive whole one. */
export function asInventoryId(row: number): InventoryId {
  return brandOf<InventoryId>(rowNumber(row, 'inventory'));
}

function rowNumber(row: number, what: string): number {
  if (!Number.isSafeInteger(row) || row < 1) throw new TypeError(`not a ${what} number: ${row}`);
  return row;
}

function brandOf<T extends string | number>(value: T extends string ? string : number): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every caller has checked the value
  return value as T;
}
