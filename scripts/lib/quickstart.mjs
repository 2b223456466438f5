/** The demonstration itself: drives, offsite, card, service; then the card's way to its verdict. */
import {
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeDrives, undoAll } from './quickstart-drives.mjs';
import { freePort, makeOffsite } from './quickstart-offsite.mjs';
import { Screen } from './quickstart-screen.mjs';
import { ledgerOf, Service } from './quickstart-service.mjs';
import { makeSampleCard } from './sample-card.mjs';

const LOOK_EVERY_MS = 500;
/** Without any change for so long nothing is waited for any more. */
const PATIENCE_MS = 120_000;
/** "Needs a person" must stand for so many looks in a row: a fault that mends itself is no end. */
const LOOKS_TO_BELIEVE = 4;
/** A sheet that is not there by then is not shown. */
const SHEET_PATIENCE_MS = 10_000;
const MEBIBYTE = 1 << 20;
/** `safelight check`: cannot tell. */
const CANNOT_TELL = 4;

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(name, () => stopping.abort(new Error('Stopped.')));
}

function options() {
  const { values } = parseArgs({
    options: {
      card: { type: 'string' },
      s3: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** What stands and has to be taken away again, in the order of making. */
class Stage {
  undo = [];
  service;
  offsite;
  base = '';

  async clear(keep) {
    await this.service?.stop();
    await this.offsite?.stop();
    if (keep) return;
    await undoAll(this.undo);
    if (this.base !== '') await rm(this.base, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function main(stage, wanted, screen) {
  screen.line('safelight quickstart\n');
  stage.base = await mkdtemp(join(tmpdir(), 'safelight-quickstart-'));
  const card = await prepareCard(stage.base, wanted.card);
  screen.step('card', `${card.label}: ${card.files} files, ${Math.round(card.bytes / 1e6)} MB`);

  const drives = await makeDrives(stage.base, driveSize(card.bytes));
  stage.undo = drives.undo;
  screen.step('drives', drives.how);
  if (!drives.distinct) {
    screen.line(
      '            Two distinct disks cannot be shown this way, so the answer will be hold.',
    );
    screen.line('            As root (sudo) two disk images can be mounted.');
  }

  stage.offsite = await makeOffsite(stage.base, wanted);
  screen.step('offsite', stage.offsite.how);
  screen.line(`            ${stage.offsite.note}`);

  const stateDir = join(stage.base, 'state');
  const config = join(stage.base, 'config.toml');
  await writeFile(config, await configuration(drives.drives, stage.offsite, card.watch));
  const logFile = join(stage.base, 'service.log');
  stage.service = new Service({ config, stateDir, logFile, env: stage.offsite.env });
  const { service } = await stage.service.start();
  screen.step('service', `running, pid ${service.pid}`);

  await rename(card.hidden, card.path);
  screen.step('card in', card.path);
  await follow(stage.service, card, screen);

  const answer = await stage.service.command('check', card.label);
  screen.line();
  screen.line(answer.out.trimEnd() || answer.err.trimEnd());
  await tellPlaces(stage, { card, drives: drives.drives, stateDir }, screen);
  return answer.code;
}

/**
 * Puts the card's files below the watched folder under a name that the service passes over. Renaming it later is
 * the insertion: all at once, as a card comes.
 */
async function prepareCard(base, source) {
  const watch = join(base, 'slot');
  await mkdir(watch);
  const label = source === undefined ? 'A001' : basename(resolve(source));
  const hidden = join(watch, `.${label}.making`);
  if (source === undefined) {
    await makeSampleCard(hidden);
  } else {
    const { bytes } = await measure(source);
    const { bavail, bsize } = await statfs(base);
    // The card's copy, two drives, the remote.
    if (bytes * 4 > bavail * bsize)
      throw new Error(`There is not room for four times ${source} in ${tmpdir()}.`);
    await cp(source, hidden, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  }
  return { watch, label, hidden, path: join(watch, label), ...(await measure(hidden)) };
}

/** The card's files, a quarter more, and what a filesystem keeps for itself; in whole mebibytes. */
function driveSize(cardBytes) {
  return (Math.ceil((cardBytes * 1.25) / MEBIBYTE) + 96) * MEBIBYTE;
}

async function measure(folder) {
  let files = 0;
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return { files, bytes };
}

async function configuration(drives, offsite, watch) {
  const tables = drives.map(
    ({ name, path }) => `[[destination]]\nname = "${name}"\npath = ${JSON.stringify(path)}\n`,
  );
  return [
    ...tables,
    offsite.toml,
    `[cards]\nwatch = [${JSON.stringify(watch)}]\nwatchSettle = "0s"\nmount = "never"\neject = "never"\n`,
    `[web]\nlisten = "127.0.0.1:${await freePort()}"\n`,
  ].join('\n');
}

/** Looks until the card has its verdict, needs a person, or nothing moves any more. */
async function follow(service, { label, path }, screen) {
  let last = '';
  let changedAt = Date.now();
  let needsPerson = 0;
  while (Date.now() - changedAt < PATIENCE_MS) {
    stopping.signal.throwIfAborted();
    if (service.ended) throw new Error(`The service has ended; see ${service.places.logFile}.`);
    const status = await service.status();
    const card = status?.cards.find((one) => one.label === label);
    const work = status?.inFlight.find((one) => one.card === card?.id);
    const now = JSON.stringify([card?.files, card?.light, work]);
    if (now !== last) changedAt = Date.now();
    last = now;
    if (status?.unknownVolumes.some(({ mountPoint }) => mountPoint === path)) {
      screen.line('  Left alone: this does not look like the card of a camera or recorder.');
      screen.line(`  If it is one all the same: safelight offload ${path}`);
      return;
    }
    if (card !== undefined) {
      screen.progress(card, work);
      if (card.light === 'safe' || card.light === 'empty') return;
      needsPerson = card.light === 'do-not-format' && work === undefined ? needsPerson + 1 : 0;
      if (needsPerson >= LOOKS_TO_BELIEVE) return;
    }
    await after(LOOK_EVERY_MS);
  }
}

async function tellPlaces(stage, { card, drives, stateDir }, screen) {
  const status = await stage.service.status();
  const view = status?.cards.find((one) => one.label === card.label);
  const roll = view?.roll ?? '';
  screen.line();
  screen.line(`  ${screen.light(view?.light ?? 'off')} is what the lamp shows.`);
  screen.line('\nWhere it all lies');
  for (const { name, path } of drives) screen.line(`  ${name.padEnd(15)}${join(path, roll)}`);
  screen.line(`  ${'offsite'.padEnd(15)}${stage.offsite.where(roll)}`);
  for (const sheet of await contactSheetsInTime(stateDir)) {
    screen.line(`  ${'contact sheet'.padEnd(15)}${sheet}`);
  }
  screen.line(`  ${'ledger'.padEnd(15)}${ledgerOf(stateDir)}`);
}

/** Pictures come after everything that safety needs, so the verdict may be there first. */
async function contactSheetsInTime(stateDir) {
  const limit = Date.now() + SHEET_PATIENCE_MS;
  for (;;) {
    const sheets = await contactSheets(stateDir);
    if (sheets.length > 0 || Date.now() >= limit) return sheets;
    await after(LOOK_EVERY_MS);
  }
}

async function contactSheets(stateDir) {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /sheet.*\.jpe?g$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function tellLeftovers(stage, screen) {
  const commands = [...stage.undo.toReversed(), ['rm', '-r', stage.base]].map((words) =>
    words.join(' '),
  );
  screen.line('\nThe service is stopped, everything else is left standing. To take it away:');
  for (const command of commands) screen.line(`  ${command}`);
}

const stage = new Stage();
const screen = new Screen();
let keep = false;
try {
  const wanted = options();
  keep = wanted.keep;
  process.exitCode = await main(stage, wanted, screen);
  if (keep) tellLeftovers(stage, screen);
  else screen.line('\nStopped, and everything taken away again. (--keep leaves it standing.)');
} catch (error) {
  screen.line();
  process.stderr.write(`${error.message}\n`);
  if (error.code?.startsWith?.('ERR_PARSE_ARGS'))
    process.stderr.write(`${process.env.QUICKSTART_USAGE ?? ''}\n`);
  process.exitCode = CANNOT_TELL;
} finally {
  await stage.clear(keep);
}
