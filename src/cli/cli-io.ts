/** Where commands write: data to one side, talk to the other. */

export interface CliIo {
  /** Data. Resolves when the reader can take more. */
  out(text: string): Promise<void>;
  /** Talk: errors, hints, progress. */
  err(text: string): Promise<void>;
  /** Whether data goes to a person's terminal that wants colours. */
  readonly colour: boolean;
  /** Whether a line of talk can be written over by the next. */
  readonly liveTalk: boolean;
  /** Time zone for people, such as Europe/Berlin; the machine's when left out. */
  readonly timeZone?: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
}

/** The part of a stream that is used; process.stdout is one. */
export interface OutStream {
  readonly isTTY?: boolean;
  readonly writable: boolean;
  write(text: string): boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  removeListener(event: 'drain' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface StandardStreams {
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Writes to the process's own streams. A reader that leaves early (`| head`) is no error. */
export function standardIo({ stdout, stderr, env, signal }: StandardStreams): CliIo {
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    out: (text) => write(stdout, text),
    err: (text) => write(stderr, text),
    colour: stdout.isTTY === true && !plain,
    liveTalk: stderr.isTTY === true && env['TERM'] !== 'dumb',
    now: () => Date.now(),
    signal,
  };
}

function write(stream: OutStream, text: string): Promise<void> {
  if (!stream.writable || stream.write(text)) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.removeListener('drain', settle);
      stream.removeListener('close', settle);
      resolve();
    };
    stream.once('drain', settle);
    stream.once('close', settle);
  });
}
