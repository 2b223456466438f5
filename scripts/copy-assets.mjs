/** Copies what `tsc` leaves behind (SQL, pages, styles) from src to the build folder, `dist` when not given. */
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = process.argv[2] ?? `${root}dist`;

await cp(`${root}src`, target, {
  recursive: true,
  // tsc writes `.js` for these; everything else is needed as it is.
  filter: (path) => !path.endsWith('.ts'),
});
