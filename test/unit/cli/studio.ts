/** A studio at work, as fake services: what each golden scenario is asked against. */
import type { CliServices, NoAnswer } from '../../../src/cli/services.ts';
import { RoomError } from '../../../src/core/room-error.ts';
import {
  AMBER,
  batches,
  EMPTY,
  FILE,
  HOLD,
  NOTES,
  ROSTER,
  SAFE,
  SHOTS,
  STATUS,
  UNFINISHED,
} from './support.ts';

export class StudioError extends RoomError<'bad-config' | 'trouble'> {}

const CARDS = [SAFE, HOLD, AMBER, EMPTY];

function find(selector: string): (typeof CARDS)[number] | NoAnswer {
  if (selector === 'stuck') {
    return {
      kind: 'cannot-tell',
      sentence: 'What is plugged in could not be listed (lsblk gave no answer).',
      hint: 'Try again; if it stays, run "safelight doctor".',
    };
  }
  if (selector === 'A') return { kind: 'ambiguous', selector, ids: [SAFE.id, HOLD.id] };
  const card = CARDS.find(({ id, label }) => id.startsWith(selector) || label === selector);
  return card ?? { kind: 'no-such-card', selector };
}

/** At work, with the service running and cards A003 and A004 in. */
export const STUDIO: Partial<CliServices> = {
  daemon: async () => {},
  status: async () => STATUS,
  cards: async () => ROSTER,
  async check(_call, selectors) {
    if (selectors.length === 0) return { kind: 'answers', cards: [SAFE, HOLD] };
    const found = selectors.map((selector) => find(selector));
    const miss = found.find((one) => 'kind' in one);
    return miss ?? { kind: 'answers', cards: found.filter((one) => 'id' in one) };
  },
  async show(_call, selector) {
    const card = find(selector);
    if ('kind' in card) return card;
    return {
      kind: 'shown',
      card,
      shots: SHOTS,
      notes: NOTES,
      files: batches([FILE], [], [UNFINISHED]),
    };
  },
  async offload(_call, { path, label, wait }, onStep) {
    if (path === '/mnt/work/Ingest') {
      return {
        kind: 'refused',
        sentence: '/mnt/work/Ingest is the destination "working".',
        hint: 'Name the card, not a place that cards are copied to.',
      };
    }
    if (!wait) {
      return { kind: 'handed-over', sentence: `The service offloads ${label ?? path} now.` };
    }
    for (const bytesDone of [0, 10, 500, 501, 1000].map((n) => n * 1_000_000)) {
      const filesDone = Math.floor(bytesDone / 25_000_000);
      onStep({
        card: HOLD,
        inFlight: {
          card: HOLD.id,
          phase: 'copying',
          filesDone,
          filesTotal: 40,
          bytesDone,
          bytesTotal: 1_000_000_000,
          etaSeconds: 30,
        },
      });
    }
    return { kind: 'ended', card: path.endsWith('A003') ? SAFE : HOLD };
  },
  async eject(_call, selector) {
    const card = find(selector);
    if ('kind' in card) return card;
    if (card === HOLD) {
      return {
        kind: 'busy',
        sentence: 'A004 is still being read.',
        hint: 'Leave the card in until it is done; "safelight status" shows how far it is.',
      };
    }
    const note =
      card === AMBER ? 'Another card is in the same reader, so its port stays on.' : null;
    const sentence = `${card.label} is ejected: you may take it out.`;
    return { kind: 'ejected', sentence, note, card };
  },
  async service(_call, { task, scope = 'user', dryRun, lines }) {
    const done = { ok: true, scope, hint: null };
    switch (task) {
      case 'status':
        return { ...done, lines: [], sentence: 'The service of this session is running.' };
      case 'logs':
        return { ...done, lines: ['one', 'two', 'three'].slice(0, lines), sentence: '' };
      default:
        return dryRun
          ? {
              ...done,
              lines: ['would run systemctl --user daemon-reload'],
              sentence: 'Nothing was changed: this is only what would be done.',
            }
          : { ...done, lines: [], sentence: `The service is ${task}ed.` };
    }
  },
  doctor: async () => [
    { part: 'clock', ok: true, required: true, sentence: 'The clock says 2026-11-24.' },
    {
      part: 'drive backup',
      ok: false,
      required: true,
      sentence: 'Nothing is mounted at /mnt/backup.',
      hint: 'Connect the drive.',
    },
    {
      part: 'service',
      ok: false,
      required: false,
      sentence: 'The service is not running.',
      hint: 'Start it with "safelight daemon".',
    },
  ],
  led: async (_call, light) => [
    { part: 'led safelight:status', ok: true, required: true, sentence: `It shows ${light}.` },
  ],
  notify: async (_call, text) => [
    { part: 'desktop', ok: true, required: true, sentence: `It was told "${text}".` },
  ],
};

/** Nothing runs, nothing is in, and the configuration has a fault. */
export const TROUBLED: Partial<CliServices> = {
  isBadConfig: (error) => error instanceof StudioError && error.code === 'bad-config',
  daemon: async () => {
    throw new StudioError('bad-config', 'policy.copies must be at least 2, not 1.', 'Write 2.');
  },
  status: async () => ({
    ...STATUS,
    service: { running: false, pid: null, startedAt: null },
    light: 'off',
    cards: [SAFE, AMBER],
    inFlight: [],
    destinations: [],
    remotes: [],
    unknownVolumes: [],
  }),
  check: async () => ({ kind: 'answers', cards: [] }),
  cards: async () => [],
  eject: async () => ({
    kind: 'cannot-tell',
    sentence: 'The service is not running, so nobody can tell whether the card is in use.',
    hint: 'Start it.',
  }),
  service: async (_call, { scope = 'user' }) => ({
    ok: false,
    scope,
    lines: ['written: /etc/systemd/system/safelight.service'],
    sentence: 'systemctl ended with code 1.',
    hint: 'See "safelight service logs".',
  }),
  doctor: async () => [],
  led: async () => [],
  notify: async () => {
    throw new StudioError('trouble', 'The desktop does not answer.', 'Log in to it first.');
  },
};
