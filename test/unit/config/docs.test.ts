/** What people and editors are told about the configuration is what the schema says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG_TEXT } from '../../../src/config/example.ts';
import { configJsonSchema, type JsonSchema } from '../../../src/config/json-schema.ts';
import { ROOT } from '../../architecture/source-files.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('docs/config.schema.json is current (made by scripts/make-config-schema.mjs)', () => {
  const shipped: unknown = JSON.parse(read('docs/config.schema.json'));
  expect(shipped).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

interface Field {
  /** The table it stands in, as its heading in docs/CONFIG.md begins. */
  readonly table: string;
  readonly key: string;
  readonly schema: JsonSchema;
}

function fieldsOf(schema: JsonSchema, table: string): Field[] {
  const own = Object.entries(schema.properties ?? {});
  return [
    ...own.flatMap(([key, child]) => [{ table, key, schema: child }, ...fieldsOf(child, table)]),
    ...(schema.items === undefined ? [] : fieldsOf(schema.items, table)),
    ...(schema.oneOf ?? []).flatMap((one) => fieldsOf(one, table)),
  ];
}

const TABLES = Object.entries(configJsonSchema().properties ?? {});
const FIELDS = TABLES.flatMap(([table, schema]) => fieldsOf(schema, table));

describe('docs/CONFIG.md', () => {
  const sections = new Map(
    read('docs/CONFIG.md')
      .split(/^## /m)
      .slice(1)
      .map((section) => [/^`\[{1,2}(\w+)/.exec(section)?.[1], section] as const),
  );

  test('there are fields to look for', () => {
    expect(FIELDS.length).toBeGreaterThan(60);
  });

  test.each(FIELDS.map(({ table, key }) => `${table}.${key}`))('explains %s', (name) => {
    const [table, key = ''] = name.split('.');
    const section = sections.get(table) ?? '';
    // A table within a table is named by its heading, as in [signals.desktop].
    expect(section.includes(`\`${key}\``) || section.includes(`[signals.${key}]`)).toBe(true);
  });

  test('explains nothing that does not exist', () => {
    const known = new Set(FIELDS.map(({ table, key }) => `${table}.${key}`));
    const told = [...sections].flatMap(([table, section]) =>
      table === undefined
        ? []
        : [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, keys = '']) =>
            [...keys.matchAll(/\w+/g)].map(([key]) => `${table}.${key}`),
          ),
    );
    expect(told.length).toBeGreaterThan(40);
    expect(told.filter((name) => !known.has(name))).toEqual([]);
  });

  test('holds the example to start from', () => {
    expect(read('docs/CONFIG.md')).toContain(`\`\`\`toml\n${DEFAULT_CONFIG_TEXT}\`\`\`\n`);
  });
});

test('every field has a description and an example, which is what a refusal tells', () => {
  const silent = FIELDS.filter(
    ({ schema }) => schema.description === undefined || schema.examples === undefined,
  );
  expect(silent.map(({ table, key }) => `${table}.${key}`)).toEqual([]);
});
