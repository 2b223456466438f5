/** Starts and stops real S3 servers on loopback for tests, each in a folder of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';

const run = promisify(execFile);

export interface S3Account {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RealServer extends S3Account {
  readonly name: string;
  /** The folder it keeps everything in. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Why a server cannot be started here: a program is missing. The sentence names the packages. */
export interface MissingServer {
  readonly name: string;
  readonly missing: string;
}

/** Ceph's radosgw; about 2 s. */
export function startRadosgw(): Promise<RealServer | MissingServer> {
  return start('radosgw', 2);
}

/** OpenStack Swift's S3 interface; 5 to 15 s. */
export function startSwift(): Promise<RealServer | MissingServer> {
  return start('swift', 5);
}

const NEEDS_PACKAGES = 3;

async function start(name: string, portCount: number): Promise<RealServer | MissingServer> {
  const script = fileURLToPath(new URL(`${name}.sh`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), `safelight-${name}-`));
  const ports = (await freePorts(portCount)).map(String);
  try {
    const { stdout } = await run(script, ['start', folder, ...ports], {
      timeout: 90_000,
      env: { ...process.env, OWNER_PID: String(process.pid) },
    });
    const [endpoint = '', accessKeyId = '', secretAccessKey = ''] = stdout.trim().split(' ');
    const stop = async (): Promise<void> => {
      await run(script, ['stop', folder], { timeout: 30_000 });
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    return { name, folder, endpoint, accessKeyId, secretAccessKey, stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const { code, stderr } = error as { code?: unknown; stderr?: unknown };
    if (code === NEEDS_PACKAGES) return { name, missing: String(stderr).trim() };
    throw error;
  }
}
