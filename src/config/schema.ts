/** Every field of the configuration, with what it means and what holds when it is left out. */
import { z } from 'zod';
import { rollFolder } from '../core/card.ts';
import {
  about,
  absolutePath,
  destinationName,
  duration,
  durationOrNone,
  folderPath,
  httpUrl,
  parsed,
  percent,
  secretText,
} from './fields.ts';
import { remoteSchema } from './remote-schema.ts';
import { oneToken, signalsSchema, TWO_TOKENS } from './signals-schema.ts';
import { parseListen } from './values.ts';

const destination = z.strictObject({
  name: destinationName().meta(about('What the drive is called, everywhere.', 'working')),
  path: folderPath().meta(about('The folder on it that takes the cards.', '/mnt/work/Ingest')),
});

const policy = z
  .strictObject({
    copies: z
      .int()
      .min(2)
      .default(2)
      .meta(about('On how many separate disks every file must be; at least 2.', 2)),
    offsite: z
      .int()
      .min(1)
      .default(1)
      .meta(about('At how many offsite remotes every file must be confirmed; at least 1.', 1)),
    minimumGrade: z
      .enum(['A', 'B', "B'"])
      .default("B'")
      .meta(
        about(
          "The least offsite proof that counts: A fetched back and hashed, B the checksum of the store itself, B' the same made of parts. Lower grades only for one remote by name.",
          "B'",
        ),
      ),
    maxEvidenceAge: positive(duration())
      .prefault('30d')
      .meta(about('Evidence older than this no longer counts.', '30d')),
    sourceVerify: z
      .enum(['none', 'sample', 'full'])
      .default('sample')
      .meta(about('How much of the card is read a second time.', 'full')),
  })
  .transform(({ maxEvidenceAge, ...rest }) => ({ ...rest, maxEvidenceAgeMs: maxEvidenceAge }));

const cards = z
  .strictObject({
    mount: z
      .enum(['auto', 'never', 'udisks', 'mount'])
      .default('auto')
      .meta(about('Who mounts cards where no desktop does; always read-only.', 'udisks')),
    watch: z
      .array(folderPath())
      .default([])
      .meta(about('Folders whose sub-folders count as inserted cards.', ['/srv/ftp-in'])),
    watchSettle: durationOrNone()
      .prefault('30s')
      .meta(about('How long such a sub-folder must stand unchanged; "0s" for not at all.', '30s')),
    loopDevices: z
      .boolean()
      .default(false)
      .meta(about('Whether loop-mounted images count as cards.', true)),
    folder: parsed(folderTemplate, 'must be a path made of {date}, {label}, {card} and plain names')
      .prefault('{date}/{label}_{card}')
      .meta(about('Folder of a card below each destination.', '{date}/{label}_{card}')),
    ignore: z
      .array(parsed(ignorePattern, 'must be a pattern that does not leave out everything'))
      .default([])
      .meta(about('Left out on top of the built-in list of system junk.', ['*.tmp'])),
    eject: z
      .enum(['never', 'when-copied', 'when-safe'])
      .default('when-safe')
      .meta(about('When the card is unmounted by itself.', 'never')),
  })
  .transform(({ watchSettle, ...rest }) => ({ ...rest, watchSettleMs: watchSettle }));

const audit = z
  .strictObject({
    drives: positive(duration())
      .prefault('30d')
      .meta(about('How often all copies on the drives are read again.', '30d')),
    offsite: positive(duration())
      .prefault('7d')
      .meta(about('How often the remotes are asked again.', '7d')),
    sample: percent()
      .prefault('1%')
      .meta(about('How much of what is offsite is fetched back and hashed each time.', '1%')),
    heartbeatUrl: httpUrl()
      .exactOptional()
      .meta(
        about(
          'Pinged only while everything is well, so that silence alarms.',
          'https://hc-ping.com/…',
        ),
      ),
  })
  .transform(({ drives, offsite, sample, ...rest }) => ({
    ...rest,
    drivesEveryMs: drives,
    offsiteEveryMs: offsite,
    sampleShare: sample,
  }));

const web = z
  .strictObject({
    listen: parsed(parseListen, 'must be an address and a port')
      .prefault('127.0.0.1:7878')
      .meta(about('Where the page is. Other than loopback needs a token.', '127.0.0.1:7878')),
    tokenFile: absolutePath()
      .exactOptional()
      .meta(about("File that holds the page's token.", '/etc/safelight/web.token')),
    token: secretText()
      .exactOptional()
      .meta(about('Where the token is, when it is in no file.', 'env:SAFELIGHT_WEB_TOKEN')),
  })
  .transform(({ tokenFile, token, ...rest }, context) => {
    const chosen = oneToken(tokenFile, token);
    if (chosen !== 'both') return { ...rest, ...chosen };
    context.issues.push({ ...TWO_TOKENS, input: token });
    return z.NEVER;
  });

/** The whole file. Names of tables as in the file; what comes out is `Config`. */
export const configSchema = z
  .strictObject({
    destination: z
      .array(destination)
      .default([])
      .meta(
        about('The drives. At least two, on separate disks.', [
          { name: 'working', path: '/mnt/work/Ingest' },
          { name: 'backup', path: '/mnt/backup/Ingest' },
        ]),
      ),
    remote: z
      .array(remoteSchema)
      .default([])
      .meta(
        about('The offsite stores.', [
          {
            name: 'parents-nas',
            kind: 'folder',
            path: '/mnt/parents-nas/Originals',
            offsite: true,
          },
        ]),
      ),
    policy: policy.prefault({}).meta(about('What "safe" demands.', { copies: 2 })),
    cards: cards.prefault({}).meta(about('How cards are met.', { mount: 'auto' })),
    signals: signalsSchema
      .prefault({})
      .meta(about('Ways to tell a person.', { desktop: { enabled: true } })),
    audit: audit.prefault({}).meta(about('Looking again at what is stored.', { drives: '30d' })),
    web: web.prefault({}).meta(about('The page.', { listen: '127.0.0.1:7878' })),
  })
  .transform(({ destination: destinations, remote: remotes, ...rest }) => ({
    ...rest,
    destinations,
    remotes,
  }));

type DeepReadonly<T> = T extends string | number | boolean | undefined
  ? T
  : { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** A configuration that has passed all checks of single fields. Times in milliseconds, shares from 0 to 1. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
export type RemoteConfig = Config['remotes'][number];
export type S3RemoteConfig = Extract<RemoteConfig, { readonly kind: 's3' }>;
export type LedConfig = Config['signals']['leds'][number];
export type WebhookConfig = Config['signals']['webhooks'][number];

/** A time of nothing would make all evidence old at once, or an audit run for ever. */
function positive(field: ReturnType<typeof duration>) {
  return field.refine((ms) => ms > 0, 'must be more than nothing');
}

function folderTemplate(template: string): string | undefined {
  const sample = { date: '2026-11-24', label: 'EOS_DIGITAL', card: '0123456789ab', ordinal: 1 };
  try {
    rollFolder(template, sample);
  } catch {
    return undefined;
  }
  // A backslash is a plain character here, but a folder separator where such a drive may be read later.
  return template.includes('\\') ? undefined : template;
}

function ignorePattern(pattern: string): string | undefined {
  return /^[\s*?./]*$/.test(pattern) ? undefined : pattern;
}
