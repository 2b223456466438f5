/** Builds remotes and their witnesses; a pair shares its configuration and nothing else. */
import { ConfigError } from '../config/config-error.ts';
import type { Config, RemoteConfig, S3RemoteConfig } from '../config/schema.ts';
import type { SecretRef } from '../config/secret-ref.ts';
import { type Env, placed, resolveSecret } from '../config/secrets.ts';
import type { OffsitePair } from '../daemon/service-deps.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { LedgerReader } from '../ports/ledger.ts';
import { makeRemote, type RemoteOptions } from '../remotes/registry.ts';
import { makeWitness, type WitnessOptions } from '../witnesses/registry.ts';

export interface OffsiteParts {
  readonly clock: Clock;
  readonly hasher: Hasher;
  readonly env: Env;
  /** Undefined where there is no ledger yet. */
  readonly ledger: Pick<LedgerReader, 'lastSightingAt'> | undefined;
}

/** @throws ConfigError for a kind of remote that this version cannot use */
export function makeOffsite(config: Config, parts: OffsiteParts): readonly OffsitePair[] {
  const { clock, hasher, ledger, env } = parts;
  return config.remotes.map((remote) => ({
    remote: refusingBadBandwidth(remote, () =>
      makeRemote(remoteOptions(remote, env), {
        clock,
        hasher,
        usedBefore: async (id) => (await ledger?.lastSightingAt(id)) !== undefined,
      }),
    ),
    witness: makeWitness(witnessOptions(remote, env), { clock, hasher }),
  }));
}

function remoteOptions(remote: RemoteConfig, env: Env): RemoteOptions {
  const limit = limitOf(remote);
  switch (remote.kind) {
    case 's3':
      return { kind: 's3', ...s3Options(remote, env), ...limit };
    case 'folder':
      return { kind: 'folder', id: remote.name, path: remote.path, ...limit };
    default:
      throw notYet(remote);
  }
}

function witnessOptions(remote: RemoteConfig, env: Env): WitnessOptions {
  switch (remote.kind) {
    case 's3': {
      const { storageClass: _ofUploads, ...options } = s3Options(remote, env);
      return { kind: 's3', ...options };
    }
    case 'folder':
      return { kind: 'folder', id: remote.name, path: remote.path };
    default:
      throw notYet(remote);
  }
}

function s3Options(remote: S3RemoteConfig, env: Env) {
  const { name: id, endpoint, region, bucket, prefix, storageClass } = remote;
  return {
    id,
    region,
    bucket,
    prefix,
    storageClass,
    credentials: credentialsOf(remote, env),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function credentialsOf({ name, credentials }: S3RemoteConfig, env: Env) {
  if (credentials.kind === 'profile') return { profile: credentials.profile };
  const at = `remote "${name}".credentials`;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const secret = (field: string, ref: SecretRef): Promise<string> =>
    resolveSecret(placed(`${at}.${field}`, ref), env);
  return async () => ({
    accessKeyId: await secret('accessKeyId', accessKeyId),
    secretAccessKey: await secret('secretAccessKey', secretAccessKey),
    ...(sessionToken === undefined
      ? {}
      : { sessionToken: await secret('sessionToken', sessionToken) }),
  });
}

function notYet({ name, kind }: RemoteConfig): ConfigError {
  return new ConfigError({
    code: 'bad-value',
    field: `remote "${name}".kind`,
    value: kind,
    message: `remote "${name}": this version cannot send to "${kind}" yet.`,
    hint: 'Use kind = "s3", or kind = "folder" for a mounted place that stands elsewhere.',
  });
}

function limitOf(remote: RemoteConfig): { readonly bandwidth?: string } {
  if (!('bandwidth' in remote) || remote.bandwidth === undefined) return {};
  return { bandwidth: remote.bandwidth };
}

/** The bandwidth text is the remotes' own to read; what they cannot read is a mistake in the configuration. */
function refusingBadBandwidth<T>(remote: RemoteConfig, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { bandwidth } = limitOf(remote);
    if (!(error instanceof TypeError) || bandwidth === undefined) throw error;
    throw new ConfigError({
      code: 'bad-value',
      field: `remote "${remote.name}".bandwidth`,
      value: bandwidth,
      message: `remote "${remote.name}".bandwidth: ${error.message}.`,
      hint: 'For example: bandwidth = "08:00-19:00 2MB/s, else unlimited".',
    });
  }
}
