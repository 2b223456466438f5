/** Which file is taken, what is said when there is none, and what is allowed but not passed over in silence. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../../src/config/config-error.ts';
import { findConflict, warningsFor } from '../../../src/config/cross-checks.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { S3, TWO_DRIVES } from './support.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-config-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string | Uint8Array = TWO_DRIVES): Promise<string> {
  const whole = join(folder, path);
  await mkdir(join(whole, '..'), { recursive: true });
  await writeFile(whole, text);
  return whole;
}

async function rejection(promise: Promise<unknown>): Promise<ConfigError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('the file', () => {
  test('of --config goes before that of $SAFELIGHT_CONFIG, which goes before that of the user', async () => {
    const flag = await write('flag.toml');
    const named = await write('env.toml');
    const own = await write('xdg/safelight/config.toml');
    const env = { SAFELIGHT_CONFIG: named, XDG_CONFIG_HOME: join(folder, 'xdg') };
    expect((await loadConfig({ configFlag: flag, env })).path).toBe(flag);
    expect((await loadConfig({ env })).path).toBe(named);
    const { SAFELIGHT_CONFIG: _none, ...user } = env;
    expect((await loadConfig({ env: user })).path).toBe(own);
  });

  test('that was named but is not there is not replaced by another', async () => {
    await write('xdg/safelight/config.toml');
    const configFlag = join(folder, 'nowhere.toml');
    const error = await rejection(
      loadConfig({ configFlag, env: { XDG_CONFIG_HOME: join(folder, 'xdg') } }),
    );
    expect(error.code).toBe('missing');
    expect(error.message).toBe(`There is no configuration at ${configFlag}.`);
    expect(error.hint).toMatch(/docs\/CONFIG\.md/);
  });

  test('that is nowhere: all places are told', async () => {
    const error = await rejection(loadConfig({ env: { XDG_CONFIG_HOME: folder } }));
    expect(error.code).toBe('missing');
    expect(error.message).toContain(join(folder, 'safelight', 'config.toml'));
    expect(error.message).toContain('/etc/safelight/config.toml');
  });

  test('that is a folder is unreadable', async () => {
    const error = await rejection(loadConfig({ configFlag: folder, env: {} }));
    expect(error.code).toBe('unreadable');
    expect(error.message).toContain(folder);
  });

  test('that is no text is unreadable', async () => {
    const configFlag = await write('c.toml', Uint8Array.of(0x61, 0xff, 0xfe));
    const error = await rejection(loadConfig({ configFlag, env: {} }));
    expect(error.code).toBe('unreadable');
    expect(error.message).toMatch(/not UTF-8 text/);
  });

  test('is named when something in it is wrong', async () => {
    const configFlag = await write('c.toml', '[policy]\ncopies = 1\n');
    const error = await rejection(loadConfig({ configFlag, env: {} }));
    expect(error.message).toBe(`${configFlag}: policy.copies must be at least 2, not 1.`);
    expect(error.field).toBe('policy.copies');
  });
});

const warned = (text: string) =>
  warningsFor(parseConfig(`${TWO_DRIVES}${text}`)).map(
    ({ field, sentence }) => `${field}: ${sentence}`,
  );

describe('warnings', () => {
  test('none for two drives and a bucket', () => {
    expect(warned(S3)).toEqual([]);
  });

  test.each([
    ['no remote', '', /^remote: No remote stands offsite/],
    [
      'a folder that the person did not place elsewhere',
      '[[remote]]\nname = "nas"\nkind = "folder"\npath = "/mnt/nas"\n',
      /^remote: No remote stands offsite/,
    ],
    ['fewer remotes than asked for', `${S3}[policy]\noffsite = 2\n`, /^remote: Only 1 remote/],
    [
      'a lowered grade',
      `${S3}minimumGrade = "D"\n`,
      /^remote "b2"\.minimumGrade: .*grade D counts/,
    ],
    [
      'fetching back from Glacier',
      `${S3}storageClass = "DEEP_ARCHIVE"\nminimumGrade = "A"\n`,
      /cannot do from DEEP_ARCHIVE/,
    ],
    [
      'sending in the clear',
      S3.replace('https://s3.example.com', 'http://nas.local:9000'),
      /^remote "b2"\.endpoint: .*without encryption/,
    ],
    ['audits that come too late', `${S3}[audit]\ndrives = "60d"\n`, /^audit\.drives: /],
    ['audits that come too late offsite', `${S3}[audit]\noffsite = "60d"\n`, /^audit\.offsite: /],
  ])('%s', (_what, text, expected) => {
    expect(warned(text)).toEqual([expect.stringMatching(expected)]);
  });

  test('a record that never counts', () => {
    expect(warned(`${S3}[[remote]]\nname = "bb"\nkind = "backblaze-personal"\n`)).toEqual([
      expect.stringMatching(/grade C\), so it shows and reminds but never counts/),
    ]);
  });

  test('loopback needs no encryption', () => {
    expect(warned(S3.replace('https://s3.example.com', 'http://127.0.0.1:9000'))).toEqual([]);
  });
});

test('what passes has no conflict', () => {
  expect(findConflict(parseConfig(`${TWO_DRIVES}${S3}`))).toBeUndefined();
});
