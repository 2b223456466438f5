/** What a drive's failure means to a person. */
import type { DestinationTrouble } from '../core/destination.ts';
import type { DestinationId } from '../core/ids.ts';
import { codeOf } from '../platform/durable-fs.ts';
import type { LostLeg } from '../ports/copier.ts';

/** Trouble that has no error number of the system: found out by looking. */
export class DriveTrouble extends Error {
  override readonly name = 'DriveTrouble';
  readonly trouble: DestinationTrouble;
  readonly sentence: string;
  readonly hint: string;

  constructor(trouble: DestinationTrouble, sentence: string, hint: string) {
    super(sentence);
    this.trouble = trouble;
    this.sentence = sentence;
    this.hint = hint;
  }
}

const CATCHES_UP = 'What is missing there is copied by itself as soon as it is well again.';

/** Another filesystem answers under the destination's path, or none. */
export function driveChanged(id: DestinationId, path: string): DriveTrouble {
  return new DriveTrouble(
    'not-mounted',
    `Drive "${id}" is no longer mounted at ${path}.`,
    `Connect it again. ${CATCHES_UP}`,
  );
}

/** Twice in a row other bytes came back than were written. */
export function lyingDrive(id: DestinationId, path: string): DriveTrouble {
  return new DriveTrouble(
    'unknown',
    `Drive "${id}" is lying: it twice gave back other bytes than were written (${path}).`,
    'Do not use it for anything. Try another cable or port first, then replace the drive.',
  );
}

interface Words {
  readonly trouble: DestinationTrouble;
  readonly sentence: string;
  readonly hint: string;
}

/** The lost leg for an error met while working on a destination. */
export function lostLeg(destinationId: DestinationId, error: unknown): LostLeg {
  if (error instanceof DriveTrouble) {
    const { trouble, sentence, hint } = error;
    return { destinationId, trouble, sentence, hint };
  }
  return { destinationId, ...worded(destinationId, error) };
}

function worded(id: DestinationId, error: unknown): Words {
  const code = codeOf(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        trouble: 'too-little-space',
        sentence: `Drive "${id}" is full.`,
        hint: `Make room on it. ${CATCHES_UP}`,
      };
    case 'EROFS':
      return {
        trouble: 'read-only',
        sentence: `Drive "${id}" has become read-only.`,
        hint: 'Its filesystem or the drive itself is damaged: check the cable, then the drive.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        trouble: 'read-only',
        sentence: `Drive "${id}" may not be written to by this user.`,
        hint: 'Give the service the right to write there, or choose another folder.',
      };
    case 'EFBIG':
      return tooLarge(id);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ESTALE':
    case 'ENODEV':
    case 'ENXIO':
    case 'ENOTCONN':
    case 'ESHUTDOWN':
      return {
        trouble: 'gone',
        sentence: `Drive "${id}" went away during the copy.`,
        hint: `Connect it again. ${CATCHES_UP}`,
      };
    case 'ESTALLED':
      return {
        trouble: 'unknown',
        sentence: `Drive "${id}" does not answer any more.`,
        hint: `Check its cable and power. ${CATCHES_UP}`,
      };
    case 'EIO':
      return {
        trouble: 'unknown',
        sentence: `Drive "${id}" reported an input/output error.`,
        hint: 'Check its cable, then its health (smartctl -a); a drive that does this again must be replaced.',
      };
    default:
      return {
        trouble: 'unknown',
        sentence: `Drive "${id}" failed: ${error instanceof Error ? error.message : 'for no known reason'}.`,
        hint: `See that the drive is well. ${CATCHES_UP}`,
      };
  }
}

/** Files that the drive's filesystem cannot hold were left out there; all others were copied. */
export function tooLarge(id: DestinationId): Words {
  return {
    trouble: 'file-too-large',
    sentence: `Some files are too large for the filesystem of drive "${id}".`,
    hint: 'Format the drive as exFAT, ext4 or APFS, or use another drive (FAT32 ends at 4 GB per file).',
  };
}
