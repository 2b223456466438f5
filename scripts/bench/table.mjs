/** Turns runs into tables for people, and says which goals were reached. */
const MIB = 1 << 20;
const GIB = 1 << 30;

const GOALS = {
  card: 1.03,
  cp: 1.5,
  rsync: 1.5,
  cpuPerGib: 0.8,
  peakMib: 150,
  ledger: 0.03,
  known: 5,
};

const PLACES = { card: 'at the speed of a card', memory: 'unlimited (memory)' };

/** @returns {string[]} lines of Markdown */
export function tableOf(result) {
  const { workload, what, files, bytes, at, able } = result;
  const drives = ['A', 'B'];
  const head = ['way', 'seconds', '× the limit', 'CPU s/GiB', 'peak RSS MiB'];
  const columns = [...head, ...drives.map((drive) => `read back ${drive} MiB`)];
  const size = (bytes / MIB).toFixed(0);
  return [
    '',
    `### ${workload} ${PLACES[at]}: ${what}, ${files} files, ${size} MiB`,
    '',
    `| ${columns.join(' | ')} |`,
    `| ${columns.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`,
    ...able.map(({ name }) => `| ${rowOf(result, name).join(' | ')} |`),
    ...oursLine(result),
  ];
}

function rowOf(result, name) {
  const limit = figure(result, 'dd of the card', 'seconds');
  const seconds = figure(result, name, 'seconds');
  const cpu = figure(result, name, 'cpuSeconds');
  const peak = figure(result, name, 'peakBytes');
  const backs = [0, 1].map((i) => readBack(result, name, i));
  return [
    name,
    number(seconds, 2),
    limit === undefined ? '–' : number(seconds / limit, 3),
    number(cpu === undefined ? undefined : cpu / (result.bytes / GIB), 2),
    number(peak === undefined ? undefined : peak / MIB, 0),
    ...backs.map((bytes) => number(bytes === undefined ? undefined : bytes / MIB, 0)),
  ];
}

function oursLine(result) {
  const seconds = figure(result, 'safelight', 'seconds');
  if (seconds === undefined) return [];
  const calls = figure(result, 'safelight', 'ledgerSeconds') / seconds;
  const again = figure(result, 'safelight', 'rereadSeconds');
  const [{ rereadFiles }] = result.runs.get('safelight');
  const added = ledgerAdds(result);
  const pairs =
    added === undefined
      ? ''
      : ` and added ${percent(added.median)} (${added.pairs} pairs: ${percent(added.least)} to ${percent(added.most)})`;
  return [
    '',
    `safelight: the calls of the ledger took ${percent(calls)} of the time${pairs}; the sample of a second read ` +
      `(${rereadFiles} files) took ${again.toFixed(2)} s more.`,
  ];
}

/**
 * Which part of the time is there because of the ledger: what a run takes longer than the one beside it that writes no
 * evidence, plus the writing of the card's listing, which that one has too.
 */
function ledgerAdds({ runs }) {
  const bare = runs.get('safelight, no evidence written') ?? [];
  const shares = (runs.get('safelight') ?? []).flatMap(({ seconds, listingSeconds }, i) =>
    bare[i] === undefined ? [] : [(seconds - bare[i].seconds + listingSeconds) / seconds],
  );
  if (shares.length === 0) return undefined;
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return { median: median(shares), least, most, pairs: shares.length };
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

function figure({ runs }, name, what) {
  return median((runs.get(name) ?? []).map((run) => run[what]).filter((one) => one !== undefined));
}

function readBack({ runs }, name, drive) {
  const all = (runs.get(name) ?? []).map(({ readBack: bytes }) => bytes?.[drive]);
  return median(all.filter((one) => one !== undefined));
}

function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return undefined;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)];
  return (sorted[middle - 1] + sorted[middle]) / 2;
}

function number(value, digits) {
  return value === undefined ? '–' : value.toFixed(digits);
}

/** @returns {string[]} one line of Markdown per goal that could be looked at */
export function goalsReached(results) {
  const lines = results.flatMap((result) =>
    result.verdict === undefined ? goalsOf(result) : knownGoals(result),
  );
  if (lines.length === 0) return [];
  return [
    '',
    '### Goals',
    '',
    '| goal | wanted | measured | reached |',
    '| --- | --- | --- | --- |',
    ...lines,
  ];
}

function goalsOf(result) {
  const { workload, at, bytes } = result;
  const where = `${workload}, ${at}`;
  const seconds = figure(result, 'safelight', 'seconds');
  if (seconds === undefined) return [];
  const times = (name) => {
    const other = figure(result, name, 'seconds');
    return other === undefined ? undefined : other / seconds;
  };
  const limit = times('dd of the card');
  const [cp, rsync] = [times('cp, both drives, honest'), times('rsync --fsync, honest')];
  const perGib = figure(result, 'safelight', 'cpuSeconds') / (bytes / GIB);
  const peak = figure(result, 'safelight', 'peakBytes') / MIB;
  const calls = figure(result, 'safelight', 'ledgerSeconds') / seconds;
  // What it adds, and no more than its calls: a few pairs differ by more than that for other reasons.
  const share = Math.max(0, Math.min(calls, ledgerAdds(result)?.median ?? calls));
  const back = Math.min(...[0, 1].map((i) => readBack(result, 'safelight', i))) / bytes;
  const isSmall = workload === 'W3';
  return [
    at === 'card' && !isSmall && limit !== undefined
      ? atMost(`${where}: × reading the card once`, GOALS.card, 1 / limit, 3)
      : undefined,
    workload === 'W1' && at === 'memory'
      ? atLeast(`${where}: × faster than cp`, GOALS.cp, cp)
      : undefined,
    workload === 'W1' && at === 'memory'
      ? atMost(`${where}: CPU s/GiB`, GOALS.cpuPerGib, perGib)
      : undefined,
    isSmall ? atLeast(`${where}: × faster than cp`, 1, cp) : undefined,
    isSmall ? atLeast(`${where}: × faster than rsync`, GOALS.rsync, rsync) : undefined,
    atLeast(`${where}: read back / copied, the lesser drive`, 1, back),
    atMost(`${where}: peak RSS MiB`, GOALS.peakMib, peak, 0),
    atMost(`${where}: the ledger's share`, GOALS.ledger, share, 3),
  ].filter((line) => line !== undefined);
}

function knownGoals({ files, seconds, peakBytes }) {
  const what = `${files} known files`;
  return [
    atMost(`${what}: seconds to the verdict`, GOALS.known, median(seconds)),
    atMost(`${what}: peak RSS MiB`, GOALS.peakMib, peakBytes / MIB, 0),
  ];
}

function atMost(what, wanted, measured, digits = 2) {
  const reached = measured <= wanted ? 'yes' : '**no**';
  return `| ${what} | ≤ ${wanted} | ${measured.toFixed(digits)} | ${reached} |`;
}

function atLeast(what, wanted, measured, digits = 2) {
  if (measured === undefined) return undefined;
  const reached = measured >= wanted ? 'yes' : '**no**';
  return `| ${what} | ≥ ${wanted} | ${measured.toFixed(digits)} | ${reached} |`;
}
