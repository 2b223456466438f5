/** Where on a drive a file can go without taking anybody's place. */
import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { CardFile } from '../core/inventory.ts';
import { suffixed } from '../core/placement.ts';
import { codeOf } from '../platform/durable-fs.ts';
import type { Leg } from './leg.ts';

export interface Spot {
  /** Below the roll's folder. */
  readonly placement: string;
  readonly path: string;
  /** `free`: nothing has that name. `standing`: a file of this size has it and may be this very copy. */
  readonly state: 'free' | 'standing';
  /** 1 for the file's own name, 2 and up for the suffixed ones. */
  readonly ordinal: number;
}

/** The first name from the given ordinal on that is free or may be this file's copy already. */
export async function findSpot(leg: Leg, file: CardFile, from: number): Promise<Spot> {
  for (let ordinal = from; ; ordinal += 1) {
    const placement = ordinal === 1 ? file.placement : suffixed(file.placement, ordinal);
    const path = leg.pathOf(placement);
    const there = await leg.call(look(path));
    if (there === undefined) return { placement, path, state: 'free', ordinal };
    if (there.isFile() && there.size === file.sizeBytes) {
      return { placement, path, state: 'standing', ordinal };
    }
  }
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
