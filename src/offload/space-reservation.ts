/** Room on drives that is promised to copies under way, so that two cards are not both told that they fit. */

/** Bytes still to be written, per filesystem (st_dev), over all jobs of one engine. */
export class SpaceReservation {
  readonly #promised = new Map<number, number>();

  promised(deviceNumber: number): number {
    return this.#promised.get(deviceNumber) ?? 0;
  }

  /** Promises so many bytes; the claim is drawn down while they are written and must be ended. */
  claim(deviceNumber: number, bytes: number): SpaceClaim {
    return new SpaceClaim((change) => {
      this.#promised.set(deviceNumber, Math.max(0, this.promised(deviceNumber) + change));
    }, bytes);
  }
}

/** One job's part of a promise. */
export class SpaceClaim {
  readonly #change: (bytes: number) => void;
  #left: number;

  constructor(change: (bytes: number) => void, bytes: number) {
    this.#change = change;
    this.#left = bytes;
    change(bytes);
  }

  /** So many bytes have been written, and the filesystem counts them itself from now on. */
  written(bytes: number): void {
    const used = Math.min(bytes, this.#left);
    this.#left -= used;
    this.#change(-used);
  }

  /** A file that was begun is thrown away, and its room is needed again. */
  again(bytes: number): void {
    this.#left += bytes;
    this.#change(bytes);
  }

  end(): void {
    this.#change(-this.#left);
    this.#left = 0;
  }
}
