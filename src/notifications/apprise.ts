/** https://github.com/caronc/apprise-api#api-details: a gateway to Telegram, Gotify, Pushover, Matrix and some hundred others. */
import type { SettingsOf } from '../config/notification-channel.js';
import type { ChannelDefinition } from './channel.js';
import { post } from './http-post.js';
import { type Message, messageOf } from './message.js';

const types: Readonly<Record<Message['tone'], string>> = { bad: 'warning', good: 'success', neutral: 'info' };

// Some services may have been told when it answers 424: another attempt would tell them again.
const refusals: Readonly<Record<number, string>> = {
  204: 'it has no service to tell: nothing is kept under this key',
  424: 'not every service could be told',
};

export const apprise: ChannelDefinition<SettingsOf<'apprise'>> = {
  deliver({ url, urls, tag }, event, context) {
    const { title, text, tone } = messageOf(event);
    const body = { title, body: text, type: types[tone], format: 'text', tag, urls: urls?.join(',') };
    return post({ url, body: JSON.stringify(body), refusals }, context);
  },
};
