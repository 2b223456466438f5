import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asFileId } from '../../src/core/ids.ts';
import type { CardFile, ScannedFile } from '../../src/core/inventory.ts';
import {
  type FreshFile,
  knownIds,
  type MatchedScan,
  pathsOf,
  Placer,
  ScanMatcher,
  showsExactly,
  unknownFiles,
} from '../../src/core/match-scan.ts';
import { placementKey } from '../../src/core/placement.ts';

const role = (): 'media' => 'media';
const scanned = (path: string, sizeBytes = 10, mtimeMs = 1_000): ScannedFile => ({
  path,
  sizeBytes,
  mtimeMs,
});
const known = (id: number, file: ScannedFile, placement = file.path): CardFile => ({
  ...file,
  id: asFileId(id),
  role: 'media',
  placement,
});

function matched(
  versions: readonly CardFile[],
  files: readonly ScannedFile[],
  others?: ReadonlySet<string>,
): MatchedScan {
  const matcher = new ScanMatcher(files, others);
  matcher.see(versions);
  return matcher.matched();
}

function placed(versions: readonly CardFile[], match: MatchedScan): readonly FreshFile[] {
  const placer = new Placer();
  placer.see(versions);
  return placer.place(unknownFiles(match), role);
}

function placementsOf(versions: readonly CardFile[], match: MatchedScan): readonly string[] {
  return placed(versions, match).map(({ placement }) => placement);
}

