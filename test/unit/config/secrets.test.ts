/** Secrets are found where they are said to be, guarded, and never told. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { parseSecretRef, type SecretRef } from '../../../src/config/secret-ref.ts';
import { resolveSecret, secretRefs } from '../../../src/config/secrets.ts';
import { everythingSaid, refusal, S3, TWO_DRIVES } from './support.ts';

const SECRET = 'hunter2-wJalrXUtnFEMI';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-secrets-'));
  // mkdtemp closes its folder to others, and then no file in it is open to them.
  await chmod(folder, 0o755);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function secretFile(mode: number, text = `${SECRET}\n`): Promise<string> {
  const path = join(folder, 'key');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const at = (ref: SecretRef) => ({ field: 'remote "b2".credentials.secretAccessKey', ref });

async function rejection(promise: Promise<unknown>): Promise<ConfigError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('resolveSecret', () => {
  test('reads a file without its line end', async () => {
    const path = await secretFile(0o600);
    expect(await resolveSecret(at({ kind: 'file', path }), {})).toBe(SECRET);
  });

  test('takes a variable', async () => {
    const ref: SecretRef = { kind: 'env', name: 'KEY' };
    expect(await resolveSecret(at(ref), { KEY: SECRET })).toBe(SECRET);
  });

  test('takes a credential of systemd, whose mode may look open', async () => {
    await secretFile(0o440);
    const ref: SecretRef = { kind: 'credential', name: 'key' };
    expect(await resolveSecret(at(ref), { CREDENTIALS_DIRECTORY: folder })).toBe(SECRET);
  });

  test.each<readonly [string, readonly [SecretRef, Record<string, string>], RegExp, RegExp]>([
    [
      'a variable that is not set',
      [{ kind: 'env', name: 'KEY' }, {}],
      /env:KEY is not set/,
      /Set KEY/,
    ],
    [
      'an empty variable',
      [{ kind: 'env', name: 'KEY' }, { KEY: '' }],
      /is empty/,
      /Put the secret/,
    ],
    [
      'a credential outside systemd',
      [{ kind: 'credential', name: 'key' }, {}],
      /was not handed over by systemd/,
      /LoadCredential=key:/,
    ],
    [
      'a file that is not there',
      [{ kind: 'file', path: '/nonexistent/key' }, {}],
      /\/nonexistent\/key does not exist/,
      /correct the path/,
    ],
  ])('%s is missing', async (_what, [ref, env], message, hint) => {
    const error = await rejection(resolveSecret(at(ref), env));
    expect(error.code).toBe('missing');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test('a folder is unreadable', async () => {
    const path = join(folder, 'sub');
    await mkdir(path, { mode: 0o700 });
    const error = await rejection(resolveSecret(at({ kind: 'file', path }), {}));
    expect(error.code).toBe('unreadable');
  });
});

describe('a secret file that others can read', () => {
  test.each([
    ['group', 0o640],
    ['everybody', 0o644],
    ['writable by the group', 0o620],
  ])('is refused when the configuration is loaded: %s', async (_who, mode) => {
    const key = await secretFile(mode);
    const path = join(folder, 'config.toml');
    await writeFile(path, `${TWO_DRIVES}${S3.replace('/etc/safelight/b2.key', key)}`);
    const error = await rejection(loadConfig({ configFlag: path, env: {} }));
    expect(error.code).toBe('too-open');
    expect(error.field).toBe('remote "b2".credentials.secretAccessKeyFile');
    expect(error.message).toContain(key);
    expect(error.hint).toBe(`Close it: chmod 600 ${key}`);
    expect(everythingSaid(error)).not.toContain(SECRET);
  });

  test('closed to its owner it is taken', async () => {
    const key = await secretFile(0o600);
    const path = join(folder, 'config.toml');
    await writeFile(path, `${TWO_DRIVES}${S3.replace('/etc/safelight/b2.key', key)}`);
    expect((await loadConfig({ configFlag: path, env: {} })).path).toBe(path);
  });

  test('is refused again when it is read: it may have been opened since', async () => {
    const key = await secretFile(0o644);
    const error = await rejection(resolveSecret(at({ kind: 'file', path: key }), {}));
    expect(error.code).toBe('too-open');
  });

  test('in a folder that only its owner may enter nobody else can read it', async () => {
    const key = await secretFile(0o644);
    await chmod(folder, 0o700);
    expect(await resolveSecret(at({ kind: 'file', path: key }), {})).toBe(SECRET);
  });

  test('a link from a closed folder does not close the file it leads to', async () => {
    const key = await secretFile(0o644);
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await symlink(key, join(closed, 'key'));
    const error = await rejection(
      resolveSecret(at({ kind: 'file', path: join(closed, 'key') }), {}),
    );
    expect(error.code).toBe('too-open');
  });

  test('a file that is not there yet stops only what needs it, not the service', async () => {
    const path = join(folder, 'config.toml');
    await writeFile(path, `${TWO_DRIVES}${S3.replaceAll('/etc/safelight', `${folder}/later`)}`);
    const { config } = await loadConfig({ configFlag: path, env: {} });
    expect(secretRefs(config).map(({ field }) => field)).toEqual([
      'remote "b2".credentials.accessKeyIdFile',
      'remote "b2".credentials.secretAccessKeyFile',
    ]);
  });
});

describe('a secret in the configuration itself', () => {
  const places: readonly (readonly [string, (secret: string) => string])[] = [
    [
      'secretAccessKey',
      (s) => S3.replace('secretAccessKeyFile = "/etc/safelight/b2.key"', `secretAccessKey = ${s}`),
    ],
    [
      'accessKeyId',
      (s) => S3.replace('accessKeyIdFile = "/etc/safelight/b2.id"', `accessKeyId = ${s}`),
    ],
    [
      'a mistyped key',
      (s) => S3.replace('secretAccessKeyFile = "/etc/safelight/b2.key"', `secretAcessKey = ${s}`),
    ],
    ['a key of the remote', (s) => `${S3}password = ${s}\n`],
    ['a key that looks harmless', (s) => `${S3}backetname = ${s}\n`],
    ['credentials as text', (s) => S3.replace(/credentials = .*/, `credentials = ${s}`)],
    ['credentials as list', (s) => S3.replace(/credentials = .*/, `credentials = [${s}]`)],
    ["the page's token", (s) => `[web]\ntoken = ${s}\n`],
    ["a webhook's token", (s) => `[[signals.webhook]]\nurl = "https://a.example/"\ntoken = ${s}\n`],
    ["a webhook's address", (s) => `[[signals.webhook]]\nurl = ${s}\n`],
    ["the heartbeat's address", (s) => `[audit]\nheartbeatUrl = ${s}\n`],
    [
      'a connection string of rclone',
      (s) => `[[remote]]\nname = "r"\nkind = "rclone"\nremote = ":sftp,pass=" + ${s}\n`,
    ],
    ["rclone's remote", (s) => `[[remote]]\nname = "r"\nkind = "rclone"\nremote = ${s}\n`],
    ['an endpoint', (s) => S3.replace('"https://s3.example.com"', s)],
    [
      'text without quotes',
      (s) => S3.replace(/credentials = .*/, `credentials = ${s.slice(1, -1)}`),
    ],
    [
      'text without an end',
      (s) => S3.replace(/credentials = .*/, `credentials = ${s.slice(0, -1)}`),
    ],
  ];

  test.each(places)('%s: refused and not told', (_where, put) => {
    const error = refusal(`${TWO_DRIVES}${put(`"${SECRET}"`)}`);
    expect(everythingSaid(error)).not.toContain(SECRET);
    expect(error.hint).not.toBe('');
  });

  test('is refused with the way to do it right', () => {
    const error = refusal(
      `${TWO_DRIVES}${S3.replace('secretAccessKeyFile = "/etc/safelight/b2.key"', `secretAccessKey = "${SECRET}"`)}`,
    );
    expect(error.field).toBe('remote "b2".credentials.secretAccessKey');
    expect(error.message).toMatch(/must say where the secret is, not be the secret/);
    expect(error.hint).toMatch(/secretAccessKey = "credential:/);
  });

  test('whatever it looks like, it is not told', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9+/=_.-]{12,40}$/);
    fc.assert(
      fc.property(secret, fc.nat(places.length - 1), (text, i) => {
        const put = places[i]?.[1];
        if (put === undefined || parseSecretRef(text) !== undefined) return;
        expect(everythingSaid(refusal(`${TWO_DRIVES}${put(`"${text}"`)}`))).not.toContain(text);
      }),
    );
  });
});

test('an address of a webhook is no reference and needs none', () => {
  const config = parseConfig(
    `${TWO_DRIVES}[[signals.webhook]]\nurl = "https://a.example/"\ntokenFile = "/x/t"\n[web]\ntoken = "env:T"\n`,
  );
  expect(secretRefs(config)).toEqual([
    { field: 'signals.webhook #1.tokenFile', ref: { kind: 'file', path: '/x/t' } },
    { field: 'web.token', ref: { kind: 'env', name: 'T' } },
  ]);
});
