/** Switches the port of a card reader off, where nothing else hangs on it. */
import { join } from 'node:path';
import { disksOfSequence } from '../linux/media.ts';
import { readText, type Sysfs } from '../linux/sysfs.ts';
import type { RunTool } from './run-tool.ts';
import { powerOff } from './udisks.ts';

const OTHER_CARD = 'Another card is in the same reader, so its port stays on.';

/**
 * For the disk of a medium's sequence. Undefined when it is done, or there is nothing to switch: only USB ports that
 * a person can reach. Else one sentence.
 */
export async function switchPortOff(
  { run, sysfs }: { readonly run: RunTool; readonly sysfs: Sysfs },
  sequence: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [disk, ...others] = disksOfSequence(sequence);
  if (disk === undefined || others.length > 0) return undefined;
  const reader = await usbFolder(sysfs, disk);
  if (reader === undefined) return undefined;
  // A reader built into the machine could not be plugged in again.
  if ((await readText(join(reader, 'removable'))) === 'fixed') return undefined;
  if (await hasOtherCard(sysfs, disk, reader)) return OTHER_CARD;
  const failure = await powerOff(run, `/dev/${disk}`, signal);
  if (failure === undefined) return undefined;
  return `The reader's port could not be switched off (${failure.words.replace(/\.$/, '')}); the card may be taken out all the same.`;
}

/** The folder of the USB device that a disk hangs on. */
async function usbFolder(sysfs: Sysfs, disk: string): Promise<string | undefined> {
  for (const folder of await sysfs.ancestors(disk)) {
    if ((await readText(join(folder, 'idVendor'))) !== undefined) return folder;
  }
  return undefined;
}

/** A reader's slots are disks of one USB device; an empty slot has the size 0. */
async function hasOtherCard(sysfs: Sysfs, disk: string, reader: string): Promise<boolean> {
  for (const name of await sysfs.blockNames()) {
    const [whole] = await sysfs.wholeDisks(name);
    if (whole === undefined || whole === disk || whole !== name) continue;
    if (((await sysfs.sizeBytes(name)) ?? 0) === 0) continue;
    if ((await usbFolder(sysfs, name)) === reader) return true;
  }
  return false;
}
