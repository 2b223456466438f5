/** The fake mounter keeps the contract; test/integration/mounting.test.ts has the real one do so. */
import { describe } from '@jest/globals';
import { FakeMounter } from '../fakes/fake-mounter.ts';
import { aCard, FakeVolumeSource } from '../fakes/fake-volume-source.ts';
import { mounterContract } from './mounter-contract.ts';

const never = new AbortController().signal;

describe('the fake mounter keeps its contract', () => {
  mounterContract(async () => {
    const volumes = new FakeVolumeSource();
    const mounter = new FakeMounter(volumes);
    let insertions = 0;
    return {
      mounter,
      insert: async () => {
        insertions += 1;
        mounter.insert(aCard({ key: `volume sda=${insertions} 8:1 F144-63E1` }));
      },
      pull: async () => mounter.pull(),
      mounted: async () => {
        const listing = await volumes.list(never);
        return listing.state === 'known' ? listing.insertions : [];
      },
      close: async () => {},
    };
  });
});
