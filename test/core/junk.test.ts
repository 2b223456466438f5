import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_JUNK, junkFilter, junkReason } from '../../src/core/junk.ts';
import { LAYOUTS } from '../../src/core/layouts.ts';
import { layoutFixture } from './listing.ts';

describe('the built-in list', () => {
  it.each([
    ['.Spotlight-V100', 'search index of macOS'],
    ['.Spotlight-V100/Store-V2/psid.db', 'search index of macOS'],
    ['.fseventsd/fseventsd-uuid', 'change log of macOS'],
    ['.Trashes/501/IMG_0001.JPG', 'wastebasket of macOS'],
    ['.TemporaryItems/folders.501/x', 'temporary files of macOS'],
    ['.DocumentRevisions-V100/db-V1/db.sqlite', 'document versions of macOS'],
    ['.VolumeIcon.icns', 'icon of macOS'],
    ['.metadata_never_index', 'search setting of macOS'],
    ['.apdisk', 'sharing note of macOS'],
    ['.com.apple.timemachine.donotpresent', 'backup note of macOS'],
    ['.DS_Store', 'folder view of macOS'],
    ['DCIM/100CANON/.DS_Store', 'folder view of macOS'],
    ['._IMG_0001.JPG', 'AppleDouble file of macOS'],
    ['DCIM/101CANON/._IMG_0001.JPG', 'AppleDouble file of macOS'],
    ['.Trash/files/a.jpg', 'wastebasket of Linux'],
    ['.Trash-1000/files/IMG_0001.JPG', 'wastebasket of Linux'],
    ['lost+found', 'made with every ext filesystem; no camera has one'],
    ['System Volume Information/IndexerVolumeGuid', 'system folder of Windows'],
    ['$RECYCLE.BIN/S-1-5-21/$R1.JPG', 'wastebasket of Windows'],
    ['RECYCLER/x', 'wastebasket of Windows'],
    ['RECYCLED/x', 'wastebasket of Windows'],
    ['DCIM/100CANON/Thumbs.db', 'picture cache of Windows'],
    ['DCIM/ehthumbs.db', 'picture cache of Windows'],
    ['DCIM/desktop.ini', 'folder view of Windows'],
  ])('leaves out %s', (path, reason) => {
    expect(junkReason(path, [])).toBe(reason);
    expect(junkReason(path.toUpperCase(), [])).toBe(reason);
  });

  it.each([
    ['chkdsk may have saved frames there', 'FOUND.000'],
    ['chkdsk may have saved frames there', 'FOUND.000/FILE0000.CHK'],
    ['so may a phone', 'LOST.DIR/12345'],
    ['a name that only begins like junk', '.Spotlight-V100.mov'],
    ['a name that only ends like junk', 'my.DS_Store'],
    ['one dot is not AppleDouble', '.IMG_0001.JPG'],
    ['an underscore is not AppleDouble', '_MG_0003.CR2'],
    ['not in the root, so no system put it there', 'DCIM/System Volume Information/a.jpg'],
    ['not in the root, so no system put it there', 'DCIM/.Trashes/a.jpg'],
    ['a dot stands for itself', 'ThumbsXdb'],
    ['a dollar stands for itself', 'RECYCLE.BIN/a.jpg'],
    ['hidden files of people are kept', '.notes'],
    ['ordinary', 'DCIM/100CANON/IMG_0001.CR3'],
  ])('keeps what is not junk (%s): %s', (_why, path) => {
    expect(junkReason(path, [])).toBeUndefined();
  });

  it('never leaves out anything that a camera writes', () => {
    const paths = LAYOUTS.flatMap(({ id }) => layoutFixture(id).files.map((file) => file.path));
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter((path) => junkReason(path, []) !== undefined)).toEqual([]);
  });

  it('says for each entry who makes it, and lists none twice', () => {
    expect(BUILT_IN_JUNK.filter((rule) => rule.reason === '')).toEqual([]);
    expect(new Set(BUILT_IN_JUNK.map((rule) => rule.name)).size).toBe(BUILT_IN_JUNK.length);
  });

  it('leaves out everything below a folder that is junk', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9 ._-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        expect(junkReason(['.Trashes', ...names].join('/'), [])).toBe('wastebasket of macOS');
      }),
    );
  });
});

describe('the patterns of [cards] ignore', () => {
  it.each([
    ['*.tmp', 'a.tmp', true],
    ['*.tmp', 'DCIM/100CANON/a.TMP', true],
    ['*.tmp', 'a.tmpx', false],
    ['*.tmp', 'a.tmp.jpg', false],
    ['cache', 'cache', true],
    ['cache', 'x/cache/y.jpg', true],
    ['cache', 'xcache/y.jpg', false],
    ['cache/', 'cache/y.jpg', true],
    ['/cache', 'cache/y.jpg', true],
    ['/cache', 'x/cache/y.jpg', false],
    ['a/b', 'a/b/c.jpg', true],
    ['a/b', 'x/a/b/c.jpg', false],
    ['a/*.jpg', 'a/b.jpg', true],
    ['a/*.jpg', 'a/b/c.jpg', false],
    ['a/**/c.jpg', 'a/c.jpg', true],
    ['a/**/c.jpg', 'a/b/d/c.jpg', true],
    ['a/**', 'a/b/d/c.jpg', true],
    ['**/x.jpg', 'x.jpg', true],
    ['**/x.jpg', 'a/b/x.jpg', true],
    ['**/x.jpg', 'a/b/yx.jpg', false],
    ['IMG_000?.JPG', 'DCIM/IMG_0001.JPG', true],
    ['IMG_000?.JPG', 'DCIM/IMG_00011.JPG', false],
    ['IMG_000?.JPG', 'DCIM/IMG_000/.JPG', false],
    ['[a].(b)+$^|{1}\\', 'x/[a].(b)+$^|{1}\\', true],
    ['a.c', 'abc', false],
    ['', 'a.jpg', false],
    ['/', 'a.jpg', false],
    ['Ä*.jpg', 'ä1.JPG', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    const reason = junkReason(path, ['nothing-like-it', pattern]);
    expect(reason).toBe(expected ? `matches "${pattern}" in [cards] ignore` : undefined);
  });

  it('come after the built-in list, whose reason is the better one', () => {
    expect(junkReason('.DS_Store', ['*'])).toBe('folder view of macOS');
  });

  it('are compiled once for a whole scan', () => {
    const filter = junkFilter(['*.tmp']);
    expect(['a.tmp', 'b.jpg', 'c.tmp'].map((path) => filter(path) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('a pattern without wildcards leaves out its own name and nothing else', () => {
    const name = fc
      .stringMatching(/^[A-Za-z0-9+$.(){}|^\\-]{1,12}$/)
      .filter((n) => !/^\.+$/.test(n));
    fc.assert(
      fc.property(name, name, (pattern, other) => {
        expect(junkFilter([pattern])(pattern)).toBeDefined();
        fc.pre(
          pattern.toLowerCase() !== other.toLowerCase() && junkReason(other, []) === undefined,
        );
        expect(junkFilter([pattern])(other)).toBeUndefined();
      }),
    );
  });
});
