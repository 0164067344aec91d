import type { ChannelKind, ChannelSettings, SettingsOf } from '../config/notification-channel.js';
import { apprise } from './apprise.js';
import type { ChannelDefinition, DeliveryContext } from './channel.js';
import { discord } from './discord.js';
import { email } from './email.js';
import type { NotificationEvent } from './event.js';
import { ntfy } from './ntfy.js';
import { slack } from './slack.js';
import { webhook } from './webhook.js';

const channels = { webhook, ntfy, discord, slack, email, apprise } as const satisfies {
  [Kind in ChannelKind]: ChannelDefinition<SettingsOf<Kind>>;
};

/** Tells one channel of one event, once. Rejects with `DeliveryFailure`, or with the signal's reason. */
export function deliver(settings: ChannelSettings, event: NotificationEvent, context: DeliveryContext): Promise<void> {
  const definition: ChannelDefinition<ChannelSettings> = channels[settings.kind];
  return definition.deliver(settings, event, context);
}
