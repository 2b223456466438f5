/** What is wrong, or worth saying, only when fields are looked at together. */
import type { ConfigProblem } from './config-error.ts';
import type { Config, RemoteConfig } from './schema.ts';
import { isLoopback } from './values.ts';

/** Something that works, but perhaps not as the person thinks. */
export interface ConfigWarning {
  readonly field: string;
  readonly sentence: string;
  readonly hint: string;
}

/** The first conflict, or undefined when there is none. Looks at texts only, never at the drives. */
export function findConflict(config: Config): ConfigProblem | undefined {
  return (
    sameName(config) ??
    tooFewDestinations(config) ??
    overlap(placesOf(config)) ??
    sameBucket(config) ??
    openPage(config)
  );
}

function conflict(field: string, value: string, message: string, hint: string): ConfigProblem {
  return { code: 'conflict', field, value, message, hint };
}

/** Sentences and troubles name a place by its name alone, so destinations and remotes share one set of names. */
function sameName({ destinations, remotes }: Config): ConfigProblem | undefined {
  const seen = new Map<string, string>();
  const named = [
    ...destinations.map(({ name }, i) => ({ name, table: 'destination', i })),
    ...remotes.map(({ name }, i) => ({ name, table: 'remote', i })),
  ];
  for (const { name, table, i } of named) {
    const folded = name.toLowerCase();
    const first = seen.get(folded);
    const field = `${table} #${i + 1}.name`;
    if (first !== undefined) {
      return conflict(
        field,
        JSON.stringify(name),
        `${field} is "${name}", the name that ${first} has already.`,
        'Give each destination and remote a name of its own (capitals make no difference).',
      );
    }
    seen.set(folded, `${table} #${i + 1}`);
  }
  return undefined;
}

function tooFewDestinations({ destinations, policy }: Config): ConfigProblem | undefined {
  if (destinations.length >= policy.copies) return undefined;
  const have =
    destinations.length === 1 ? 'is 1 destination' : `are ${destinations.length} destinations`;
  return conflict(
    'destination',
    String(destinations.length),
    `There ${have}, but policy.copies asks for ${policy.copies}.`,
    'Add [[destination]] tables, each with a name and a path on a disk of its own.',
  );
}

interface Place {
  readonly field: string;
  readonly path: string;
  /** How a sentence calls it. */
  readonly called: string;
}

function placesOf({ destinations, remotes, cards }: Config): readonly Place[] {
  return [
    ...destinations.map(({ name, path }) => ({
      field: `destination "${name}".path`,
      path,
      called: `destination "${name}"`,
    })),
    ...remotes.flatMap((remote) =>
      remote.kind === 'folder'
        ? [
            {
              field: `remote "${remote.name}".path`,
              path: remote.path,
              called: `remote "${remote.name}"`,
            },
          ]
        : [],
    ),
    ...cards.watch.map((path, i) => ({
      field: `cards.watch #${i + 1}`,
      path,
      called: `cards.watch #${i + 1}`,
    })),
  ];
}

/** Copies within copies would be counted twice, and a watch folder around a destination would copy its own copies. */
function overlap(places: readonly Place[]): ConfigProblem | undefined {
  for (const [i, later] of places.entries()) {
    const earlier = places.slice(0, i).find((one) => nested(one.path, later.path));
    if (earlier === undefined) continue;
    const how = earlier.path === later.path ? 'the same folder as' : howNested(earlier, later);
    return conflict(
      later.field,
      JSON.stringify(later.path),
      `${later.field} is "${later.path}", ${how} ${earlier.called} ("${earlier.path}").`,
      'Give each its own folder, none inside another; destinations need disks of their own.',
    );
  }
  return undefined;
}

