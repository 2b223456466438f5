/** What a look at a path told: a plain `lstat` without what nobody asks for, and how it goes from thread to thread. */
import type { Stats } from 'node:fs';

/** What can stand at a path; `device` is a device node. */
const KINDS = ['file', 'folder', 'link', 'pipe', 'socket', 'device'] as const;

export type PathKind = (typeof KINDS)[number];

export type LookedAt =
  | {
      readonly kind: PathKind;
      readonly sizeBytes: number;
      /** Milliseconds since 1970, with fractions. */
      readonly mtimeMs: number;
      /** The filesystem's `st_dev`. */
      readonly deviceNumber: number;
    }
  /** As `fs` gave it; of a thread only code and message come along. */
  | { readonly error: unknown };

export function lookOf(stats: Stats): LookedAt {
  return {
    kind: kindOf(stats),
    sizeBytes: stats.size,
    mtimeMs: stats.mtimeMs,
    deviceNumber: stats.dev,
  };
}

function kindOf(stats: Stats): PathKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
}

/** Many looks in few pieces: a thread hands a hundred thousand objects over more slowly than it makes them. */
export interface PackedLooks {
  /** Per path the kind's place in `KINDS`; meaningless where an error stands. */
  readonly kinds: Uint8Array;
  /** Per path size, time, device. */
  readonly numbers: Float64Array;
  readonly errors: ReadonlyMap<number, { readonly code?: string; readonly message: string }>;
}

/** Numbers per path. */
const WIDTH = 3;

export function packLooks(count: number, look: (index: number) => LookedAt): PackedLooks {
  const kinds = new Uint8Array(count);
  const numbers = new Float64Array(count * WIDTH);
  const errors = new Map<number, { code?: string; message: string }>();
  for (let i = 0; i < count; i += 1) {
    const looked = look(i);
    if ('error' in looked) {
      errors.set(i, plainError(looked.error));
      continue;
    }
    kinds[i] = KINDS.indexOf(looked.kind);
    numbers[i * WIDTH] = looked.sizeBytes;
    numbers[i * WIDTH + 1] = looked.mtimeMs;
    numbers[i * WIDTH + 2] = looked.deviceNumber;
  }
  return { kinds, numbers, errors };
}

export function unpackLooks({ kinds, numbers, errors }: PackedLooks): readonly LookedAt[] {
  return Array.from(kinds, (kind, i): LookedAt => {
    const error = errors.get(i);
    if (error !== undefined) return { error };
    return {
      kind: KINDS[kind] ?? 'device',
      sizeBytes: numbers[i * WIDTH] ?? 0,
      mtimeMs: numbers[i * WIDTH + 1] ?? 0,
      deviceNumber: numbers[i * WIDTH + 2] ?? 0,
    };
  });
}

function plainError(error: unknown): { code?: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && code !== '' ? { code, message } : { message };
}
