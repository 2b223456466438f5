/** The kinds of field a configuration is made of; each says what it takes in words that follow "must". */
import { posix } from 'node:path';
import { z } from 'zod';
import { asDestinationId, asRemoteId, type DestinationId, type RemoteId } from '../core/ids.ts';
import { parseSecretRef } from './secret-ref.ts';
import { parseDuration, parseHttpUrl, parsePercent } from './values.ts';

/** A text field whose value is what `parse` makes of it. `must` completes the sentence "<field> must …". */
export function parsed<T>(parse: (text: string) => T | undefined, must: string) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: must, input: text });
    return z.NEVER;
  });
}

/** Description and example of a field; the example is also the hint when its value is refused. */
export function about(description: string, example: unknown) {
  return { description, examples: [example] };
}

export const text = () => parsed((value) => value.trim() || undefined, 'must not be empty');

export const duration = () =>
  parsed(parseDuration, 'must be a time with its unit: s, m, h, d or w');

/** A time that may also be none at all: nothing is the same in every unit, so a bare 0 is understood. */
export const durationOrNone = () =>
  z.preprocess((value) => (value === 0 ? '0s' : value), duration());

export const percent = () => parsed(parsePercent, 'must be a share from "0%" to "100%"');

const NAME = 'must be 1 to 63 letters, digits, dots, dashes or underscores';

export const destinationName = () =>
  parsed((value): DestinationId | undefined => orNothing(asDestinationId, value), NAME);

export const remoteName = () =>
  parsed((value): RemoteId | undefined => orNothing(asRemoteId, value), NAME);

/** An absolute path, tidied (no trailing slash, no "..", no doubled slashes). */
export const absolutePath = () =>
  parsed(tidyPath, 'must be a whole path that begins with "/", with no "~" or variables in it');

/** As `absolutePath`, but not the root folder itself, which would hold everything. */
export const folderPath = () =>
  parsed(
    (value) => (tidyPath(value) === '/' ? undefined : tidyPath(value)),
    'must be a whole path to a folder that begins with "/" and is not "/" itself',
  );

/** Text that names where a secret is: `env:NAME` or `credential:NAME`. Anything else may be the secret itself. */
export const secretText = () =>
  parsed(
    parseSecretRef,
    'must say where the secret is, not be the secret: "env:NAME" or "credential:NAME"',
  );

export const httpUrl = () =>
  parsed(
    (value) => (parseHttpUrl(value) === undefined ? undefined : value),
    'must be an address that begins with http:// or https:// and holds no user name or password',
  );

function tidyPath(value: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- exactly these must be kept out of paths
  if (!value.startsWith('/') || /[\0-\x1f]/.test(value)) return undefined;
  const tidy = posix.normalize(value);
  return tidy.length > 1 && tidy.endsWith('/') ? tidy.slice(0, -1) : tidy;
}

function orNothing<T>(door: (value: string) => T, value: string): T | undefined {
  try {
    return door(value);
  } catch {
    return undefined;
  }
}
