/** The block device below a mounted filesystem: its own cache and its own counters. Linux only. */
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { numberText } from '../platform/device-number.ts';
import type { Native } from '../platform/native.ts';

const SECTOR_BYTES = 512;

export interface BlockDevice {
  /**
   * Makes the kernel forget what it holds of the device itself.
   * @throws Error when we may not open it (that takes root, or the group `disk`)
   */
  forget(): Promise<void>;
  /** Bytes that the device has delivered since it appeared, to anybody (Documentation/block/stat.rst, field 3). */
  bytesRead(): Promise<number>;
}

/** Undefined where no block device lies below (st_dev is one of the kernel's own numbers) or none can be found. */
export async function blockDeviceOf(
  deviceNumber: number,
  native: Native,
): Promise<BlockDevice | undefined> {
  const { evict } = native;
  const system = `/sys/dev/block/${numberText(deviceNumber)}`;
  if (evict === undefined || deviceNumber < 256) return undefined;
  let name: string | undefined;
  try {
    name = /^DEVNAME=(.+)$/m.exec(await readFile(`${system}/uevent`, 'utf8'))?.[1];
  } catch {
    // No such entry: not a block device, or no sysfs here.
    return undefined;
  }
  if (name === undefined) return undefined;
  const path = `/dev/${name}`;
  return {
    async forget() {
      const device = await open(path, constants.O_RDONLY);
      try {
        await device.sync();
        evict(device.fd, 0, 0);
      } finally {
        await device.close();
      }
    },
    async bytesRead() {
      const fields = (await readFile(`${system}/stat`, 'utf8')).trim().split(/\s+/);
      return Number(fields[2]) * SECTOR_BYTES;
    },
  };
}

/**
 * Whether heads have to move for every change of place. USB bridges say so of some drives that have none; not
 * knowing is no.
 */
export async function hasMovingHeads(deviceNumber: number): Promise<boolean> {
  const system = `/sys/dev/block/${numberText(deviceNumber)}`;
  // A partition has no queue of its own; its disk is one folder up.
  for (const path of [`${system}/queue/rotational`, `${system}/../queue/rotational`]) {
    try {
      return (await readFile(path, 'utf8')).trim() === '1';
    } catch {
      // Not here: no such device, no sysfs, or the other place.
    }
  }
  return false;
}
