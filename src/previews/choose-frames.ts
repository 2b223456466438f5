/** Chooses what goes onto a contact sheet: one file per shot, evenly over the whole roll. */
import type { PreviewRequest } from '../ports/preview-maker.ts';
import { type FrameKind, frameKindOf } from './frame-name.ts';

export type Frame = PreviewRequest['frames'][number];

export interface ChosenFrames {
  readonly frames: readonly Frame[];
  /** How many shots are not on the sheet. */
  readonly more: number;
}

/** The best first: of RAW and JPEG of the same shot the JPEG is shown. */
const PREFERENCE: readonly FrameKind[] = ['picture', 'still', 'video'];

/** Files that are no pictures or clips by name are left out. The order is kept; first and last are always in. */
export function chooseFrames(all: readonly Frame[], max: number): ChosenFrames {
  const shots = oneEach(all);
  if (shots.length <= max) return { frames: shots, more: 0 };
  const frames = Array.from({ length: max }, (_, i) => {
    const at = max === 1 ? 0 : Math.round((i * (shots.length - 1)) / (max - 1));
    return shots[at];
  });
  return {
    frames: frames.filter((frame) => frame !== undefined),
    more: shots.length - max,
  };
}

/** Files of one shot have the same path but for the extension. */
function oneEach(all: readonly Frame[]): Frame[] {
  const best = new Map<string, Frame>();
  for (const frame of all) {
    if (frameKindOf(frame.name) === 'other') continue;
    const shot = frame.path.replace(/\.[^./]+$/, '').toLowerCase();
    const earlier = best.get(shot);
    // Setting a key again keeps its place in the order.
    if (earlier === undefined || rank(frame) < rank(earlier)) best.set(shot, frame);
  }
  return [...best.values()];
}

function rank({ name }: Frame): number {
  return PREFERENCE.indexOf(frameKindOf(name));
}
