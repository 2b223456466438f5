import { makeHasher } from '../../src/platform/xxhash.ts';
import { hasherContract } from './hasher-contract.ts';

hasherContract('xxhash-wasm', makeHasher);
