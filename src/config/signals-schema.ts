/** The fields of `[signals]`: ways to tell a person. */
import { z } from 'zod';
import { about, absolutePath, httpUrl, parsed, secretText, text } from './fields.ts';
import type { SecretRef } from './secret-ref.ts';

const desktop = z.strictObject({
  enabled: z.boolean().default(true).meta(about('Show messages on the desktop.', false)),
});

const sysfs = z.strictObject({
  kind: z.literal('sysfs').meta(about('A light of the Linux LED class.', 'sysfs')),
  name: parsed(
    (value) => (/^[^/\s]+$/.test(value) && !/^\.+$/.test(value) ? value : undefined),
    'must be the name of a folder below the root',
  ).meta(about('The name of the light, a folder below the root.', 'safelight:status')),
  root: absolutePath()
    .prefault('/sys/class/leds')
    .meta(about('Where lights are. Another folder lets you try it out.', '/tmp/leds')),
});

const blink1 = z.strictObject({
  kind: z.literal('blink1').meta(about('A blink(1) on USB.', 'blink1')),
  serial: text().exactOptional().meta(about('Which one, when there are several.', '20002345')),
});

const command = z.strictObject({
  kind: z.literal('command').meta(about('A program of yours.', 'command')),
  command: z
    .array(text())
    .min(1, 'must name a program')
    .meta(
      about('Program and arguments; no shell looks at them.', [
        '/usr/local/bin/studio-lamp',
        '--desk',
      ]),
    ),
});

const EVENTS = ['started', 'on-two-drives', 'safe', 'hold', 'empty', 'alarm'] as const;

const webhook = z
  .strictObject({
    url: httpUrl().meta(about('Where to post.', 'https://ntfy.sh/my-topic')),
    format: z
      .enum(['ntfy', 'json'])
      .default('json')
      .meta(about('What to post: a message for ntfy, or the facts as JSON.', 'ntfy')),
    on: z
      .array(z.enum(EVENTS))
      .default(['on-two-drives', 'safe', 'hold', 'alarm'])
      .meta(about('Which turns of events are told.', ['safe', 'alarm'])),
    tokenFile: absolutePath()
      .exactOptional()
      .meta(about('File that holds an access token.', '/etc/safelight/ntfy.token')),
    token: secretText()
      .exactOptional()
      .meta(about('Where the access token is, when it is in no file.', 'env:NTFY_TOKEN')),
  })
  .transform(({ tokenFile, token, ...rest }, context) => {
    const chosen = oneToken(tokenFile, token);
    if (chosen !== 'both') return { ...rest, ...chosen };
    context.issues.push({ ...TWO_TOKENS, input: token });
    return z.NEVER;
  });

export const signalsSchema = z
  .strictObject({
    desktop: desktop.prefault({}).meta(about('Messages on the desktop.', { enabled: false })),
    led: z
      .array(z.discriminatedUnion('kind', [sysfs, blink1, command]))
      .default([])
      .meta(about('Lights.', [{ kind: 'sysfs', name: 'safelight:status' }])),
    webhook: z
      .array(webhook)
      .default([])
      .meta(about('Addresses to post to.', [{ url: 'https://ntfy.sh/my-topic', format: 'ntfy' }])),
  })
  .transform(({ desktop: onDesktop, led, webhook: webhooks }) => ({
    desktop: onDesktop,
    leds: led,
    webhooks,
  }));

export const TWO_TOKENS = {
  code: 'custom' as const,
  path: ['token'],
  message: 'cannot stand beside tokenFile',
  params: { hint: 'Keep one of the two.' },
};

/** The token's reference as a field of its own, nothing when there is none, or `both` when it is given twice. */
export function oneToken(
  tokenFile: string | undefined,
  token: SecretRef | undefined,
): { readonly token?: SecretRef } | 'both' {
  if (tokenFile !== undefined && token !== undefined) return 'both';
  if (tokenFile !== undefined) return { token: { kind: 'file', path: tokenFile } };
  return token === undefined ? {} : { token };
}
