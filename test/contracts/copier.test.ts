import { makeCopier } from '../../src/offload/copier.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import type { Copier } from '../../src/ports/copier.ts';
import { FakeCopier } from '../fakes/fake-copier.ts';
import { copierContract } from './copier-contract.ts';
import { copierLookingContract } from './copier-looking-contract.ts';

const engine = async (): Promise<Copier> =>
  makeCopier({ hasher: await makeHasher(), clock: systemClock });
const fake = async (): Promise<Copier> => new FakeCopier(await makeHasher(), systemClock);

copierContract('the engine', engine);
copierContract('the fake', fake);
copierLookingContract('the engine', engine);
copierLookingContract('the fake', fake);
