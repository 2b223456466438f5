/** The fields of `[[remote]]`, one set for each kind of store. */
import { z } from 'zod';
import { about, absolutePath, folderPath, parsed, remoteName, secretText, text } from './fields.ts';
import type { SecretRef } from './secret-ref.ts';
import { parseHttpUrl } from './values.ts';

/** How an S3 store knows us. */
export type S3Credentials =
  | {
      readonly kind: 'keys';
      readonly accessKeyId: SecretRef;
      readonly secretAccessKey: SecretRef;
      readonly sessionToken?: SecretRef;
    }
  /** A profile of the AWS configuration of the service's user. */
  | { readonly kind: 'profile'; readonly profile: string };

const KEY_ID_HINT = 'For example: accessKeyIdFile = "/etc/safelight/b2.id".';
const SECRET_HINT = 'For example: secretAccessKeyFile = "/etc/safelight/b2.key".';

const credentials = z
  .strictObject({
    accessKeyIdFile: absolutePath()
      .exactOptional()
      .meta(about('File that holds the access key id.', '/etc/safelight/b2.id')),
    accessKeyId: secretText()
      .exactOptional()
      .meta(about('Where the access key id is, when it is in no file.', 'env:B2_KEY_ID')),
    secretAccessKeyFile: absolutePath()
      .exactOptional()
      .meta(
        about(
          'File that holds the secret key; only its owner may read it.',
          '/etc/safelight/b2.key',
        ),
      ),
    secretAccessKey: secretText()
      .exactOptional()
      .meta(about('Where the secret key is, when it is in no file.', 'credential:b2.key')),
    sessionTokenFile: absolutePath()
      .exactOptional()
      .meta(about('File that holds a session token, if one is needed.', '/run/safelight/token')),
    sessionToken: secretText()
      .exactOptional()
      .meta(about('Where the session token is, when it is in no file.', 'env:AWS_SESSION_TOKEN')),
    profile: text()
      .exactOptional()
      .meta(about("A profile of the AWS configuration of the service's user.", 'studio')),
  })
  .transform((given, context): S3Credentials => {
    const refuse = (key: string, message: string, hint: string): never => {
      context.issues.push({ code: 'custom', path: [key], message, input: given, params: { hint } });
      return z.NEVER;
    };
    const { profile, ...keys } = given;
    if (profile !== undefined) {
      const [other] = Object.keys(keys);
      if (other === undefined) return { kind: 'profile', profile };
      return refuse('profile', `cannot stand beside ${other}`, 'Keep one of the two.');
    }
    for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
      if (given[name] === undefined || given[`${name}File`] === undefined) continue;
      return refuse(name, `cannot stand beside ${name}File`, 'Keep one of the two.');
    }
    const accessKeyId = one(given.accessKeyIdFile, given.accessKeyId);
    const secretAccessKey = one(given.secretAccessKeyFile, given.secretAccessKey);
    const sessionToken = one(given.sessionTokenFile, given.sessionToken);
    if (accessKeyId === undefined) return refuse('accessKeyIdFile', 'is missing', KEY_ID_HINT);
    if (secretAccessKey === undefined) {
      return refuse('secretAccessKeyFile', 'is missing', SECRET_HINT);
    }
    const token = sessionToken === undefined ? {} : { sessionToken };
    return { kind: 'keys', accessKeyId, secretAccessKey, ...token };
  });

function one(path: string | undefined, ref: SecretRef | undefined): SecretRef | undefined {
  return path === undefined ? ref : { kind: 'file', path };
}

const GRADES = ['A', 'B', "B'", 'C', 'D'] as const;

const named = {
  name: remoteName().meta(about('What the remote is called, everywhere.', 'b2')),
  minimumGrade: z
    .enum(GRADES)
    .exactOptional()
    .meta(
      about(
        'The least grade that counts for this remote alone. C and D are no proof: lowering to them is yours to answer for, and every face says so.',
        'A',
      ),
    ),
};

const elsewhere = z
  .boolean()
  .default(true)
  .meta(about('Whether it stands elsewhere. Say false for a store in the same house.', false));

const bandwidth = text()
  .exactOptional()
  .meta(
    about(
      'How fast it may send, and when. No limit when left out.',
      '08:00-19:00 2MB/s, else unlimited',
    ),
  );

const prefix = parsed(
  tidyPrefix,
  'must be folder names with "/" between them, without "." or ".." among them',
)
  .prefault('')
  .meta(about('Folder within the bucket below which everything is kept.', 'cards'));

