/** Tells how far an offload is: one line that is written over on a terminal, now and then a line elsewhere. */
import { printable } from './text.ts';
import type { CliIo } from './cli-io.ts';
import type { OffloadStep } from './services.ts';
import { inFlightLine } from './status-text.ts';

/** Elsewhere than on a terminal a line comes for every so many percent. */
const EVERY_PERCENT = 10;

export class ProgressTalk {
  readonly #io: Pick<CliIo, 'err' | 'liveTalk'>;
  #last = '';
  #live = false;
  /** Writes follow each other; nobody waits for them but `end`. */
  #writing: Promise<void> = Promise.resolve();

  constructor(io: Pick<CliIo, 'err' | 'liveTalk'>) {
    this.#io = io;
  }

  step({ card, inFlight }: OffloadStep): void {
    const known = { cards: card === null ? [] : [card] };
    const line = inFlight === null ? (card?.sentence ?? '') : inFlightLine(inFlight, known);
    if (line === '') return;
    if (this.#io.liveTalk) {
      this.#live = true;
      // To the start of the line, clear it, write.
      this.#write(`\r\u001b[K${printable(line)}`);
      return;
    }
    const mark = inFlight === null ? line : `${inFlight.phase} ${tenthOf(inFlight)}`;
    if (mark === this.#last) return;
    this.#last = mark;
    this.#write(`${printable(line)}\n`);
  }

  /** Leaves the terminal at the start of a fresh line. */
  async end(): Promise<void> {
    if (this.#live) this.#write('\r\u001b[K');
    this.#live = false;
    await this.#writing;
  }

  #write(text: string): void {
    this.#writing = this.#writing.then(() => this.#io.err(text));
  }
}

function tenthOf({ bytesDone, bytesTotal }: { bytesDone: number; bytesTotal: number }): number {
  const percent = bytesTotal === 0 ? 100 : (bytesDone / bytesTotal) * 100;
  return Math.floor(percent / EVERY_PERCENT);
}
