import { describe } from '@jest/globals';
import { asDestinationId, asMediumId } from '../../src/core/ids.ts';
import { FakeDestinationProbe } from '../fakes/fake-destination-probe.ts';
import { destinationProbeContract } from './destination-probe-contract.ts';

describe('the fake destination probe', () => {
  destinationProbeContract(async () => {
    const probe = new FakeDestinationProbe();
    const [first, second, sibling] = ['working', 'backup', 'third'].map((name) => ({
      id: asDestinationId(name),
      path: `/mnt/${name}`,
    }));
    if (first === undefined || second === undefined || sibling === undefined) throw new Error();
    probe.ready(first.id);
    probe.ready(second.id);
    probe.ready(sibling.id, { mediumId: asMediumId('disk:working') });
    return {
      probe,
      two: [first, second],
      sibling,
      place: async (placedAt, sizeBytes) => {
        probe.place(first.id, placedAt, sizeBytes);
      },
      unplugFirst: async () => probe.trouble(first.id, 'not-mounted'),
      close: async () => {},
    };
  });
});
