import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  asFolderName,
  type CardFacts,
  cardKey,
  rollFolder,
  type RollNaming,
  type VolumeFacts,
} from '../../src/core/card.ts';

const SD: VolumeFacts = {
  kind: 'volume',
  fsType: 'exfat',
  volumeSerial: '6F6F-D1E3',
  sizeBytes: 64_000_000_000,
};

describe('what makes a card the same card', () => {
  it.each<[string, CardFacts]>([
    ['formatted: another serial', { ...SD, volumeSerial: 'FB8F-F1E4' }],
    ['another filesystem', { ...SD, fsType: 'vfat' }],
    ['another size', { ...SD, sizeBytes: 64_000_000_001 }],
    ['another piece of hardware', { ...SD, hardwareSerial: '0x1234' }],
    ['a folder', { kind: 'folder', realPath: '6F6F-D1E3' }],
  ])('%s is another card', (_what, facts) => {
    expect(cardKey(facts)).not.toBe(cardKey(SD));
  });

  it('the same facts are the same card', () => {
    expect(cardKey({ ...SD })).toBe(cardKey(SD));
    const folder: CardFacts = { kind: 'folder', realPath: '/srv/ftp-in/a' };
    expect(cardKey({ ...folder })).toBe(cardKey(folder));
    expect(cardKey({ ...folder, realPath: '/srv/ftp-in/b' })).not.toBe(cardKey(folder));
  });

  it('facts cannot run into each other', () => {
    const one = cardKey({ ...SD, fsType: 'a', volumeSerial: 'bc' });
    expect(cardKey({ ...SD, fsType: 'ab', volumeSerial: 'c' })).not.toBe(one);
  });
});

describe('a folder name', () => {
  it.each([
    ['EOS_DIGITAL', 'EOS_DIGITAL'],
    ['EOS DIGITAL', 'EOS_DIGITAL'],
    ['  A003  ', 'A003'],
    ['a/b\\c:d', 'a_b_c_d'],
    ['Günther & Ängström', 'Gunther_Angstrom'],
    ['Łódź', 'odz'],
    ['日本', 'card'],
    ['', 'card'],
    ['..', 'card'],
    ['.hidden', 'hidden'],
    ['trailing.', 'trailing'],
    ['_x_', 'x'],
    ['con', '_con'],
    ['CON.txt', '_CON.txt'],
    ['LPT1', '_LPT1'],
    ['com10', 'com10'],
    ['icon', 'icon'],
    ['NO= 1005a431         ', 'NO_1005a431'],
    ['a'.repeat(70), 'a'.repeat(64)],
    [`${'a'.repeat(63)}.bcd`, 'a'.repeat(63)],
    [`${'a'.repeat(63)} bcd`, 'a'.repeat(63)],
  ])('of "%s" is "%s"', (text, name) => {
    expect(asFolderName(text)).toBe(name);
  });

  // Letters of all scripts, and code units that are no text at all.
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.uint16Array({ maxLength: 100 }).map((codes) => String.fromCharCode(...codes)),
  );

  it('fits every filesystem, whatever the text, and stays as it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = asFolderName(text);
        expect(name).toMatch(/^[A-Za-z0-9_-]([A-Za-z0-9._-]{0,63}[A-Za-z0-9-])?$/);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?$/i);
        expect(asFolderName(name)).toBe(name);
      }),
    );
  });
});

describe('the folder of a roll', () => {
  const naming: RollNaming = {
    date: '2026-08-30',
    label: 'EOS DIGITAL',
    card: '1234abcd',
    ordinal: 1,
  };

  it('fills the template', () => {
    expect(rollFolder('{date}/{label}_{card}', naming)).toBe('2026-08-30/EOS_DIGITAL_1234abcd');
    expect(rollFolder('{label}/{label}', naming)).toBe('EOS_DIGITAL/EOS_DIGITAL');
    expect(rollFolder('plain', naming)).toBe('plain');
  });

  it('counts later rolls with the same name', () => {
    expect(rollFolder('{date}/{card}', { ...naming, ordinal: 2 })).toBe('2026-08-30/1234abcd_2');
    expect(rollFolder('{date}/{card}', { ...naming, ordinal: 11 })).toBe('2026-08-30/1234abcd_11');
  });

  it('is always below the destination, whatever the label', () => {
    expect(rollFolder('/{date}//{card}/', naming)).toBe('2026-08-30/1234abcd');
    fc.assert(
      fc.property(fc.string(), (label) => {
        const folder = rollFolder('{date}/{label}_{card}', { ...naming, label });
        expect(folder).toMatch(/^2026-08-30\/[A-Za-z0-9._-]+_1234abcd$/);
      }),
    );
  });

  it.each(['../{date}', 'a/../../b', './{card}', '{date}/..', '', '/', '//'])(
    'refuses the template "%s", which names no folder below the destination',
    (template) => {
      expect(() => rollFolder(template, naming)).toThrow(
        new TypeError(`the folder template does not name a folder: ${template}`),
      );
    },
  );

  it.each(['{year}', '{date}/{Label}', '{}', '{constructor}'])(
    'refuses the unknown field in "%s"',
    (template) => {
      expect(() => rollFolder(template, naming)).toThrow(
        /^unknown field \{.*\} in the folder template$/,
      );
    },
  );
});
