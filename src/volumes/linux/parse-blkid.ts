/** Understands what `blkid --probe --output export` says about one device. */

/** What a filesystem says of itself. */
export interface FilesystemFacts {
  readonly fsType: string;
  readonly label?: string;
  /** Serial number or UUID. */
  readonly volumeSerial?: string;
  /** What the partition table says it is for: a UUID on GPT disks, else a number. */
  readonly partitionType?: string;
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
  const partitionType = values.get('PART_ENTRY_TYPE') ?? '';
  return {
    fsType,
    ...(label === '' ? {} : { label }),
    ...(volumeSerial === '' ? {} : { volumeSerial }),
    ...(partitionType === '' ? {} : { partitionType }),
  };
}

/** The export form sets a backslash before each character that a shell would take for its own. */
function unescape(value: string): string {
  return value.replace(/\\(.)/gs, '$1');
}
