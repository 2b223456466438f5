/** Turns what the schema refuses into words: the field, what stands there, and the fix. */
import type { z } from 'zod';
import type { ConfigProblem } from './config-error.ts';
import { childOf, schemaAt } from './json-schema.ts';
import { nearest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** The problem to tell first: a mistyped key often is the cause of the others. */
export function explainIssues(issues: readonly Issue[], raw: unknown): ConfigProblem {
  const first = issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0];
  if (first === undefined) throw new TypeError('there is no issue to explain');
  if (first.code === 'unrecognized_keys') return unknownKey(first.path, first.keys[0] ?? '', raw);
  const value = valueAt(first.path, raw);
  if (value === undefined) return missing(first, raw);
  return badValue(first, value, raw);
}

/** `remote "b2".bucket`, `destination #2.path`, `policy.copies`: list items by name, else by position from 1. */
export function fieldText(path: readonly PropertyKey[], raw: unknown): string {
  let out = '';
  let value = raw;
  for (const key of path) {
    value = childOf(value, key);
    if (typeof key === 'number') {
      const name = childOf(value, 'name');
      out += typeof name === 'string' && name !== '' ? ` ${JSON.stringify(name)}` : ` #${key + 1}`;
    } else {
      out += out === '' ? String(key) : `.${String(key)}`;
    }
  }
  return out;
}

/** A value as TOML would have it, shortened. */
export function valueText(value: unknown): string {
  const text = tomlText(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function unknownKey(at: readonly PropertyKey[], key: string, raw: unknown): ConfigProblem {
  const known = Object.keys(schemaAt(at, raw)?.properties ?? {});
  const meant = nearest(key, known);
  const path = [...at, key];
  const where = at.length === 0 ? 'the configuration' : fieldText(at, raw);
  const list = known.length === 0 ? '' : ` Known in ${where}: ${known.join(', ')}.`;
  // Whoever mistypes the name of a secret's field may have put the secret there: texts are not shown.
  const shown = shownValue(
    path,
    valueAt(path, raw),
    meant === undefined ? undefined : [...at, meant],
  );
  const stands = shown === '' ? '' : ` (its value is ${shown})`;
  return {
    code: 'unknown-key',
    field: fieldText(path, raw),
    value: shown,
    message: `There is no field "${key}" in ${where}${stands}.`,
    hint: meant === undefined ? `Take it out.${list}` : `Did you mean "${meant}"?`,
  };
}

function missing(issue: Issue, raw: unknown): ConfigProblem {
  const field = fieldText(issue.path, raw);
  const parent = valueAt(issue.path.slice(0, -1), raw);
  const key = String(issue.path.at(-1) ?? '');
  const near = nearest(
    key,
    typeof parent === 'object' && parent !== null ? Object.keys(parent) : [],
  );
  return {
    code: 'missing',
    field,
    value: '',
    message: `${field} is missing.`,
    hint: near === undefined ? hintFor(issue, raw) : `Did you write "${near}" for it?`,
  };
}

function badValue(issue: Issue, value: unknown, raw: unknown): ConfigProblem {
  const field = fieldText(issue.path, raw);
  const shown = shownValue(issue.path, value, issue.path);
  const not = shown === '' ? '' : `, not ${shown}`;
  return {
    code: 'bad-value',
    field,
    value: shown,
    message: `${field} ${demandOf(issue)}${not}.`,
    hint: hintFor(issue, raw, value),
  };
}

/** What follows the field's name: "must be one of …". */
function demandOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_WORDS.get(issue.expected) ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
    case 'invalid_union':
      return `must be one of ${kindsOf(issue)}`;
    case 'too_small':
      return issue.message.startsWith('must') ? issue.message : `must be at least ${issue.minimum}`;
    default:
      return issue.message;
  }
}

const TYPE_WORDS: ReadonlyMap<string, string> = new Map([
  ['string', 'text in quotes'],
  ['int', 'a whole number'],
  ['number', 'a number without quotes'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a table'],
]);

function kindsOf(issue: Issue): string {
  const options: unknown = 'options' in issue ? issue.options : undefined;
  return Array.isArray(options)
    ? options.map((o) => JSON.stringify(o)).join(', ')
    : 'the known kinds';
}

function hintFor(issue: Issue, raw: unknown, value?: unknown): string {
  const params: unknown = issue.code === 'custom' ? issue.params : undefined;
  const own = childOf(params, 'hint');
  if (typeof own === 'string') return own;
  const choices = choicesOf(issue);
  const meant = typeof value === 'string' ? nearest(value, choices) : undefined;
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  if (issue.code === 'invalid_union') return `For example: kind = "${choices[0] ?? ''}".`;
  return exampleHint(issue.path, raw);
}

function choicesOf(issue: Issue): readonly string[] {
  const options: unknown = 'options' in issue ? issue.options : undefined;
  const values: unknown = issue.code === 'invalid_value' ? issue.values : options;
  return Array.isArray(values) ? values.filter((v) => typeof v === 'string') : [];
}

function exampleHint(path: readonly PropertyKey[], raw: unknown): string {
  const own = schemaAt(path, raw);
  const inList = own?.examples === undefined && typeof path.at(-1) === 'number';
  const at = inList ? path.slice(0, -1) : path;
  const { description = '', examples = [] } = schemaAt(at, raw) ?? {};
  const example =
    examples.length === 0 ? '' : `For example: ${String(at.at(-1))} = ${tomlText(examples[0])}.`;
  return [description, example].filter((part) => part !== '').join(' ') || 'See docs/CONFIG.md.';
}

/** Fields whose value is a secret, may hold one, or is an address that works as a password. */
const DELICATE = /credential|secret|token|password|passwd|key|url|endpoint|^remote$|command/i;

/** The value to show, or nothing when it might be a secret. `known` is the field it is, or is taken for. */
function shownValue(
  path: readonly PropertyKey[],
  value: unknown,
  known: readonly PropertyKey[] | undefined,
): string {
  if (typeof value === 'boolean' || typeof value === 'number') {
    return isDelicate(path) ? '' : valueText(value);
  }
  if (known === undefined || isDelicate(path) || isDelicate(known)) return '';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'a table';
  return valueText(value);
}

function isDelicate(path: readonly PropertyKey[]): boolean {
  // The first key is the table: `remote` there is no connection string.
  return path.some((key, depth) => depth > 0 && DELICATE.test(String(key)));
}

function valueAt(path: readonly PropertyKey[], raw: unknown): unknown {
  return path.reduce<unknown>((value, key) => childOf(value, key), raw);
}

function tomlText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => tomlText(v)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (value instanceof Date) return value.toISOString();
  const pairs = Object.entries(value).map(([key, v]) => `${key} = ${tomlText(v)}`);
  return `{ ${pairs.join(', ')} }`;
}
