/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ */
import type { SettingsOf } from '../config/notification-channel.js';
import type { ChannelDefinition } from './channel.js';
import { post } from './http-post.js';
import { type Message, messageOf } from './message.js';

const marks: Readonly<Record<Message['tone'], string>> = {
  bad: ':warning: ',
  good: ':white_check_mark: ',
  neutral: '',
};

const MOST_TEXT = 3000;

export const slack: ChannelDefinition<SettingsOf<'slack'>> = {
  deliver({ webhookUrl }, event, context) {
    const { title, text, tone } = messageOf(event);
    // Not as Markdown: names hold its characters. The mark is an emoji's name, which plain text has as well.
    const blocks = [
      { type: 'section', text: { type: 'plain_text', text: `${marks[tone]}${title}`, emoji: true } },
      { type: 'section', text: { type: 'plain_text', text: text.slice(0, MOST_TEXT), emoji: false } },
    ];
    return post({ url: webhookUrl, body: JSON.stringify({ text: escaped(title), blocks }) }, context);
  },
};

/** What shows in a notification: Slack asks for these three to be escaped, so that nothing reads as a mention. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