describe('matching a scan with what a roll knows', () => {
  it('knows a file again by path, size and a time that fits', () => {
    const match = matched([known(1, scanned('DCIM/A.JPG'))], [scanned('DCIM/A.JPG')]);
    expect(knownIds(match)).toEqual([1]);
    expect(unknownFiles(match)).toEqual([]);
  });

  it('takes a file of another size for a new one and never gives it the old place', () => {
    const versions = [known(1, scanned('A.JPG'))];
    const match = matched(versions, [scanned('A.JPG', 11)]);
    expect(knownIds(match)).toEqual([]);
    expect(placed(versions, match)).toEqual([
      { ...scanned('A.JPG', 11), role: 'media', placement: 'A_2.JPG' },
    ]);
  });

  it('takes a file whose content is another one for a new one, though path, size and time fit', () => {
    const versions = [known(1, scanned('A.JPG')), known(2, scanned('B.JPG'))];
    const match = matched(versions, [scanned('A.JPG'), scanned('B.JPG')], new Set(['A.JPG']));
    expect(knownIds(match)).toEqual([2]);
    expect(placementsOf(versions, match)).toEqual(['A_2.JPG']);
  });

  it('takes no earlier version for a file whose content is another one', () => {
    const versions = [known(1, scanned('A.JPG')), known(2, scanned('A.JPG'), 'A_2.JPG')];
    const match = matched(versions, [scanned('A.JPG')], new Set(['A.JPG']));
    expect(match.ids).toEqual([undefined]);
    expect(placementsOf(versions, match)).toEqual(['A_3.JPG']);
  });

  it('believes no shift of the times by files whose content is another one', () => {
    const hour = 3_600_000;
    const versions = ['A', 'B', 'C'].map((path, i) => known(i + 1, scanned(path)));
    const files = ['A', 'B', 'C'].map((path) => scanned(path, 10, 1_000 + hour));
    expect(knownIds(matched(versions, files))).toEqual([1, 2, 3]);
    expect(knownIds(matched(versions, files, new Set(['B'])))).toEqual([]);
  });

  it('prefers the newest of several versions', () => {
    const versions = [known(1, scanned('A.JPG')), known(2, scanned('A.JPG'), 'A_2.JPG')];
    expect(knownIds(matched(versions, [scanned('A.JPG')]))).toEqual([2]);
  });

  it('tells versions and files in the order of the scan, and how many versions there are', () => {
    const files = ['C', 'N', 'A', 'M', 'B'].map((path) => scanned(path));
    const versions = ['A', 'B', 'C', 'D'].map((path, i) => known(i + 1, scanned(path)));
    const match = matched(versions, files);
    expect(match).toEqual({ files, ids: [3, undefined, 1, undefined, 2], versions: 4 });
    expect(knownIds(match)).toEqual([3, 1, 2]);
    expect(unknownFiles(match)).toEqual([scanned('N'), scanned('M')]);
    expect(pathsOf(match, (id) => id !== 1)).toEqual(['C', 'B']);
    expect(pathsOf(match, () => true)).toEqual(['C', 'A', 'B']);
  });

  it('finds the same however what is known comes in batches', () => {
    const paths = fc.constantFrom('A', 'B', 'C', 'a');
    const times = fc.constantFrom(1_000, 3_000, 3_601_000, 7_201_000);
    const someFile = fc.record({ path: paths, sizeBytes: fc.constantFrom(10, 11), mtimeMs: times });
    const batches = fc.array(fc.array(someFile, { maxLength: 4 }), { maxLength: 6 });
    const scans = fc.uniqueArray(someFile, { selector: ({ path }) => path });
    fc.assert(
      fc.property(batches, scans, fc.uniqueArray(paths), (split, files, others) => {
        const all = split.flat().map((file, i) => known(i + 1, file, `${file.path}_${i + 1}`));
        const matcher = new ScanMatcher(files, new Set(others));
        const placer = new Placer();
        let seen = 0;
        for (const { length } of split) {
          matcher.see(all.slice(seen, seen + length));
          placer.see(all.slice(seen, seen + length));
          seen += length;
        }
        const whole = matched(all, files, new Set(others));
        expect(matcher.matched()).toEqual(whole);
        expect(placer.place(unknownFiles(whole), role)).toEqual(placed(all, whole));
      }),
    );
  });

  it('gives names that differ only in case or composition places of their own', () => {
    const files = [
      scanned('DCIM/é.jpg'.normalize('NFC')),
      scanned('DCIM/é.jpg'.normalize('NFD')),
      scanned('dcim/É.JPG'),
    ];
    const places = placementsOf([], matched([], files));
    expect(new Set(places.map((place) => placementKey(place))).size).toBe(3);
  });

  it('never places two fresh files together, nor one upon a known file', () => {
    const paths = fc.uniqueArray(fc.stringMatching(/^[aAbB]{1,2}(\.[jJ])?$/), { maxLength: 12 });
    fc.assert(
      fc.property(paths, paths, (before, now) => {
        const olds = before.map((path, i) => known(i + 1, scanned(path, 1)));
        const match = matched(
          olds,
          now.map((path) => scanned(path, 2)),
        );
        const fresh = placed(olds, match);
        const taken = [...olds, ...fresh].map(({ placement }) => placementKey(placement));
        // Known files may clash among themselves here (the arbitrary ignores placement); fresh ones never may.
        const freshKeys = fresh.map(({ placement }) => placementKey(placement));
        const oldKeys = new Set(taken.slice(0, olds.length));
        expect(new Set(freshKeys).size).toBe(freshKeys.length);
        expect(freshKeys.some((key) => oldKeys.has(key))).toBe(false);
      }),
    );
  });

  it('shows an inventory exactly only when nothing is more, fewer or other', () => {
    const files = [known(1, scanned('A')), known(2, scanned('B'))];
    const both = matched(files, [scanned('A'), scanned('B')]);
    const inventory = new Set(files.map(({ id }) => id));
    expect(showsExactly(both, inventory)).toBe(true);
    const fewer = matched(files, [scanned('A')]);
    expect(showsExactly(fewer, inventory)).toBe(false);
    const more = matched(files, [scanned('A'), scanned('B'), scanned('C')]);
    expect(showsExactly(more, inventory)).toBe(false);
    const other = matched(files, [scanned('A'), scanned('B', 11)]);
    expect(showsExactly(other, inventory)).toBe(false);
    expect(showsExactly(both, new Set([asFileId(1), asFileId(3)]))).toBe(false);
    // One file that a scan shows twice does not stand for another one that is gone.
    const twice = matched(files, [scanned('A'), scanned('A')]);
    expect(showsExactly(twice, inventory)).toBe(false);
  });
});
