/**
 * Runs as a process of its own around node-disk-info and prints its drives as JSON.
 *
 * The package waits for "df" with the whole process standing still and cuts mount points at their first blank
 * (docs/adr): a process of its own takes the first, `portable-lister.ts` never believes such a mount point.
 */
import { getDiskInfo } from 'node-disk-info';

const drives = await getDiskInfo();
const rows = drives.map(({ filesystem, blocks, available, mounted }) => ({
  filesystem,
  blocks,
  available,
  mounted,
}));
process.stdout.write(JSON.stringify(rows));
