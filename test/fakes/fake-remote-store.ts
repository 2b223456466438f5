/** An offsite store in memory that a fake remote fills and a fake witness looks at; with faults to choose from. */

export interface StoredObject {
  readonly bytes: Buffer;
}

/**
 * - `lie`: says yes, keeps nothing
 * - `flip`: keeps one bit wrongly, says yes
 * - `refuse-damaged`: a bit is turned over on the way; notices, keeps nothing, says so
 * - `cut`: keeps it, but the answer is lost
 * - `cut-early`: the connection breaks before anything is kept
 * - `busy`: says that it cannot now
 */
export type PutFault = 'lie' | 'flip' | 'refuse-damaged' | 'cut' | 'cut-early' | 'busy';

export class FakeRemoteStore {
  readonly objects = new Map<string, StoredObject>();
  /** Taken one by one by the next puts; empty: all goes well. */
  readonly putFaults: PutFault[] = [];
  /** Nobody gets an answer. */
  offline = false;
  /** The bucket is gone. */
  bucketGone = false;
  /** The key is refused. */
  badCredentials = false;
  /** So many looks at a new object still find nothing. */
  lateBy = 0;
  /** Called before each request and waited for; a slow store lets it take long. */
  beforeRequest: () => Promise<void> = async () => {};
  puts = 0;
  looks = 0;

  readonly #lateLooks = new Map<string, number>();

  keep(key: string, bytes: Uint8Array): void {
    this.objects.set(key, { bytes: Buffer.from(bytes) });
    this.#lateLooks.set(key, this.lateBy);
  }

  /** What a look finds now. */
  visible(key: string): StoredObject | undefined {
    const late = this.#lateLooks.get(key) ?? 0;
    if (late > 0) {
      this.#lateLooks.set(key, late - 1);
      return undefined;
    }
    return this.objects.get(key);
  }

  remove(key: string): void {
    this.objects.delete(key);
  }

  /** Turns one bit of a stored object over, as a failing disk there would. */
  damage(key: string): void {
    const object = this.objects.get(key);
    if (object !== undefined) this.objects.set(key, { bytes: flipped(object.bytes) });
  }
}

/** The same bytes with one bit turned over; of an empty file, one byte more. */
export function flipped(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes.length === 0 ? [0] : bytes);
  if (bytes.length > 0) copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}
