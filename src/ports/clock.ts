/** Time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since 1970. May jump backwards: order evidence by seq, never by this. */
  now(): number;
  /** Local calendar day of a moment, YYYY-MM-DD. */
  localDay(ms: number): string;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason when aborted; never keeps the process alive alone. */
  after(ms: number, signal: AbortSignal): Promise<void>;
}
