/** Understands what `lsblk --json` says about block devices. */
import { z } from 'zod';
import { VolumeError } from '../volume-error.ts';

/** One block device, whole disk or part of one. Fields that lsblk left empty are undefined. */
export interface BlockDevice {
  /** `major:minor`. */
  readonly device: string;
  /** The node, e.g. /dev/sda1. */
  readonly path: string;
  /** The filesystem on it; empty when udev is not running, even if there is one. */
  readonly fsType?: string;
  readonly label?: string;
  /** The filesystem's serial number or UUID. */
  readonly volumeSerial?: string;
  /** What the partition table says it is for: a UUID on GPT disks, else a number. */
  readonly partitionType?: string;
}

/** The columns that `parseLsblk` wants. */
export const LSBLK_COLUMNS = 'PATH,MAJ:MIN,FSTYPE,LABEL,UUID,PARTTYPE';

const text = z.string().nullish();
const row = z.object({
  path: z.string(),
  'maj:min': z.string().transform((value) => value.trim()),
  fstype: text,
  label: text,
  uuid: text,
  parttype: text,
  get children() {
    return z.array(row).optional();
  },
});
const answer = z.object({ blockdevices: z.array(row) });

/**
 * All devices of the answer, parts after their disks.
 * @throws VolumeError when the answer is not in the known form
 */
export function parseLsblk(json: string): readonly BlockDevice[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw unexpected('no JSON', cause);
  }
  const checked = answer.safeParse(parsed);
  if (!checked.success) throw unexpected(z.prettifyError(checked.error), checked.error);
  return checked.data.blockdevices.flatMap(flatten);
}

function flatten(device: z.infer<typeof row>): readonly BlockDevice[] {
  const { path, fstype, label, uuid, parttype, children } = device;
  const flat: BlockDevice = {
    device: device['maj:min'],
    path,
    ...(isText(fstype) ? { fsType: fstype } : {}),
    ...(isText(label) ? { label } : {}),
    ...(isText(uuid) ? { volumeSerial: uuid } : {}),
    ...(isText(parttype) ? { partitionType: parttype } : {}),
  };
  return [flat, ...(children ?? []).flatMap(flatten)];
}

function isText(value: string | null | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function unexpected(detail: string, cause: unknown): VolumeError {
  return new VolumeError(
    'unexpected-answer',
    `The list of block devices is not understood: ${detail}`,
    'Run "lsblk --json" by hand; it comes with util-linux 2.27 or later.',
    { cause },
  );
}
