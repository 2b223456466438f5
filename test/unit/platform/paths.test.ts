/** The order in which configuration and state are looked for, and a control socket that always fits. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  configCandidates,
  controlSocketPath,
  type PlatformFacts,
  stateFolder,
} from '../../../src/platform/paths.ts';

const ANNA: PlatformFacts = { env: {}, home: '/home/anna', uid: 1000, platform: 'linux' };
const ROOT: PlatformFacts = { ...ANNA, home: '/root', uid: 0 };

const paths = (facts: PlatformFacts) => configCandidates(facts).map(({ path }) => path);

describe('configCandidates', () => {
  test('of a plain user', () => {
    expect(configCandidates(ANNA)).toEqual([
      { path: '/home/anna/.config/safelight/config.toml', named: false },
      { path: '/etc/safelight/config.toml', named: false },
    ]);
  });

  test('the flag ends the search, and so does the variable', () => {
    const env = { SAFELIGHT_CONFIG: '/e.toml', XDG_CONFIG_HOME: '/xdg' };
    expect(configCandidates({ ...ANNA, env, flag: '/f.toml' })).toEqual([
      { path: '/f.toml', named: true },
    ]);
    expect(configCandidates({ ...ANNA, env })).toEqual([{ path: '/e.toml', named: true }]);
  });

  test('an empty variable is none, and a relative XDG folder is ignored', () => {
    expect(paths({ ...ANNA, env: { SAFELIGHT_CONFIG: '', XDG_CONFIG_HOME: 'conf' } })).toEqual(
      paths(ANNA),
    );
    expect(paths({ ...ANNA, env: { XDG_CONFIG_HOME: '/xdg' } })[0]).toBe(
      '/xdg/safelight/config.toml',
    );
  });

  test('on macOS its own place comes between', () => {
    expect(paths({ ...ANNA, home: '/Users/anna', platform: 'darwin' })).toEqual([
      '/Users/anna/.config/safelight/config.toml',
      '/Users/anna/Library/Application Support/safelight/config.toml',
      '/etc/safelight/config.toml',
    ]);
  });
});

describe('stateFolder', () => {
  const all = {
    SAFELIGHT_STATE_DIR: '/own',
    STATE_DIRECTORY: '/var/lib/systemd-gave:/second',
    XDG_STATE_HOME: '/xdg',
  };

  test.each<readonly [string, PlatformFacts, string]>([
    ['flag', { ...ANNA, env: all, flag: '/flag' }, '/flag'],
    ['variable', { ...ANNA, env: all }, '/own'],
    ['systemd', { ...ANNA, env: { ...all, SAFELIGHT_STATE_DIR: '' } }, '/var/lib/systemd-gave'],
    ['XDG', { ...ANNA, env: { XDG_STATE_HOME: '/xdg' } }, '/xdg/safelight'],
    ['XDG for root too', { ...ROOT, env: { XDG_STATE_HOME: '/xdg' } }, '/xdg/safelight'],
    ['root', ROOT, '/var/lib/safelight'],
    ['anybody else', ANNA, '/home/anna/.local/state/safelight'],
    [
      'a relative XDG folder',
      { ...ANNA, env: { XDG_STATE_HOME: 'x' } },
      '/home/anna/.local/state/safelight',
    ],
  ])('%s', (_what, facts, expected) => {
    expect(stateFolder(facts)).toBe(expected);
  });

  test('a relative flag is taken from where we are', () => {
    expect(stateFolder({ ...ANNA, flag: 'state' })).toBe(`${process.cwd()}/state`);
  });
});

describe('controlSocketPath', () => {
  test('is in the state folder', () => {
    expect(controlSocketPath('/var/lib/safelight', '/tmp')).toBe('/var/lib/safelight/control.sock');
  });

  test('of a folder that is too deep is below the temporary folder, always the same', () => {
    const deep = `/home/anna/${'very-deep/'.repeat(12)}state`;
    const path = controlSocketPath(deep, '/tmp');
    expect(path).toMatch(/^\/tmp\/safelight-[0-9a-f]{16}\/control\.sock$/);
    expect(controlSocketPath(deep, '/tmp')).toBe(path);
    expect(controlSocketPath(`${deep}2`, '/tmp')).not.toBe(path);
  });

  test('bytes are counted, not letters', () => {
    const folder = `/${'ü'.repeat(45)}`;
    expect(controlSocketPath(folder, '/tmp')).toMatch(/^\/tmp\//);
  });

  test('always fits', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'grapheme' }), (name) => {
        expect(Buffer.byteLength(controlSocketPath(`/${name}`, '/tmp'))).toBeLessThanOrEqual(100);
      }),
    );
  });
});
