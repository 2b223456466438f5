/** Whether the medium that was seen is still in its slot, and which cards the service has there but not mounted. */
import type { VolumeFacts } from '../../core/card.ts';
import type { MountTrouble } from '../../ports/mounter.ts';
import { LINUX_SOURCES, type LinuxSources } from '../linux/linux-places.ts';
import { disksOfSequence, sequenceOf } from '../linux/media.ts';
import { readMounts } from '../linux/mountinfo.ts';
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

/** Cards that are in and could not be mounted by the service, nor since by anybody else. */
export async function cardsNotMounted(
  notesPath: string,
  { sysfs, mountinfo }: Pick<LinuxSources, 'sysfs' | 'mountinfo'> = LINUX_SOURCES,
): Promise<readonly MountTrouble[]> {
  const noted = await new MountNotes(notesPath).notMounted();
  if (noted.length === 0) return [];
  const mounted = new Set((await readMounts(mountinfo)).map(({ device }) => device));
  const troubles: MountTrouble[] = [];
  for (const { trouble, ...medium } of noted) {
    if (!mounted.has(medium.device) && (await isIn(sysfs, medium))) troubles.push(trouble);
  }
  return troubles;
}
