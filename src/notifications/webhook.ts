/** JSON to a URL of the user's own, signed. docs/notifications.md tells receivers how to check the signature. */
import { createHmac } from 'node:crypto';
import type { SettingsOf } from '../config/notification-channel.js';
import type { ChannelDefinition } from './channel.js';
import { post } from './http-post.js';
import { messageOf } from './message.js';

export const webhook: ChannelDefinition<SettingsOf<'webhook'>> = {
  deliver({ url, secret }, event, context) {
    const { title, text } = messageOf(event);
    const body = JSON.stringify({ version: 1, ...event, title, text });
    // Of this attempt, not of the event: a receiver may refuse what was signed long ago.
    const timestamp = String(Math.floor(context.now().getTime() / 1000));
    const headers = {
      'typhon-event': event.event,
      'typhon-event-id': event.id,
      'typhon-timestamp': timestamp,
      ...(secret === undefined ? {} : { 'typhon-signature': `sha256=${signatureOf(secret, timestamp, body)}` }),
    };
    return post({ url, headers, body }, context);
  },
};

function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
