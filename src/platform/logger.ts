/** The service's log: one line per event on stdout, for journald, launchd or a person at a terminal. */
import { type LogEvent, type LogFacts, type LogLevel, logLine, type LogShape } from './log-line.ts';

/** Logging never throws and never waits; the log is talk, evidence lives in the ledger. */
export interface Logger {
  error(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  debug(message: string, facts?: LogFacts): void;
}

export interface LoggerOptions {
  /** The least important level still written; `info` when not given. */
  readonly level?: LogLevel;
  /** How lines look; found out from the environment and from stdout when not given. */
  readonly shape?: LogShape;
  /** Where lines go instead of stdout. */
  readonly sink?: NodeJS.WritableStream;
}

/**
 * Makes the logger. winston is loaded here and not on import (55 ms), so that short commands do not pay for it.
 * There is no file transport: winston's lost whole files on exit and swallowed a full disk when it was tried.
 */
export async function makeLogger(options: LoggerOptions = {}): Promise<Logger> {
  const { default: winston } = await import('winston');
  const shape = options.shape ?? shapeHere(process.env, process.stdout.isTTY);
  const { sink } = options;
  const winstonLogger = winston.createLogger({
    level: options.level ?? 'info',
    format: winston.format.printf((info) => (typeof info.message === 'string' ? info.message : '')),
    transports: [
      sink === undefined
        ? new winston.transports.Console()
        : new winston.transports.Stream({ stream: sink }),
    ],
    exitOnError: false,
  });
  const write = (level: LogLevel) => (message: string, facts?: LogFacts) => {
    if (!winstonLogger.isLevelEnabled(level)) return;
    winstonLogger.log(level, lineOf(shape, { level, message, facts: facts ?? {}, at: Date.now() }));
  };
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
  };
}

/** Facts that cannot even be looked at (a getter that throws) must not stop the message. */
function lineOf(shape: LogShape, event: LogEvent): string {
  try {
    return logLine(shape, event);
  } catch {
    return logLine(shape, { ...event, facts: { facts: '[could not be told]' } });
  }
}

/** systemd sets JOURNAL_STREAM when stdout goes to the journal (systemd.exec(5)). */
export function shapeHere(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): LogShape {
  if (isTerminal) return 'terminal';
  return env['JOURNAL_STREAM'] === undefined ? 'json' : 'journal';
}

/** Says nothing; for commands that answer by their own output, and for tests. */
export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
};
