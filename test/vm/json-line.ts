/** A JSON message per line over a unix socket, answers in the order of the questions: QMP and the guest agent. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Message {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly QMP?: unknown;
}

export class JsonLine {
  readonly #socket: Socket;
  readonly #waiting: ((message: Message) => void)[] = [];
  #rest = '';
  /** Sees everything while it is set, instead of whoever waits. */
  tap: ((message: Message) => void) | undefined;
  onEvent: (message: Message) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    const closed = (): void => {
      for (const answer of this.#waiting.splice(0)) answer({ error: { desc: 'socket closed' } });
    };
    socket.on('close', closed);
    socket.on('error', closed);
  }

  static async open(path: string, timeoutMs: number): Promise<JsonLine> {
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      try {
        return new JsonLine(await connected(path));
      } catch (error) {
        if (performance.now() > giveUpAt) throw error;
        await pause(50);
      }
    }
  }

  #take(text: string): void {
    this.#rest += text;
    for (let end = this.#rest.indexOf('\n'); end >= 0; end = this.#rest.indexOf('\n')) {
      // The agent marks a fresh start with 0xff; what stands before it belongs to nobody.
      const line = this.#rest.slice(0, end).replace(/^.*\xff/s, '');
      this.#rest = this.#rest.slice(end + 1);
      const message = parsed(line);
      if (message === undefined) continue;
      if (this.tap !== undefined) this.tap(message);
      else if (message.event !== undefined) this.onEvent(message);
      else if (message.QMP === undefined) this.#waiting.shift()?.(message);
    }
  }

  send(message: object, prefix = ''): void {
    this.#socket.write(`${prefix}${JSON.stringify(message)}\n`, 'latin1');
  }

  /** The answer's `return`. @throws Error with the other side's description */
  async call(execute: string, args?: object): Promise<unknown> {
    const answer = await new Promise<Message>((resolve) => {
      this.#waiting.push(resolve);
      this.send(args === undefined ? { execute } : { execute, arguments: args });
    });
    if (answer.error !== undefined) throw new Error(`${execute}: ${answer.error.desc}`);
    return answer.return;
  }

  close(): void {
    this.#socket.destroy();
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once('error', reject);
  });
}

function parsed(line: string): Message | undefined {
  if (line.trim() === '') return undefined;
  try {
    return JSON.parse(Buffer.from(line, 'latin1').toString('utf8'));
  } catch {
    return undefined;
  }
}
