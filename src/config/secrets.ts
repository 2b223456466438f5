/** Looks secrets up where the configuration says they are. No sentence of this file ever holds one. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from './config-error.ts';
import { errnoOf } from './errno.ts';
import type { Config, RemoteConfig, WebhookConfig } from './schema.ts';
import { type SecretRef, secretRefText } from './secret-ref.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** A reference and the field it stands in. */
export interface PlacedRef {
  readonly field: string;
  readonly ref: SecretRef;
}

/** Every reference of a configuration. */
export function secretRefs(config: Config): readonly PlacedRef[] {
  return [
    ...config.remotes.flatMap((remote) => remoteRefs(remote)),
    ...config.signals.webhooks.flatMap((webhook, i) =>
      tokenRef(webhook, `signals.webhook #${i + 1}`),
    ),
    ...tokenRef(config.web, 'web'),
  ];
}

function remoteRefs(remote: RemoteConfig): readonly PlacedRef[] {
  if (remote.kind !== 's3' || remote.credentials.kind !== 'keys') return [];
  const { accessKeyId, secretAccessKey, sessionToken } = remote.credentials;
  const at = `remote "${remote.name}".credentials`;
  return [
    placed(`${at}.accessKeyId`, accessKeyId),
    placed(`${at}.secretAccessKey`, secretAccessKey),
    ...(sessionToken === undefined ? [] : [placed(`${at}.sessionToken`, sessionToken)]),
  ];
}

function tokenRef(owner: Pick<WebhookConfig, 'token'>, at: string): readonly PlacedRef[] {
  return owner.token === undefined ? [] : [placed(`${at}.token`, owner.token)];
}

/** The name of the field as it stands in the file: `tokenFile` for a file, `token` for the rest. */
export function placed(field: string, ref: SecretRef): PlacedRef {
  return { field: ref.kind === 'file' ? `${field}File` : field, ref };
}

/**
 * Reads one secret, without the line end that editors add. Asked for each time it is needed, so that a key can be
 * changed without a restart.
 * @throws ConfigError `missing`, `unreadable` or `too-open`
 */
export async function resolveSecret({ field, ref }: PlacedRef, env: Env): Promise<string> {
  const found = await lookUp({ field, ref }, env);
  const secret = found.replace(/\r?\n$/, '');
  if (secret !== '') return secret;
  throw secretError('missing', { field, ref }, 'is empty', 'Put the secret there.');
}

async function lookUp({ field, ref }: PlacedRef, env: Env): Promise<string> {
  switch (ref.kind) {
    case 'env': {
      const value = env[ref.name];
      if (value !== undefined) return value;
      const hint = `Set ${ref.name} in the environment of the service.`;
      throw secretError('missing', { field, ref }, 'is not set', hint);
    }
    case 'credential': {
      const folder = env['CREDENTIALS_DIRECTORY'] ?? '';
      if (folder !== '') return readSecretFile({ field, ref }, join(folder, ref.name));
      const hint = `Add LoadCredential=${ref.name}:/path/of/the/secret to the systemd unit, or use a file.`;
      throw secretError('missing', { field, ref }, 'was not handed over by systemd', hint);
    }
    case 'file':
      await refuseIfOpen({ field, ref }, ref.path);
      return readSecretFile({ field, ref }, ref.path);
    default:
      throw new TypeError('unknown kind of secret reference');
  }
}

async function readSecretFile(at: PlacedRef, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw fileError(at, cause);
  }
}

/**
 * Refuses a secret file that others on this machine can read. Files that are not there or may not be looked at pass:
 * that is told when the secret is needed, and then only that remote is in trouble.
 * Credentials of systemd are not looked at: it guards them itself, and an access list makes their mode look open.
 * @throws ConfigError `too-open`
 */
export async function refuseOpenSecrets(refs: readonly PlacedRef[]): Promise<void> {
  for (const at of refs) {
    if (at.ref.kind !== 'file') continue;
    try {
      await refuseIfOpen(at, at.ref.path);
    } catch (error) {
      if (error instanceof ConfigError && error.code !== 'too-open') continue;
      throw error;
    }
  }
}

async function refuseIfOpen(at: PlacedRef, path: string): Promise<void> {
  try {
    // Links are followed first: what counts is where the bytes lie.
    const real = await realpath(path);
    const { mode } = await stat(real);
    if ((mode & 0o077) === 0 || !(await othersCanReach(dirname(real)))) return;
    const shown = (mode & 0o777).toString(8).padStart(3, '0');
    const what = `can be read by others on this machine (mode ${shown})`;
    throw secretError('too-open', at, what, `Close it: chmod 600 ${path}`);
  } catch (error) {
    throw error instanceof ConfigError ? error : fileError(at, error);
  }
}

/** A folder that only its owner may enter closes everything in it. */
async function othersCanReach(folder: string): Promise<boolean> {
  if (((await stat(folder)).mode & 0o011) === 0) return false;
  const above = dirname(folder);
  return above === folder ? true : othersCanReach(above);
}

function fileError(at: PlacedRef, cause: unknown): ConfigError {
  const code = errnoOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return secretError('missing', at, 'does not exist', 'Create it, or correct the path.');
  }
  const hint = 'See that the user of the service owns the file and may read it.';
  return secretError('unreadable', at, `cannot be read (${code})`, hint);
}

function secretError(
  code: 'missing' | 'unreadable' | 'too-open',
  { field, ref }: PlacedRef,
  what: string,
  hint: string,
): ConfigError {
  const value = secretRefText(ref);
  return new ConfigError({ code, field, value, message: `${field}: ${value} ${what}.`, hint });
}
