#!/usr/bin/env node
/** Makes a sample card: `scripts/make-card.mjs OUT [--frames N] [--seed N] [--raw-mb M]`. */
import { parseArgs } from 'node:util';
import { makeSampleCard } from './lib/sample-card.mjs';

const USAGE = `Usage: scripts/make-card.mjs OUT [--frames N] [--seed N] [--raw-mb M]
Makes a folder that looks like a camera's card, for trying things out.
  OUT          the folder to make; must be empty if it is there
  --frames N   pictures, each as JPEG and RAW (12)
  --seed N     another number, other pictures and bytes (1)
  --raw-mb M   size of each RAW file in MiB; clips are three times as large (8)
`;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      frames: { type: 'string', default: '12' },
      seed: { type: 'string', default: '1' },
      'raw-mb': { type: 'string', default: '8' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const [out] = positionals;
  if (out === undefined || positionals.length > 1) throw new Error('one folder must be named');
  const made = await makeSampleCard(out, {
    frames: wholeNumber('--frames', values.frames, 1, 9999),
    seed: wholeNumber('--seed', values.seed, 0, 4_000_000),
    rawMb: wholeNumber('--raw-mb', values['raw-mb'], 1, 1024),
  });
  process.stdout.write(`${out}: ${made.files} files, ${Math.round(made.bytes / 1e6)} MB\n`);
}

function wholeNumber(name, text, least, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${name} must be a whole number from ${least} to ${most}, not "${text}"`);
  }
  return value;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
