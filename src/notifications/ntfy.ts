/** https://docs.ntfy.sh/publish/#publish-as-json: in headers, its other way, a title is limited to ASCII. */
import type { SettingsOf } from '../config/notification-channel.js';
import type { ChannelDefinition } from './channel.js';
import { post } from './http-post.js';
import { type Message, messageOf } from './message.js';

// 3 is ntfy's default, 4 makes a phone ring longer. Tags with an emoji's name become that emoji.
const looks: Readonly<Record<Message['tone'], { readonly priority: number; readonly tags: readonly string[] }>> = {
  bad: { priority: 4, tags: ['warning'] },
  good: { priority: 3, tags: ['white_check_mark'] },
  neutral: { priority: 3, tags: [] },
};

export const ntfy: ChannelDefinition<SettingsOf<'ntfy'>> = {
  deliver({ server, topic, token }, event, context) {
    const { title, text, tone } = messageOf(event);
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    return post(
      { url: server, headers, body: JSON.stringify({ topic, title, message: text, ...looks[tone] }) },
      context,
    );
  },
};
