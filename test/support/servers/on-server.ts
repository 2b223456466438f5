/** Runs a suite on a real server, or says in one skipped test why it cannot run here. */
import { afterAll, describe, test } from '@jest/globals';
import type { MissingServer, RealServer } from './real-servers.ts';

/** The server is stopped when the suite has run. */
export function onServer(
  server: RealServer | MissingServer,
  suite: (server: RealServer) => void,
): void {
  if ('missing' in server) {
    test.todo(`not tried on ${server.name}: ${server.missing}`);
    return;
  }
  describe(`on ${server.name}`, () => {
    afterAll(() => server.stop(), 30_000);
    suite(server);
  });
}
