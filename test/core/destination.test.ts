import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type DestinationLook,
  destinationTroubles,
  distinctMedia,
  type ReadyDestination,
  type TroubledDestination,
} from '../../src/core/destination.ts';
import { asDestinationId, asMediumId } from '../../src/core/ids.ts';

function ready(id: string, medium: string): ReadyDestination {
  return {
    state: 'ready',
    id: asDestinationId(id),
    path: `/mnt/${id}`,
    mountPoint: `/mnt/${id}`,
    mediumId: asMediumId(medium),
    deviceNumber: 1,
    fsType: 'ext4',
    freeBytes: 1e12,
    maxFileBytes: Number.POSITIVE_INFINITY,
  };
}

const GONE: TroubledDestination = {
  state: 'trouble',
  id: asDestinationId('gone'),
  path: '/mnt/gone',
  trouble: 'gone',
  sentence: 'It is gone.',
  hint: 'Connect it.',
};

describe('destinations on distinct disks', () => {
  it('are left as they are', () => {
    const looks = [ready('a', 'disk-1'), GONE, ready('b', 'disk-2')];
    expect(distinctMedia(looks)).toEqual(looks);
  });

  it('of two on one disk the later one is in trouble, and told which was first', () => {
    expect(
      distinctMedia([ready('a', 'disk-1'), ready('b', 'disk-1'), ready('c', 'disk-1')]),
    ).toEqual([
      ready('a', 'disk-1'),
      {
        state: 'trouble',
        id: 'b',
        path: '/mnt/b',
        trouble: 'same-disk',
        sentence: 'Destination "b" is on the same physical disk as "a".',
        hint: 'One disk can die as a whole: give one of them a folder on another drive.',
      },
      expect.objectContaining({
        id: 'c',
        sentence: 'Destination "c" is on the same physical disk as "a".',
      }),
    ]);
  });

  it('never leave two ready ones on one disk, and never lose a destination', () => {
    const look = fc.record({ disk: fc.integer({ min: 1, max: 4 }), troubled: fc.boolean() });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 8 }), (looks) => {
        const all = looks.map(
          ({ disk, troubled }, i): DestinationLook =>
            troubled ? GONE : ready(`d${i}`, `disk-${disk}`),
        );
        const distinct = distinctMedia(all);
        expect(distinct.map((d) => d.id)).toEqual(all.map((d) => d.id));
        const media = distinct.flatMap((d) => (d.state === 'ready' ? [d.mediumId] : []));
        const disks = new Set(looks.filter((l) => !l.troubled).map((l) => `disk-${l.disk}`));
        expect(new Set(media).size).toBe(media.length);
        expect(new Set<string>(media)).toEqual(disks);
      }),
    );
  });
});

describe('what stands in the way at destinations', () => {
  it('is told by name, in the words of the one who looked', () => {
    expect(destinationTroubles([ready('a', 'disk-1'), GONE])).toEqual([
      { place: 'gone', sentence: 'It is gone.', hint: 'Connect it.' },
    ]);
    expect(destinationTroubles([ready('a', 'disk-1')])).toEqual([]);
  });
});