const s3 = z
  .strictObject({
    ...named,
    kind: z.literal('s3').meta(about('An S3 store: Amazon, Backblaze B2, Wasabi, R2, …', 's3')),
    offsite: elsewhere,
    endpoint: parsed(
      tidyEndpoint,
      'must be the address of the server alone: http:// or https://, host and port',
    )
      .exactOptional()
      .meta(
        about(
          'The server, when it is not Amazon. Path-style addresses are then used by themselves.',
          'https://s3.eu-central-003.backblazeb2.com',
        ),
      ),
    region: text()
      .exactOptional()
      .meta(
        about('The region. Needed for Amazon; "us-east-1" with an endpoint.', 'eu-central-003'),
      ),
    bucket: text().meta(about('The bucket. It must exist.', 'studio-originals')),
    prefix,
    storageClass: parsed(
      (value) => (/^[A-Z][A-Z0-9_]*$/.test(value) ? value : undefined),
      'must be the name of a storage class in capitals',
    )
      .prefault('STANDARD')
      .meta(about('STANDARD, STANDARD_IA, GLACIER, DEEP_ARCHIVE, …', 'GLACIER')),
    credentials: credentials.meta(
      about('Where the keys are, never the keys themselves.', {
        accessKeyIdFile: '/etc/safelight/b2.id',
        secretAccessKeyFile: '/etc/safelight/b2.key',
      }),
    ),
    bandwidth,
  })
  .transform((given, context) => {
    const region = given.region ?? (given.endpoint === undefined ? undefined : 'us-east-1');
    if (region !== undefined) return { ...given, region };
    const hint = 'For example: region = "eu-central-1". With another server, give its endpoint.';
    context.issues.push({
      code: 'custom',
      path: ['region'],
      message: 'is missing',
      input: given,
      params: { hint },
    });
    return z.NEVER;
  });

const rclone = z.strictObject({
  ...named,
  kind: z.literal('rclone').meta(about('Anything that rclone can reach.', 'rclone')),
  offsite: elsewhere,
  remote: parsed(
    rcloneRemote,
    'must name a remote of rclone\'s own configuration and a folder, "name:folder", with no settings in it',
  ).meta(about("Remote and folder, as in rclone's own configuration.", 'gdrive:Originals')),
  configFile: absolutePath()
    .exactOptional()
    .meta(
      about(
        "rclone's configuration, when it is not in its usual place.",
        '/etc/safelight/rclone.conf',
      ),
    ),
  program: absolutePath()
    .exactOptional()
    .meta(about('The rclone program, when it is not in PATH.', '/usr/local/bin/rclone')),
  bandwidth,
});

const backblazePersonal = z.strictObject({
  ...named,
  kind: z
    .literal('backblaze-personal')
    .meta(
      about("Watches the Backblaze client's own record of what it sent.", 'backblaze-personal'),
    ),
  offsite: elsewhere,
  dataFolder: absolutePath()
    .exactOptional()
    .meta(
      about(
        "The client's data folder, when it is not in its usual place.",
        '/Library/Backblaze.bzpkg/bzdata',
      ),
    ),
});

const folder = z.strictObject({
  ...named,
  kind: z.literal('folder').meta(about('A mounted folder, such as a NAS.', 'folder')),
  path: folderPath().meta(about('The folder. It must exist.', '/mnt/parents-nas/Originals')),
  offsite: z
    .boolean()
    .default(false)
    .meta(about('Whether it stands elsewhere. Only you can say so.', true)),
  bandwidth,
});

export const remoteSchema = z.discriminatedUnion('kind', [s3, rclone, backblazePersonal, folder]);

function tidyPrefix(value: string): string | undefined {
  const parts = value.split('/').filter((part) => part !== '');
  // oxlint-disable-next-line no-control-regex -- exactly these must be kept out of object names
  const odd = parts.some((part) => part === '.' || part === '..' || /[\0-\x1f\\]/.test(part));
  return odd ? undefined : parts.join('/');
}

function tidyEndpoint(value: string): string | undefined {
  const url = parseHttpUrl(value);
  if (url === undefined || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return undefined;
  }
  return url.origin;
}

/** A connection string (`name,pass=…:` or `:backend,key=…:`) could hold a secret, so only plain names are taken. */
function rcloneRemote(value: string): string | undefined {
  return /^[\w.+@][\w.+@ -]*:[^\0\n]*$/.test(value) ? value : undefined;
}
