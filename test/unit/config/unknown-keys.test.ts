/** No key that we do not know is ever passed over, wherever it stands. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { ConfigError } from '../../../src/config/config-error.ts';
import { configJsonSchema, type JsonSchema } from '../../../src/config/json-schema.ts';
import { parseConfig } from '../../../src/config/load.ts';

/** A configuration with every table in it once, so that there is a place for a stray key in each. */
function everything() {
  return {
    destination: [
      { name: 'a', path: '/mnt/a' },
      { name: 'b', path: '/mnt/b' },
    ],
    remote: [
      {
        name: 's',
        kind: 's3',
        region: 'r',
        bucket: 'b',
        credentials: { profile: 'p' },
      },
      { name: 'r', kind: 'rclone', remote: 'x:y' },
      { name: 'p', kind: 'backblaze-personal' },
      { name: 'f', kind: 'folder', path: '/mnt/f' },
    ],
    policy: { copies: 2 },
    cards: { watch: ['/srv/in'] },
    signals: {
      desktop: { enabled: false },
      led: [
        { kind: 'sysfs', name: 'l' },
        { kind: 'blink1' },
        { kind: 'command', command: ['true'] },
      ],
      webhook: [{ url: 'https://example.com/' }],
    },
    audit: { drives: '1d' },
    web: { listen: '[::1]:1' },
  };
}

/** Every table of a value, the outermost included. */
function tablesIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.values(value).flatMap((child) => tablesIn(child));
  return Array.isArray(value) ? below : [value, ...below];
}

function knownKeys(schema: JsonSchema): string[] {
  const own = Object.entries(schema.properties ?? {});
  return [
    ...own.flatMap(([key, child]) => [key, ...knownKeys(child)]),
    ...(schema.items === undefined ? [] : knownKeys(schema.items)),
    ...(schema.oneOf ?? []).flatMap((one) => knownKeys(one)),
  ];
}

const KNOWN = new Set(knownKeys(configJsonSchema()));
const TABLES = tablesIn(everything()).length;

test('without a stray key it is taken', () => {
  expect(parseConfig(stringify(everything())).remotes).toHaveLength(4);
  expect(TABLES).toBe(18);
});

test('a stray key is refused in every table, and named', () => {
  const strayKey = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,14}$/).filter((k) => !KNOWN.has(k));
  const strayValue = fc.oneof(fc.string(), fc.integer({ max: 2 ** 40 }), fc.boolean());
  fc.assert(
    fc.property(fc.nat(TABLES - 1), strayKey, strayValue, (at, key, value) => {
      const config = everything();
      const table = tablesIn(config)[at];
      if (table === undefined) throw new Error('no such table');
      Object.assign(table, { [key]: value });
      const error = refusalOf(stringify(config));
      expect(error.code).toBe('unknown-key');
      expect(error.field.endsWith(key)).toBe(true);
      expect(error.message).toContain(`"${key}"`);
      expect(error.hint).not.toBe('');
    }),
  );
});

function refusalOf(text: string): ConfigError {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`was not refused:\n${text}`);
}
