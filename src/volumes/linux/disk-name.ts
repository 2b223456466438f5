/** Names a whole disk by what it says of itself, so that it keeps its name wherever it is plugged in. */
import { join } from 'node:path';
import { readFromMemory, readText, type Sysfs } from './sysfs.ts';

/**
 * Text that is equal for the same disk each time it is plugged in, taken from /sys alone (with or without udev):
 * - `disk:<world wide id>` for disks on SATA, SAS and NVMe
 * - `disk:mmc:<CID>` for cards in a built-in slot
 * - `disk:usb:<vendor>:<product>:<serial>:<unit>:<size>` on USB. The serial is the bridge's or reader's: two
 *   identical boxes with the same made-up serial cannot be told apart and count as one, which errs on the safe side.
 * - `image:<file>` for a loop device
 * - `dev:<name>` when it says nothing; then the name can change from boot to boot
 */
export async function diskName(sysfs: Sysfs, disk: string): Promise<string> {
  const backing = await sysfs.backingFile(disk);
  if (backing !== undefined) return `image:${backing}`;
  const cid = await sysfs.text(disk, 'device/cid');
  if (cid !== undefined) return `disk:mmc:${cid}`;
  const usb = await usbName(sysfs, disk);
  if (usb !== undefined) return usb;
  const own =
    (await sysfs.text(disk, 'wwid')) ??
    (await sysfs.text(disk, 'device/wwid')) ??
    (await sysfs.text(disk, 'serial')) ??
    (await sysfs.text(disk, 'device/serial'));
  return own === undefined ? `dev:${disk}` : `disk:${own.replace(/\s+/g, ' ')}`;
}

async function usbName(sysfs: Sysfs, disk: string): Promise<string | undefined> {
  for (const folder of await sysfs.ancestors(disk)) {
    const vendor = readFromMemory(join(folder, 'idVendor'));
    if (vendor === undefined) continue;
    const product = readFromMemory(join(folder, 'idProduct')) ?? '';
    // The kernel locks the device for its strings, and a device in trouble is locked for seconds.
    const serial = await readText(join(folder, 'serial'));
    if (serial === undefined) return undefined;
    const unit = await scsiUnit(sysfs, disk);
    const size = (await sysfs.sizeBytes(disk)) ?? 0;
    return `disk:usb:${vendor}:${product}:${serial}:${unit}:${size}`;
  }
  return undefined;
}

/** Slots of one reader share the serial and differ in their unit number, the last of `host:channel:target:unit`. */
async function scsiUnit(sysfs: Sysfs, disk: string): Promise<string> {
  for (const folder of await sysfs.ancestors(disk)) {
    const address = /\/\d+:\d+:\d+:(\d+)$/.exec(folder);
    if (address?.[1] !== undefined) return address[1];
  }
  return '0';
}

/** The serial that belongs to the card itself: CID in a built-in slot, or a CFexpress card's own on NVMe. */
export async function cardSerial(sysfs: Sysfs, disk: string): Promise<string | undefined> {
  const cid = await sysfs.text(disk, 'device/cid');
  if (cid !== undefined) return `cid:${cid}`;
  if (!/^nvme\d/.test(disk)) return undefined;
  const serial = await sysfs.text(disk, 'device/serial');
  return serial === undefined ? undefined : `nvme:${serial}`;
}
