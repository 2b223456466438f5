/** The configuration of the contract loads, every field of it, and means what it says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG_TEXT } from '../../../src/config/example.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { TWO_DRIVES } from './support.ts';

const CONTRACT = readFileSync(new URL('fixtures/contract.toml', import.meta.url), 'utf8');

describe('the contract', () => {
  test('loads with every field', () => {
    expect(parseConfig(CONTRACT)).toEqual({
      destinations: [
        { name: 'working', path: '/mnt/work/Ingest' },
        { name: 'backup', path: '/mnt/backup/Ingest' },
      ],
      remotes: [
        {
          name: 'b2',
          kind: 's3',
          offsite: true,
          endpoint: 'https://s3.eu-central-003.backblazeb2.com',
          region: 'eu-central-003',
          bucket: 'studio-originals',
          prefix: 'cards',
          storageClass: 'STANDARD',
          credentials: {
            kind: 'keys',
            accessKeyId: { kind: 'file', path: '/etc/safelight/b2.id' },
            secretAccessKey: { kind: 'file', path: '/etc/safelight/b2.key' },
          },
          bandwidth: '08:00-19:00 2MB/s, else unlimited',
        },
        { name: 'drive', kind: 'rclone', offsite: true, remote: 'gdrive:Originals' },
        {
          name: 'parents-nas',
          kind: 'folder',
          path: '/mnt/parents-nas/Originals',
          offsite: true,
        },
      ],
      policy: {
        copies: 2,
        offsite: 1,
        minimumGrade: "B'",
        maxEvidenceAgeMs: 2_592_000_000,
        sourceVerify: 'sample',
      },
      cards: {
        mount: 'auto',
        watch: ['/srv/ftp-in'],
        watchSettleMs: 30_000,
        loopDevices: false,
        folder: '{date}/{label}_{card}',
        ignore: [],
        eject: 'when-safe',
      },
      signals: {
        desktop: { enabled: true },
        leds: [{ kind: 'sysfs', name: 'safelight:status', root: '/sys/class/leds' }],
        webhooks: [
          {
            url: 'https://ntfy.sh/my-topic',
            format: 'ntfy',
            on: ['on-two-drives', 'safe', 'hold', 'alarm'],
          },
        ],
      },
      audit: {
        drivesEveryMs: 2_592_000_000,
        offsiteEveryMs: 604_800_000,
        sampleShare: 0.01,
        heartbeatUrl: 'https://hc-ping.com/…',
      },
      web: { listen: { host: '127.0.0.1', port: 7878, loopback: true } },
    });
  });

  test('what it leaves out has the same values by default', () => {
    const whole = parseConfig(CONTRACT);
    const bare = parseConfig(TWO_DRIVES);
    expect(bare.policy).toEqual(whole.policy);
    expect(bare.cards).toEqual({ ...whole.cards, watch: [] });
    expect(bare.web).toEqual(whole.web);
    expect(bare.signals).toEqual({ desktop: { enabled: true }, leds: [], webhooks: [] });
    const { heartbeatUrl: _none, ...audit } = whole.audit;
    expect(bare.audit).toEqual(audit);
    expect(bare.remotes).toEqual([]);
  });
});

describe('the example to start from', () => {
  test('loads as it is', () => {
    expect(parseConfig(DEFAULT_CONFIG_TEXT).destinations).toHaveLength(2);
  });

  test('loads with everything switched on, and is then the contract', () => {
    const on = DEFAULT_CONFIG_TEXT.replace(/^#(?=\S)/gm, '');
    const expected = parseConfig(CONTRACT);
    expect(parseConfig(on)).toEqual({
      ...expected,
      audit: { ...expected.audit, heartbeatUrl: 'https://hc-ping.com/your-check' },
    });
  });
});

test.each([
  ['an AWS profile', '{ profile = "studio" }', { kind: 'profile', profile: 'studio' }],
  [
    'variables and credentials of systemd',
    '{ accessKeyId = "env:KEY_ID", secretAccessKey = "credential:b2.key", sessionToken = "env:TOKEN" }',
    {
      kind: 'keys',
      accessKeyId: { kind: 'env', name: 'KEY_ID' },
      secretAccessKey: { kind: 'credential', name: 'b2.key' },
      sessionToken: { kind: 'env', name: 'TOKEN' },
    },
  ],
])('credentials by %s', (_what, credentials, expected) => {
  const { remotes } = parseConfig(
    `${TWO_DRIVES}[[remote]]\nname = "s"\nkind = "s3"\nregion = "eu-central-1"\nbucket = "b"\ncredentials = ${credentials}\n`,
  );
  expect(remotes[0]).toMatchObject({ credentials: expected, storageClass: 'STANDARD', prefix: '' });
});

test('a server of our own needs no region', () => {
  const { remotes } = parseConfig(
    `${TWO_DRIVES}[[remote]]\nname = "s"\nkind = "s3"\nendpoint = "http://127.0.0.1:8000/"\nbucket = "b"\nprefix = "/a//b/"\ncredentials = { profile = "p" }\n`,
  );
  expect(remotes[0]).toMatchObject({
    endpoint: 'http://127.0.0.1:8000',
    region: 'us-east-1',
    prefix: 'a/b',
  });
});

test('a byte order mark from a Windows editor does no harm', () => {
  expect(parseConfig(`\uFEFF${TWO_DRIVES}`).destinations).toHaveLength(2);
});
