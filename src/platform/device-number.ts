/** `major:minor` of an st_dev, as glibc packs it. */
export function numberText(deviceNumber: number): string {
  const dev = BigInt(deviceNumber);
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
