import { describe } from '@jest/globals';
import { aCard, FakeVolumeSource } from '../fakes/fake-volume-source.ts';
import { volumeSourceContract } from './volume-source-contract.ts';

describe('the fake volume source', () => {
  volumeSourceContract(async () => {
    const source = new FakeVolumeSource();
    const card = aCard();
    return {
      source,
      insert: async () => {
        source.insert(card);
        return card.root;
      },
      pull: async () => source.pull(card.key),
      insertOther: async () => {
        source.insert(
          aCard({
            key: 'disk 8 8:1 FF0E-EF29',
            facts: { kind: 'volume', fsType: 'exfat', volumeSerial: 'FF0E-EF29', sizeBytes: 1e9 },
          }),
        );
      },
      failListings: async () => source.failListings('lsblk gave no answer.'),
      close: async () => {},
    };
  });
});
