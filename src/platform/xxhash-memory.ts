/**
 * Buffers inside the hash module's own memory, so that bytes read from a card are hashed where they lie.
 *
 * xxhash-wasm copies everything it is given into its module first, which costs as much as hashing it. Its package
 * also ships the module as a file (the same bytes that its JavaScript carries); a second instance of that, with our
 * buffers in it, saves the copy. Whether it is what we think is found out with outside vectors each time; if not,
 * there is no such memory and the public interface does the work.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { types } from 'node:util';
import { asContentHash } from '../core/ids.ts';
import type { HashMemory, RunningHash } from '../ports/hasher.ts';
import { loadNative } from './native.ts';

/** Node has it; the type library that we compile against does not. */
declare const WebAssembly: {
  instantiate(module: Uint8Array): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

interface Module {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** The module's functions; numbers are addresses in its memory. */
  init(state: number, seed: bigint): void;
  update(state: number, bytes: number, length: number): void;
  digest(state: number): bigint;
}

const PAGE_BYTES = 65_536;

/** A running hash is kept in 88 bytes; more than enough of them for all files that are ever under way. */
const STATE_BYTES = 88;
const STATES = 512;

/** Bytes from elsewhere are copied in through here. */
const SCRATCH_AT = PAGE_BYTES;
const SCRATCH_BYTES = PAGE_BYTES;
const BUFFERS_AT = SCRATCH_AT + SCRATCH_BYTES;

/** Undefined when the module cannot be had or does not compute XXH64. */
export async function makeHashMemory(
  count: number,
  bufferBytes: number,
): Promise<HashMemory | undefined> {
  try {
    const module = await instantiate();
    const wanted = BUFFERS_AT + count * bufferBytes;
    const pages = Math.ceil((wanted - module.memory.buffer.byteLength) / PAGE_BYTES);
    module.memory.grow(pages);
    // Measured on devices in memory: a sixth less time and processor time for a whole offload.
    (await loadNative()).preferLargePages?.(new Uint8Array(module.memory.buffer));
    const memory = new ModuleMemory(module, count, bufferBytes);
    return computesXxh64(memory) ? memory : undefined;
  } catch {
    // The package has another shape than the one that was tried: the public interface is enough.
    return undefined;
  }
}

class ModuleMemory implements HashMemory {
  readonly buffers: readonly Uint8Array[];
  readonly #module: Module;
  readonly #bytes: Uint8Array;
  readonly #freeStates: number[] = [];

  constructor(module: Module, count: number, bufferBytes: number) {
    this.#module = module;
    const { buffer } = module.memory;
    this.#bytes = new Uint8Array(buffer);
    this.buffers = Array.from(
      { length: count },
      (_, i) => new Uint8Array(buffer, BUFFERS_AT + i * bufferBytes, bufferBytes),
    );
    for (let i = 0; i < STATES; i += 1) this.#freeStates.push(i * STATE_BYTES);
  }

  start(): RunningHash | undefined {
    const state = this.#freeStates.pop();
    if (state === undefined) return undefined;
    // The module's own start leaves some of the state as it was: wrong hashes, and always the same wrong ones.
    this.#bytes.fill(0, state, state + STATE_BYTES);
    this.#module.init(state, 0n);
    let done = false;
    return {
      update: (bytes) => {
        if (done) throw new TypeError('this hash was already taken');
        this.#update(state, bytes);
      },
      digest: () => {
        if (done) throw new TypeError('this hash was already taken');
        done = true;
        const hash = BigInt.asUintN(64, this.#module.digest(state));
        this.#freeStates.push(state);
        return asContentHash(hash.toString(16).padStart(16, '0'));
      },
    };
  }

  #update(state: number, bytes: Uint8Array): void {
    if (bytes.buffer === this.#bytes.buffer) {
      this.#module.update(state, bytes.byteOffset, bytes.length);
      return;
    }
    for (let at = 0; at < bytes.length; at += SCRATCH_BYTES) {
      const piece = bytes.subarray(at, at + SCRATCH_BYTES);
      this.#bytes.set(piece, SCRATCH_AT);
      this.#module.update(state, SCRATCH_AT, piece.length);
    }
  }
}

/** Outside vectors (`xxhsum`), with a used state and with bytes in a buffer and elsewhere. */
const VECTORS = [
  ['', 'ef46db3751d8e999'],
  ['abc', '44bc2cf5ad770999'],
  ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ['', 'ef46db3751d8e999'],
] as const;

function computesXxh64(memory: HashMemory): boolean {
  const [buffer] = memory.buffers;
  return VECTORS.every(([text, expected]) => {
    const bytes = new TextEncoder().encode(text);
    const places = buffer === undefined ? [bytes] : [bytes, buffer.subarray(0, bytes.length)];
    buffer?.set(bytes);
    return places.every((place) => {
      const running = memory.start();
      running?.update(place);
      return running?.digest() === expected;
    });
  });
}

async function instantiate(): Promise<Module> {
  const entry = createRequire(import.meta.url).resolve('xxhash-wasm');
  const file = await readFile(join(dirname(entry), '../workerd/xxhash.wasm'));
  const { exports } = (await WebAssembly.instantiate(file)).instance;
  const { mem, init64, update64, digest64 } = exports;
  if (!isMemory(mem)) throw new TypeError('no memory');
  const [init, update, digest] = [init64, update64, digest64].map((call) => {
    if (!isCall(call)) throw new TypeError('no such function');
    return call;
  });
  if (init === undefined || update === undefined || digest === undefined) throw new TypeError();
  return {
    memory: mem,
    init: (state, seed) => void init(state, seed),
    update: (state, bytes, length) => void update(state, bytes, length),
    digest: (state) => {
      const hash = digest(state);
      if (typeof hash !== 'bigint') throw new TypeError('no hash');
      return hash;
    },
  };
}

function isMemory(value: unknown): value is Module['memory'] {
  return (
    typeof value === 'object' &&
    value !== null &&
    'buffer' in value &&
    types.isArrayBuffer(value.buffer) &&
    'grow' in value
  );
}

function isCall(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === 'function';
}
