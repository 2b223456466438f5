/** What is configured in vain is said: a message that nobody gets must not look like one that was sent. */
import { describe, expect, test } from '@jest/globals';
import { notYet } from '../../../src/compose/not-yet.ts';
import { tryMessage } from '../../../src/compose/signal-trials.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { TWO_DRIVES } from '../config/support.ts';

const QUIET = '[signals.desktop]\nenabled = false\n';
const WEBHOOK = '[[signals.webhook]]\nurl = "https://ntfy.sh/a-secret-topic"\n';
const fields = (text: string) =>
  notYet(parseConfig(`${TWO_DRIVES}${text}`)).map(({ field }) => field);

describe('told', () => {
  test.each([
    ['a webhook', WEBHOOK, 'signals.webhook #1'],
    ['a blink(1)', '[[signals.led]]\nkind = "blink1"\n', 'signals.led #1'],
    ['a heartbeat', '[audit]\nheartbeatUrl = "https://hc-ping.com/x"\n', 'audit.heartbeatUrl'],
  ])('%s', (_what, text, field) => {
    expect(fields(text)).toEqual([field]);
  });

  test('nothing, where all that is asked for is done', () => {
    expect(fields('[[signals.led]]\nkind = "sysfs"\nname = "x"\n')).toEqual([]);
  });
});

test('a message that only a webhook could carry is a failure, and its address stays untold', async () => {
  const found = await tryMessage(parseConfig(`${TWO_DRIVES}${QUIET}${WEBHOOK}`), 'hello');
  expect(found).toEqual([
    expect.objectContaining({ part: 'signals.webhook #1', ok: false, required: true }),
  ]);
  expect(JSON.stringify(found)).not.toContain('secret');
});
