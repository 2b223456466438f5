/** The whole state in lines for people. */
import type { DestinationView, InFlightView, RemoteView, StatusView } from '../core/status.ts';
import { bytesText, durationText, filesText, groupDigits } from '../core/wording.ts';
import { cardLines } from './card-text.ts';
import type { CliIo } from './cli-io.ts';
import { lampText, lightFor, lightText } from './lights.ts';
import { agoText, indent, printable, table, whenText } from './text.ts';

type Style = Pick<CliIo, 'colour' | 'timeZone' | 'now'>;

export function statusLines(status: StatusView, style: Style): string[] {
  return [
    ...serviceLines(status, style),
    ...section(
      'Cards',
      status.cards.flatMap((card) => cardLines(card, style)),
    ),
    ...section(
      'In flight',
      status.inFlight.map((work) => inFlightLine(work, status)),
    ),
    ...section('Drives', placeLines(status.destinations.map(destinationRow), status.destinations)),
    ...section(
      'Remotes',
      placeLines(
        status.remotes.map((remote) => remoteRow(remote, style)),
        status.remotes,
      ),
    ),
    ...section(
      'Trouble',
      (status.troubles ?? []).flatMap(({ sentence, hint }) => [
        `- ${printable(sentence)}`,
        `  ${printable(hint)}`,
      ]),
    ),
    ...section(
      'Not camera cards, left alone',
      status.unknownVolumes.map(({ mountPoint, label }) => {
        const path = printable(mountPoint);
        return `${path}  "${printable(label)}"; offload it all the same: safelight offload ${quoted(path)}`;
      }),
    ),
  ];
}

function serviceLines({ service, light, cards }: StatusView, style: Style): string[] {
  if (service.running) {
    const since = whenText(service.startedAt, style.timeZone);
    return [
      `The service is running (process ${service.pid ?? 'unknown'}, since ${since}).`,
      `Light: ${lightText(light, style.colour)} (${lampText(light)})`,
    ];
  }
  return [
    'The service is not running: the light is dark, and no card is copied or watched.',
    'Start it: systemctl start safelight, or "safelight daemon" in a window of its own.',
    cards.length === 0
      ? 'The ledger knows of no card to tell about.'
      : `What follows is what the ledger knows; it last saw a card ${ageOf(cards, style)}.`,
    ...(cards.some((card) => lightFor(card) === 'safe')
      ? [
          '"SAFE TO FORMAT" below is about the card as it was listed then; "safelight check" looks again.',
        ]
      : []),
  ];
}

/** The newest listing of a card says how old the news is. */
function ageOf(cards: StatusView['cards'], style: Style): string {
  const listed = cards.flatMap(({ inventoryAt }) => (inventoryAt === null ? [] : [inventoryAt]));
  const newest = listed.toSorted().at(-1) ?? null;
  return `${whenText(newest, style.timeZone)} (${agoText(newest, style.now())})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...indent(lines, '  ')];
}

const PHASES: Readonly<Record<InFlightView['phase'], string>> = {
  listing: 'being listed',
  copying: 'being copied',
  rereading: 'being read a second time',
  uploading: 'being sent offsite',
  confirming: 'being confirmed offsite',
};

export function inFlightLine(work: InFlightView, { cards }: Pick<StatusView, 'cards'>): string {
  const label = cards.find(({ id }) => id === work.card)?.label ?? work.card;
  const files = `${groupDigits(work.filesDone)} of ${filesText(work.filesTotal)}`;
  const bytes = `${bytesText(work.bytesDone)} of ${bytesText(work.bytesTotal)}`;
  const left = work.etaSeconds === null ? '' : `, about ${durationText(work.etaSeconds)} left`;
  return `${printable(label)} is ${PHASES[work.phase]}: ${files}, ${bytes}${left}`;
}

function destinationRow({ name, path, medium, state, freeBytes }: DestinationView): string[] {
  const free = freeBytes === null ? '' : `${bytesText(freeBytes)} free`;
  return [name, state, printable(path), free, medium === null ? '' : printable(medium)];
}

function remoteRow(remote: RemoteView, { timeZone }: Style): string[] {
  const { name, kind, state, queuedFiles, queuedBytes, lastSightingAt, lastAuditAt } = remote;
  const queued =
    queuedFiles === 0
      ? 'nothing waits'
      : `${filesText(queuedFiles)} wait (${bytesText(queuedBytes)})`;
  return [
    name,
    state,
    kind,
    queued,
    `last looked at ${whenText(lastSightingAt, timeZone)}`,
    `last audit ${whenText(lastAuditAt, timeZone)}`,
  ];
}

/** The aligned rows, each followed by the place's own sentence where it has one. */
function placeLines(
  rows: readonly (readonly string[])[],
  places: readonly { readonly sentence: string | null }[],
): string[] {
  return table(rows).flatMap((line, i) => {
    const sentence = places[i]?.sentence ?? null;
    return sentence === null ? [line] : [line, `  ${printable(sentence)}`];
  });
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
