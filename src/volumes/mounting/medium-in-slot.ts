/** Whether the medium that was seen is still in its slot, and which cards the service has set aside there. */
import type { VolumeFacts } from '../../core/card.ts';
import { LINUX_SOURCES } from '../linux/linux-places.ts';
import { disksOfSequence, sequenceOf } from '../linux/media.ts';
import type { Sysfs } from '../linux/sysfs.ts';
import { type MediumInSlot, MountNotes } from './mount-notes.ts';

/** By the number of the medium: another one has another number, an empty slot the size 0. */
export async function isIn(sysfs: Sysfs, { sequence }: MediumInSlot): Promise<boolean> {
  const disks = disksOfSequence(sequence);
  for (const disk of disks) if (((await sysfs.sizeBytes(disk)) ?? 0) === 0) return false;
  return (await sequenceOf(sysfs, disks)) === sequence;
}

/** Cards that are in but not mounted, because the service has unmounted them; for who asks beside the service. */
export async function cardsSetAside(
  notesPath: string,
  sysfs: Sysfs = LINUX_SOURCES.sysfs,
): Promise<readonly VolumeFacts[]> {
  const facts: VolumeFacts[] = [];
  for (const one of await new MountNotes(notesPath).setAside()) {
    if (await isIn(sysfs, one)) facts.push(one.facts);
  }
  return facts;
}
