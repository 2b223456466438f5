/** What is wrong with a configuration: which field, what stands there, and how to put it right. */
import { RoomError } from '../core/room-error.ts';

/**
 * - `missing`: there is no configuration, or a field that must be there is not
 * - `unreadable`: the file cannot be read
 * - `syntax`: it is no TOML
 * - `unknown-key`: a field that does not exist
 * - `bad-value`: a field that exists, with a value that it cannot have
 * - `conflict`: values that are fine alone but not together
 * - `too-open`: a secret that others on this machine can read
 */
export type ConfigErrorCode =
  | 'missing'
  | 'unreadable'
  | 'syntax'
  | 'unknown-key'
  | 'bad-value'
  | 'conflict'
  | 'too-open';

export interface ConfigProblem {
  readonly code: ConfigErrorCode;
  /** As a person would point at it: `policy.copies`, `remote "b2".bucket`, `line 12`. */
  readonly field: string;
  /** What stands there, as TOML; empty when nothing does, and never a secret. */
  readonly value: string;
  /** One sentence that names field and value. */
  readonly message: string;
  /** The fix, one sentence. */
  readonly hint: string;
}

export class ConfigError extends RoomError<ConfigErrorCode> {
  readonly field: string;
  readonly value: string;

  constructor(problem: ConfigProblem, options?: { cause?: unknown }) {
    super(problem.code, problem.message, problem.hint, options);
    this.name = 'ConfigError';
    this.field = problem.field;
    this.value = problem.value;
  }
}
