/** Configurations for tests: a good one, and ways to spoil it. */
import { ConfigError } from '../../../src/config/config-error.ts';
import { parseConfig } from '../../../src/config/load.ts';

export const TWO_DRIVES = `[[destination]]
name = "working"
path = "/mnt/work/Ingest"
[[destination]]
name = "backup"
path = "/mnt/backup/Ingest"
`;

export const S3 = `[[remote]]
name = "b2"
kind = "s3"
endpoint = "https://s3.example.com"
bucket = "studio-originals"
credentials = { accessKeyIdFile = "/etc/safelight/b2.id", secretAccessKeyFile = "/etc/safelight/b2.key" }
`;

/** The refusal of a text, or a failed test when it was not refused. */
export function refusal(text: string): ConfigError {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`was not refused:\n${text}`);
}

/** Everything of an error that could reach a person or a log. */
export function everythingSaid(error: ConfigError): string {
  return [
    error.message,
    error.hint,
    error.value,
    error.field,
    error.stack,
    String(error.cause),
  ].join('\n');
}
