/** States that signals show of their own accord, and for how long any state may be believed. */
import type { SignalState } from '../ports/signal.ts';

/** Shown from the start until the first judgement: whatever was true before is not known to be true now. */
export const STARTING: SignalState = {
  light: 'do-not-format',
  line: 'Starting: nothing is known to be safe yet.',
};

export const DARK: SignalState = { light: 'off', line: '' };

/** How long a state is shown when nobody says it again. */
export const LEASE_MS = 30_000;
/** How often it is said again while it holds; three tries fit into a lease. */
export const RENEW_MS = 10_000;
