/** Finds the configuration, reads it, and refuses it with field, value and fix when anything in it is wrong. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { configCandidates, type PlatformFacts } from '../platform/paths.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type ConfigWarning, findConflict, warningsFor } from './cross-checks.ts';
import { errnoOf } from './errno.ts';
import { explainIssues } from './explain-issue.ts';
import { type Config, configSchema } from './schema.ts';
import { type Env, refuseOpenSecrets, secretRefs } from './secrets.ts';

export interface LoadRequest {
  /** What stood after --config. */
  readonly configFlag?: string;
  readonly env: Env;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file it came from. */
  readonly path: string;
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Reads the first configuration of the search order. A file that was named but is not there is an error, never a
 * reason to take the next.
 * @throws ConfigError
 */
export async function loadConfig({ configFlag, env }: LoadRequest): Promise<LoadedConfig> {
  const facts: PlatformFacts = { env, ...(configFlag === undefined ? {} : { flag: configFlag }) };
  const { path, text } = await firstReadable(configCandidates(facts));
  try {
    const config = parseConfig(text);
    await refuseOpenSecrets(secretRefs(config));
    return { config, path, warnings: warningsFor(config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { code, field, value, hint } = error;
    throw new ConfigError({ code, field, value, hint, message: `${path}: ${error.message}` });
  }
}

/**
 * Checks a configuration given as text. Touches no file.
 * @throws ConfigError
 */
export function parseConfig(text: string): Config {
  const raw = parseToml(text);
  const result = configSchema.safeParse(raw);
  if (!result.success) throw new ConfigError(explainIssues(result.error.issues, raw));
  const conflict = findConflict(result.data);
  if (conflict !== undefined) throw new ConfigError(conflict);
  return result.data;
}

function parseToml(text: string): unknown {
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new ConfigError(syntaxProblem(error));
  }
}

/** The parser's first line says what is wrong; the lines after it quote the file, where a secret may stand. */
function syntaxProblem(error: TomlError): ConfigProblem {
  const what = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '') ?? '';
  return {
    code: 'syntax',
    field: `line ${error.line}`,
    value: '',
    message: `Line ${error.line}, column ${error.column} is not valid TOML: ${what}.`,
    hint: SYNTAX_HINTS.get(what) ?? 'Texts need quotes: name = "working". See docs/CONFIG.md.',
  };
}

const SYNTAX_HINTS: ReadonlyMap<string, string> = new Map([
  [
    'trying to redefine an already defined table or value',
    'This key or table stands there twice; for one more drive or remote write [[destination]] or [[remote]] with two brackets.',
  ],
]);

async function firstReadable(
  candidates: readonly { readonly path: string; readonly named: boolean }[],
): Promise<{ readonly path: string; readonly text: string }> {
  for (const { path: given, named } of candidates) {
    const path = resolve(given);
    const text = await readIfThere(path);
    if (text !== undefined) return { path, text };
    if (named) throw noConfig(path, `There is no configuration at ${path}.`);
  }
  const looked = candidates.map(({ path }) => path).join(', ');
  throw noConfig('', `There is no configuration; looked at ${looked}.`);
}

function noConfig(value: string, message: string): ConfigError {
  return new ConfigError({
    code: 'missing',
    field: 'config',
    value,
    message,
    hint: 'Name it with --config FILE, or write one: docs/CONFIG.md has an example to start from.',
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const code = errnoOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : code;
    throw new ConfigError(
      {
        code: 'unreadable',
        field: 'config',
        value: path,
        message: `The configuration ${path} cannot be read: ${why}.`,
        hint: 'See that it is a text file and that the user of the service may read it.',
      },
      { cause },
    );
  }
}
