/** Turns one event into one line of text: never more than one, and never with a secret in it. */
import { withoutSecrets, withoutSecretText } from './without-secrets.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFacts = Readonly<Record<string, unknown>>;
/** `json`: a JSON object; `journal`: the same after a priority that journald takes off; `terminal`: for people. */
export type LogShape = 'json' | 'journal' | 'terminal';

export interface LogEvent {
  readonly level: LogLevel;
  readonly message: string;
  readonly facts: LogFacts;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Priorities of sd-daemon(3): 3 error, 4 warning, 6 info, 7 debug. */
const PRIORITY: Readonly<Record<LogLevel, string>> = {
  error: '<3>',
  warn: '<4>',
  info: '<6>',
  debug: '<7>',
};

export function logLine(shape: LogShape, event: LogEvent): string {
  const { level, at } = event;
  const message = withoutSecretText(event.message);
  const facts = withoutSecrets(event.facts);
  if (shape === 'terminal') {
    const time = new Date(at).toTimeString().slice(0, 8);
    const rest = Object.entries(facts).map(([key, value]) => ` ${key}=${shown(value)}`);
    return `${time} ${level.padEnd(5)} ${oneLine(message + rest.join(''))}`;
  }
  // What the event says of itself wins over facts of the same name.
  const line = JSON.stringify({ ...facts, time: new Date(at).toISOString(), level, message });
  return shape === 'journal' ? `${PRIORITY[level]}${line}` : line;
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
}

/** A card's label may hold line ends and terminal commands; both are shown instead of obeyed. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
