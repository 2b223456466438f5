/** Time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since 1970. May jump, in either direction: order evidence by seq and measure times by `elapsed`. */
  now(): number;
  /** Milliseconds since some moment. Never jumps, whoever sets the clock; what the machine sleeps through need not be in it. */
  elapsed(): number;
  /** Local calendar day of a moment, YYYY-MM-DD. */
  localDay(ms: number): string;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason when aborted; never keeps the process alive alone. */
  after(ms: number, signal: AbortSignal): Promise<void>;
}
