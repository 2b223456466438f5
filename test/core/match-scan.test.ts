import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asFileId } from '../../src/core/ids.ts';
import type { CardFile, ScannedFile } from '../../src/core/inventory.ts';
import { matchScan, showsExactly } from '../../src/core/match-scan.ts';
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

describe('matching a scan with what a roll knows', () => {
  it('knows a file again by path, size and a time that fits', () => {
    const match = matchScan(
      [known(1, scanned('DCIM/A.JPG'))],
      { files: [scanned('DCIM/A.JPG')] },
      role,
    );
    expect(match.known.map(({ id }) => id)).toEqual([1]);
    expect(match.fresh).toEqual([]);
  });

  it('takes a file of another size for a new one and never gives it the old place', () => {
    const match = matchScan([known(1, scanned('A.JPG'))], { files: [scanned('A.JPG', 11)] }, role);
    expect(match.known).toEqual([]);
    expect(match.fresh.map(({ placement }) => placement)).toEqual(['A_2.JPG']);
  });

  it('takes a file whose content is another one for a new one, though path, size and time fit', () => {
    const versions = [known(1, scanned('A.JPG')), known(2, scanned('B.JPG'))];
    const files = [scanned('A.JPG'), scanned('B.JPG')];
    const match = matchScan(versions, { files }, role, new Set([asFileId(1)]));
    expect(match.known.map(({ id }) => id)).toEqual([2]);
    expect(match.fresh.map(({ placement }) => placement)).toEqual(['A_2.JPG']);
  });

  it('prefers the newest of several versions', () => {
    const versions = [known(1, scanned('A.JPG')), known(2, scanned('A.JPG'), 'A_2.JPG')];
    const match = matchScan(versions, { files: [scanned('A.JPG')] }, role);
    expect(match.known.map(({ id }) => id)).toEqual([2]);
  });

  it('gives names that differ only in case or composition places of their own', () => {
    const files = [
      scanned('DCIM/é.jpg'.normalize('NFC')),
      scanned('DCIM/é.jpg'.normalize('NFD')),
      scanned('dcim/É.JPG'),
    ];
    const { fresh } = matchScan([], { files }, role);
    expect(new Set(fresh.map(({ placement }) => placementKey(placement))).size).toBe(3);
  });

  it('never places two fresh files together, nor one upon a known file', () => {
    const paths = fc.uniqueArray(fc.stringMatching(/^[aAbB]{1,2}(\.[jJ])?$/), { maxLength: 12 });
    fc.assert(
      fc.property(paths, paths, (before, now) => {
        const olds = before.map((path, i) => known(i + 1, scanned(path, 1)));
        const { fresh } = matchScan(olds, { files: now.map((path) => scanned(path, 2)) }, role);
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
    const both = matchScan(files, { files: [scanned('A'), scanned('B')] }, role);
    const inventory = new Set(files.map(({ id }) => id));
    expect(showsExactly(both, inventory)).toBe(true);
    const fewer = matchScan(files, { files: [scanned('A')] }, role);
    expect(showsExactly(fewer, inventory)).toBe(false);
    const more = matchScan(files, { files: [scanned('A'), scanned('B'), scanned('C')] }, role);
    expect(showsExactly(more, inventory)).toBe(false);
    const other = matchScan(files, { files: [scanned('A'), scanned('B', 11)] }, role);
    expect(showsExactly(other, inventory)).toBe(false);
    expect(showsExactly(both, new Set([asFileId(1), asFileId(3)]))).toBe(false);
  });
});
