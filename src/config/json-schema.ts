/** The configuration as JSON Schema, for editors and for looking up what a field is. */
import { z } from 'zod';
import { configSchema } from './schema.ts';

/** The part of JSON Schema that our schema makes use of. */
export interface JsonSchema {
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
}

/** What may be written in the file (not what becomes of it), as docs/config.schema.json ships it. */
export function configJsonSchema(): JsonSchema {
  made ??= makeJsonSchema();
  return made;
}

/** Made when first asked for: most runs never need it. */
let made: JsonSchema | undefined;

function makeJsonSchema(): JsonSchema {
  // Draft 7 is what the editors' TOML plug-ins read.
  const generated: object = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      // zod drops the examples of fields that are converted; ours are written as in the file, so they hold.
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) Object.assign(jsonSchema, { examples });
    },
  });
  return {
    title: 'safelight configuration',
    description: 'The configuration of safelight, a TOML file. See docs/CONFIG.md.',
    ...generated,
  };
}

/**
 * The schema at a path of keys and list positions, or undefined where there is none. Where the kind decides, `raw`
 * (the value the path leads into) tells which branch.
 */
export function schemaAt(path: readonly PropertyKey[], raw: unknown): JsonSchema | undefined {
  let here: JsonSchema | undefined = branch(configJsonSchema(), raw);
  let value = raw;
  for (const key of path) {
    value = childOf(value, key);
    const child: JsonSchema | undefined =
      typeof key === 'number' ? here?.items : here?.properties?.[String(key)];
    here = child === undefined ? undefined : branch(child, value);
  }
  return here;
}

/** The value below a key or a list position; undefined where there is none. */
export function childOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** The branch whose `kind` is the value's; the schema itself when there is nothing to choose. */
function branch(schema: JsonSchema, value: unknown): JsonSchema {
  const kind = childOf(value, 'kind');
  return schema.oneOf?.find((one) => one.properties?.['kind']?.const === kind) ?? schema;
}
