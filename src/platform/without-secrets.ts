/** Makes anything fit for a log: plain JSON values, errors told in full, secrets taken out. */

const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;

/** A name that ends so points at a secret's place and is not one. */
const REFERENCE_NAME = /(file|path|name|env)$/i;
/** `key` alone is not among them: in an S3 store it is the name of an object. */
const SECRET_NAME =
  /secret|token|passw|passphrase|pwd$|credential|authorization|cookie|signature|(access|api|private|account|signing|encryption)[-_]?key/i;

/** User and password before the host, and query values of signed addresses. */
const SECRETS_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${REDACTED}@`],
  [
    /\b((?:x-amz-)?(?:signature|credential|security-token|token|secret|password)=)[^\s&"']+/gi,
    `$1${REDACTED}`,
  ],
  [/\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, `$1${REDACTED}`],
];

export function withoutSecrets(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return plainRecord(facts, { depth: 0, above: new Set() });
}

/** Text with addresses' passwords and signatures taken out. */
export function withoutSecretText(text: string): string {
  return SECRETS_IN_TEXT.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text);
}

interface Place {
  readonly depth: number;
  /** The objects that this value is inside of, to notice circles. */
  readonly above: ReadonlySet<unknown>;
}

function plain(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'string':
      return withoutSecretText(value);
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : plainObject(value, place);
    default:
      return `[${typeof value}]`;
  }
}

function plainObject(value: object, { depth, above }: Place): unknown {
  if (above.has(value)) return '[circle]';
  if (depth >= MAX_DEPTH) return '[deep]';
  const inside: Place = { depth: depth + 1, above: new Set([...above, value]) };
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (isError(value)) return plainError(value, inside);
  if (value instanceof Map) return plain(Object.fromEntries(value), inside);
  if (value instanceof Set || Array.isArray(value)) {
    const items = [...value];
    const shown = items.slice(0, MAX_ITEMS).map((item) => plain(item, inside));
    return items.length > MAX_ITEMS ? [...shown, `[${items.length - MAX_ITEMS} more]`] : shown;
  }
  return plainRecord(value, inside);
}

function plainRecord(value: object, inside: Place): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isSecret(name, item) ? REDACTED : plain(item, inside),
    ]),
  );
}

function isSecret(name: string, value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'boolean') return false;
  return SECRET_NAME.test(name) && !REFERENCE_NAME.test(name);
}

/** By shape, since an error from another realm is no instance of ours. */
function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

function plainError(error: Error, inside: Place): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  // An error with a hint was foreseen and is told in words; for any other the stack is what helps.
  const foreseen = 'hint' in error && typeof error.hint === 'string';
  return {
    ...plainRecord(error, inside),
    name,
    message: withoutSecretText(message),
    ...(foreseen || stack === undefined ? {} : { stack: withoutSecretText(stack) }),
    ...(cause === undefined ? {} : { cause: plain(cause, inside) }),
    ...(error instanceof AggregateError ? { errors: plain(error.errors, inside) } : {}),
  };
}
