/** https://docs.discord.com/developers/resources/webhook#execute-webhook */
import type { SettingsOf } from '../config/notification-channel.js';
import type { ChannelDefinition } from './channel.js';
import { post } from './http-post.js';
import { type Message, messageOf } from './message.js';

const colours: Readonly<Record<Message['tone'], number>> = { bad: 0xd64545, good: 0x3fa34d, neutral: 0x7a8290 };

// Limits of an embed.
const MOST_TITLE = 256;
const MOST_TEXT = 4096;

export const discord: ChannelDefinition<SettingsOf<'discord'>> = {
  deliver({ webhookUrl }, event, context) {
    const { title, text, tone } = messageOf(event);
    const embed = {
      title: plain(title).slice(0, MOST_TITLE),
      description: plain(text).slice(0, MOST_TEXT),
      color: colours[tone],
      timestamp: event.at,
    };
    // A model named @everyone must not call everyone.
    const body = JSON.stringify({ embeds: [embed], allowed_mentions: { parse: [] } });
    return post({ url: webhookUrl, body }, context);
  },
};

/** Names hold characters that Discord's Markdown would take for its own. */
function plain(text: string): string {
  return text.replace(/[\\*_~`|>]/g, '\\$&');
}
