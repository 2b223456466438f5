/** What the configuration may ask for, but this version does not do: said rather than passed over in silence. */
import type { ConfigWarning } from '../config/cross-checks.ts';
import type { Config } from '../config/schema.ts';

/** Ways to send a message that are configured in vain. Addresses are not repeated: some are as good as a password. */
export function messagesNotYet({ signals }: Config): readonly ConfigWarning[] {
  return signals.webhooks.map((_webhook, i) => ({
    field: `signals.webhook #${i + 1}`,
    sentence: 'This version cannot post to webhooks yet: nobody is told this way.',
    hint: 'Use [signals.desktop], or a [[signals.led]] of kind "command", and look at "safelight status".',
  }));
}

/** Lights that are configured in vain. */
export function lightsNotYet({ signals }: Config): readonly ConfigWarning[] {
  return signals.leds.flatMap(({ kind }, i) =>
    kind === 'blink1'
      ? [
          {
            field: `signals.led #${i + 1}`,
            sentence: 'This version cannot drive a blink(1) yet: it stays dark.',
            hint: 'Use kind = "command" with the program blink1-tool.',
          },
        ]
      : [],
  );
}

/** All that is configured in vain; remotes are missing here because they are refused. */
export function notYet(config: Config): readonly ConfigWarning[] {
  const heartbeat =
    config.audit.heartbeatUrl === undefined
      ? []
      : [
          {
            field: 'audit.heartbeatUrl',
            sentence: 'This version does not ping yet: whoever waits for it is alarmed.',
            hint: 'Take it out until a later version.',
          },
        ];
  return [...messagesNotYet(config), ...lightsNotYet(config), ...heartbeat];
}
