/** Understands what `blkid --probe --output export` says about one device. */

/** What a filesystem says of itself. */
export interface FilesystemFacts {
  readonly fsType: string;
  readonly label?: string;
  /** Serial number or UUID. */
  readonly volumeSerial?: string;
}

/** Undefined when no filesystem is named. */
export function parseBlkid(text: string): FilesystemFacts | undefined {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals), unescape(line.slice(equals + 1)));
  }
  const fsType = values.get('TYPE');
  if (fsType === undefined || fsType === '') return undefined;
  const label = values.get('LABEL') ?? '';
  const volumeSerial = values.get('UUID') ?? '';
  return {
    fsType,
    ...(label === '' ? {} : { label }),
    ...(volumeSerial === '' ? {} : { volumeSerial }),
  };
}

/** The export form sets a backslash before each character that a shell would take for its own. */
function unescape(value: string): string {
  return value.replace(/\\(.)/gs, '$1');
}
