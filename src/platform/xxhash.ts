/** XXH64 by xxhash-wasm: WebAssembly, so that no compiler is needed where we are installed. */
import xxhash from 'xxhash-wasm';
import { asContentHash, type ContentHash } from '../core/ids.ts';
import type { Hasher, RunningHash } from '../ports/hasher.ts';
import { makeHashMemory } from './xxhash-memory.ts';

/** Compiles the module once; the hasher itself holds no state and may be shared by any number of files. */
export async function makeHasher(): Promise<Hasher> {
  const api = await xxhash();
  return {
    start(): RunningHash {
      const running = api.create64();
      let done = false;
      return {
        update(bytes) {
          if (done) throw new TypeError('this hash was already taken');
          running.update(bytes);
        },
        digest() {
          if (done) throw new TypeError('this hash was already taken');
          done = true;
          return asText(running.digest());
        },
      };
    },
    of: (bytes) => asText(api.h64Raw(bytes)),
    memory: makeHashMemory,
  };
}

/** A BigInt drops leading zeros; the text form of MHL does not. */
function asText(hash: bigint): ContentHash {
  return asContentHash(hash.toString(16).padStart(16, '0'));
}
