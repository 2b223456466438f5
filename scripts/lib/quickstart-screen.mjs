/** What the quickstart shows: one line that renews itself on a terminal, plain lines elsewhere. */

const LIGHTS = {
  off: { word: 'NO CARD', colour: '90' },
  copying: { word: 'COPYING', colour: '97' },
  'on-two-drives': { word: 'ON TWO DRIVES', colour: '33' },
  safe: { word: 'SAFE TO FORMAT', colour: '32' },
  'do-not-format': { word: 'DO NOT FORMAT', colour: '31' },
  empty: { word: 'EMPTY', colour: '34' },
};

const PHASES = {
  listing: 'listing the card',
  copying: 'copying and reading back',
  rereading: 'reading the card again',
  uploading: 'sending offsite',
  confirming: 'confirming offsite',
};

/** Columns that the indented lamp and its word take. */
const LAMP_WIDTH = 19;
const BAR_WIDTH = 12;

export class Screen {
  #out;
  #isTerminal;
  #colours;
  #renewing = false;
  #lastLight = '';
  #lastPlain = '';
  #begin = Date.now();

  constructor(out = process.stdout, env = process.env) {
    this.#out = out;
    this.#isTerminal = env.TERM !== 'dumb' && out.isTTY;
    this.#colours = this.#isTerminal && !env.NO_COLOR;
  }

  /** A finished step: what it is, how it turned out, and at which second. */
  step(name, text) {
    const second = `${((Date.now() - this.#begin) / 1000).toFixed(1)} s`;
    this.line(`  ${name.padEnd(10)}${text} ${this.#paint('90', `(${second})`)}`);
  }

  line(text = '') {
    this.#endRenewing();
    this.#out.write(`${text}\n`);
  }

  /** How far a card is; renews the line before on a terminal, else says only what is new. */
  progress(card, work) {
    const doing = work === undefined ? '' : (PHASES[work.phase] ?? work.phase);
    const share = shareOf(card, work);
    const counts = `${card.files.onDrives}/${card.files.total} on drives, ${card.files.offsite}/${card.files.total} offsite`;
    if (this.#isTerminal) {
      this.#renew(card.light, [bar(share), counts, doing]);
      return;
    }
    const plain = `  ${this.light(card.light)}  ${counts}${doing === '' ? '' : `  (${doing})`}`;
    if (plain !== this.#lastPlain) this.#out.write(`${plain}\n`);
    this.#lastPlain = plain;
  }

  /** A line that was broken by the terminal's edge could not be renewed, so the last parts are left out first. */
  #renew(light, parts) {
    const room = (this.#out.columns ?? 80) - LAMP_WIDTH - 1;
    let text = '';
    for (const part of parts) {
      if (text.length + part.length + 2 > room) break;
      text += `  ${part}`;
    }
    // Each light keeps the last state of its line.
    if (light !== this.#lastLight) this.#endRenewing();
    this.#out.write(`\r\x1b[2K  ${this.light(light)}${text}`);
    this.#renewing = true;
    this.#lastLight = light;
  }

  /** The lamp: a block in its colour, and always its word. */
  light(light) {
    const { word, colour } = LIGHTS[light] ?? LIGHTS.off;
    return `${this.#paint(colour, '██')} ${this.#paint(`1;${colour}`, word.padEnd(14))}`;
  }

  #paint(colour, text) {
    return this.#colours ? `\x1b[${colour}m${text}\x1b[0m` : text;
  }

  #endRenewing() {
    if (this.#renewing) this.#out.write('\n');
    this.#renewing = false;
  }
}

/** Both halves of the way count alike: on the drives, and offsite. */
function shareOf({ files }, work) {
  if (files.total === 0) return 0;
  const moved = work !== undefined && work.bytesTotal > 0 ? work.bytesDone / work.bytesTotal : 0;
  const drives = work?.phase === 'copying' ? moved : files.onDrives / files.total;
  const offsite = work?.phase === 'uploading' ? moved : files.offsite / files.total;
  return (Math.min(drives, 1) + Math.min(offsite, 1)) / 2;
}

function bar(share) {
  const full = Math.round(share * BAR_WIDTH);
  const percent = `${Math.round(share * 100)} %`.padStart(5);
  return `${'━'.repeat(full)}${'╌'.repeat(BAR_WIDTH - full)} ${percent}`;
}
