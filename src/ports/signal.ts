/** Ways to tell a person. Signals show what they are given and know nothing else. */
import type { Light } from '../core/light.ts';

/** A turn of events worth one message; everything else only updates the light. */
export interface Turn {
  readonly kind: 'started' | 'on-two-drives' | 'safe' | 'hold' | 'empty' | 'alarm';
  /** Groups messages about one card, so that a later one replaces the earlier. */
  readonly card: string;
  readonly title: string;
  readonly body: string;
  /** Absolute path of a picture to show. */
  readonly picture?: string;
}

export interface SignalState {
  readonly light: Light;
  /** One line for a status display. */
  readonly line: string;
}

export interface Signal {
  readonly name: string;
  /** Shows "hold"; called once before anything else. Throws SignalError when it can never work here. */
  start(): Promise<void>;
  /**
   * Shows the state. Called again at least every 10 s as a lease: a signal must go dark by itself when the calls
   * stop, as far as the device can.
   */
  show(state: SignalState): Promise<void>;
  /** Tells about a turn; signals that only have a lamp do nothing. */
  tell(turn: Turn): Promise<void>;
  /** Goes dark. */
  stop(): Promise<void>;
}
