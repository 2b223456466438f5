/** Which facts prove that two insertions are the same card, and what a roll's folder is called. */

/** A memory card (or an image of one): identified by what formatting and the medium itself give. */
export interface VolumeFacts {
  readonly kind: 'volume';
  readonly fsType: string;
  /** The filesystem's serial or UUID; necessary but not sufficient, some devices write a constant. */
  readonly volumeSerial: string;
  readonly sizeBytes: number;
  /** The card's own serial (CID of an SD card in a built-in slot, NVMe serial); never the reader's. */
  readonly hardwareSerial?: string;
}

/** A folder that a person or a watch offers as a card. */
export interface FolderFacts {
  readonly kind: 'folder';
  /** Absolute path with links resolved. */
  readonly realPath: string;
}

export type CardFacts = VolumeFacts | FolderFacts;

/** Text that is equal exactly for the same card. Labels are not in it: they are not a signal. */
export function cardKey(facts: CardFacts): string {
  if (facts.kind === 'folder') return `folder\0${facts.realPath}`;
  const { fsType, volumeSerial, sizeBytes, hardwareSerial } = facts;
  return ['volume', fsType, volumeSerial, String(sizeBytes), hardwareSerial ?? ''].join('\0');
}

/** The card's own serial in a key; undefined when there is none in it. It survives formatting, unlike the rest. */
export function hardwareSerialIn(key: string): string | undefined {
  const [kind, , , , serial = ''] = key.split('\0');
  return kind === 'volume' && serial !== '' ? serial : undefined;
}

const MAX_PART = 64;

/** Makes any text fit to be one folder name on every filesystem: letters, digits, dot, dash, underscore. */
export function asFolderName(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._]+/, '')
    .slice(0, MAX_PART)
    .replace(/[._]+$/, '');
  const reserved = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?$/i.test(plain);
  if (plain === '') return 'card';
  return reserved ? `_${plain}` : plain;
}

export interface RollNaming {
  /** Local calendar day, YYYY-MM-DD. */
  readonly date: string;
  readonly label: string;
  /** The card's short id. */
  readonly card: string;
  /** 1 for the first roll with this name, 2 and up for later ones. */
  readonly ordinal: number;
}

/**
 * Fills the `folder` template of the configuration.
 * @throws TypeError when the template has an unknown field or would leave the destination
 */
export function rollFolder(template: string, naming: RollNaming): string {
  const values = new Map([
    ['date', naming.date],
    ['label', asFolderName(naming.label)],
    ['card', naming.card],
  ]);
  const filled = template.replace(/\{([^}]*)\}/g, (_whole, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new TypeError(`unknown field {${name}} in the folder template`);
    return value;
  });
  const parts = filled.split('/').filter((part) => part !== '');
  if (parts.length === 0 || parts.some((part) => part === '.' || part === '..')) {
    throw new TypeError(`the folder template does not name a folder: ${template}`);
  }
  const folder = parts.join('/');
  return naming.ordinal > 1 ? `${folder}_${naming.ordinal}` : folder;
}