function nested(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function howNested(earlier: Place, later: Place): string {
  return later.path.startsWith(`${earlier.path}/`) ? 'inside' : 'around';
}

/** Remotes are counted as places of their own; whatever the prefix, one bucket is one place. */
function sameBucket({ remotes }: Config): ConfigProblem | undefined {
  const seen = new Map<string, string>();
  for (const remote of remotes) {
    if (remote.kind !== 's3') continue;
    const { name, endpoint, bucket } = remote;
    // Without an endpoint it is Amazon's, where a bucket's name is its own in all regions.
    const where = `${endpoint === undefined ? '' : new URL(endpoint).host}/${bucket}`;
    const first = seen.get(where);
    if (first !== undefined) {
      const field = `remote "${name}".bucket`;
      return conflict(
        field,
        JSON.stringify(bucket),
        `${field} is "${bucket}", the bucket of remote "${first}": what is lost there is lost for both, and would be counted twice.`,
        'Take one of the two out, or give it a bucket elsewhere.',
      );
    }
    seen.set(where, name);
  }
  return undefined;
}

function openPage({ web }: Config): ConfigProblem | undefined {
  if (web.listen.loopback || web.token !== undefined) return undefined;
  const { host, port } = web.listen;
  const shown = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return conflict(
    'web.listen',
    JSON.stringify(shown),
    `web.listen is "${shown}", which others can reach, but there is no token.`,
    'Add tokenFile = "/etc/safelight/web.token", or listen on 127.0.0.1.',
  );
}

/** What is allowed, but should not go unsaid. */
export function warningsFor(config: Config): readonly ConfigWarning[] {
  return [
    ...offsiteWarnings(config),
    ...config.remotes.flatMap((remote) => remoteWarnings(remote, config)),
    ...auditWarnings(config),
  ];
}

function offsiteWarnings({ remotes, policy }: Config): readonly ConfigWarning[] {
  const counting = remotes.filter((remote) => remote.offsite).length;
  if (counting >= policy.offsite) return [];
  const have =
    counting === 0 ? 'No remote stands offsite' : `Only ${counting} remote(s) stand offsite`;
  return [
    {
      field: 'remote',
      sentence: `${have}, and policy.offsite asks for ${policy.offsite}: no card will ever be safe to format.`,
      hint: 'Add a [[remote]]; for a mounted NAS that stands elsewhere say offsite = true.',
    },
  ];
}

function remoteWarnings(remote: RemoteConfig, { policy }: Config): readonly ConfigWarning[] {
  const field = `remote "${remote.name}"`;
  const warnings: ConfigWarning[] = [];
  const grade = remote.minimumGrade;
  if (grade === 'C' || grade === 'D') {
    warnings.push({
      field: `${field}.minimumGrade`,
      sentence: `At ${field} grade ${grade} counts, by your choice: nobody but the sender vouches for what is stored there.`,
      hint: 'Take minimumGrade out to go back to real proof.',
    });
  }
  if (remote.kind === 'backblaze-personal' && grade === undefined && remote.offsite) {
    warnings.push({
      field: `${field}.minimumGrade`,
      sentence: `At ${field} there is only the client's own record (grade C), so it shows and reminds but never counts.`,
      hint: 'Add a remote that gives its own checksum; lowering this one to minimumGrade = "C" is possible, but no proof.',
    });
  }
  if (remote.kind !== 's3') return warnings;
  const cold = remote.storageClass === 'GLACIER' || remote.storageClass === 'DEEP_ARCHIVE';
  if (cold && (grade ?? policy.minimumGrade) === 'A') {
    warnings.push({
      field: `${field}.minimumGrade`,
      sentence: `Grade A fetches every file back, which ${field} cannot do from ${remote.storageClass} without a restore.`,
      hint: 'Use minimumGrade = "B" for it, or another storage class.',
    });
  }
  if (remote.endpoint !== undefined && sentInTheClear(remote.endpoint)) {
    warnings.push({
      field: `${field}.endpoint`,
      sentence: `${field} is reached without encryption, over the network.`,
      hint: 'Use the https:// address of the server.',
    });
  }
  return warnings;
}

function sentInTheClear(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === 'http:' && !isLoopback(hostname);
}

function auditWarnings({ audit, policy }: Config): readonly ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  if (audit.drivesEveryMs > policy.maxEvidenceAgeMs) {
    warnings.push(lateAudit('audit.drives', 'copies on drives'));
  }
  if (audit.offsiteEveryMs > policy.maxEvidenceAgeMs) {
    warnings.push(lateAudit('audit.offsite', 'copies at remotes'));
  }
  return warnings;
}

function lateAudit(field: string, what: string): ConfigWarning {
  return {
    field,
    sentence: `${field} is longer than policy.maxEvidenceAge: ${what} will count as too old before they are looked at again.`,
    hint: 'Make it shorter than maxEvidenceAge.',
  };
}
