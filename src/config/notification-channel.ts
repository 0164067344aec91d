/** One entry of `notifications`: a way to reach somebody, and of what to tell them. */
import * as z from 'zod';
import { defaults } from './defaults.js';
import { filled, name, secret, text, timer } from './field.js';
import type { DeepReadonly } from './freeze.js';

/** What is worth a message. */
export const notificationEvents = [
  'run_failure',
  'regression_start',
  'recovery',
  'output_changed',
  'missed_schedule',
] as const;

const eventsText = `a list of ${notificationEvents.join(', ')} without repeats`;

const common = () => ({
  name: name.describe('How the channel is called in logs and after typhon notify test --channel'),
  on: z
    .array(z.enum(notificationEvents), { error: eventsText })
    .min(1, { error: eventsText })
    .refine((list) => new Set(list).size === list.length, eventsText)
    .default([...notificationEvents])
    .describe('Of what it tells; without it of everything'),
  timeout: timer(1000).prefault(defaults.notificationTimeout).describe('How long one attempt may take'),
  give_up_after: timer(60_000)
    .prefault(defaults.notificationGiveUpAfter)
    .describe('A message that is older is not tried again'),
});
type Common = ReturnType<typeof common>;

interface Timing {
  readonly timeout: number;
  readonly give_up_after: number;
}

function withUnits<T extends Timing>({ timeout, give_up_after, ...rest }: T) {
  return { ...rest, timeoutMs: timeout, giveUpAfterMs: give_up_after };
}

const hookText = 'an http:// or https:// URL without user, password or fragment';
const serverText = 'an http:// or https:// URL without user, password, path, query or fragment';

function isHookUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, hash } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}

function isServerUrl(value: string): boolean {
  return isHookUrl(value) && /^\/?$/.test(new URL(value).pathname) && new URL(value).search === '';
}

const hookUrl = () => filled(hookText).refine(isHookUrl, hookText);

const webhook = (shared: Common) =>
  z
    .strictObject({
      kind: z.literal('webhook').describe('JSON sent to a URL of your own'),
      ...shared,
      url: hookUrl().describe('Where the JSON is sent, never logged'),
      secret: secret.optional().describe('Signs what is sent with HMAC-SHA256; best written as ${ENV_VAR}'),
    })
    .transform(withUnits);

const topicText = 'a topic of letters, digits, "_" and "-", at most 64 long';

const ntfy = (shared: Common) =>
  z
    .strictObject({
      kind: z.literal('ntfy').describe('A topic of ntfy'),
      ...shared,
      server: filled(serverText)
        .refine(isServerUrl, serverText)
        .default(defaults.ntfyServer)
        .describe('The ntfy server'),
      topic: text(topicText, /^[A-Za-z0-9_-]{1,64}$/).describe('Whoever knows it can read along: choose a long one'),
      token: secret.optional().describe('Access token of a protected topic; best written as ${ENV_VAR}'),
    })
    .transform(withUnits);

const discord = (shared: Common) =>
  z
    .strictObject({
      kind: z.literal('discord').describe('A channel of a Discord server'),
      ...shared,
      webhook_url: hookUrl().describe("The channel's webhook, itself a secret; best written as ${ENV_VAR}"),
    })
    .transform(({ webhook_url, ...rest }) => ({ ...withUnits(rest), webhookUrl: webhook_url }));

const slack = (shared: Common) =>
  z
    .strictObject({
      kind: z.literal('slack').describe('A channel of a Slack workspace'),
      ...shared,
      webhook_url: hookUrl().describe("The channel's incoming webhook, itself a secret; best written as ${ENV_VAR}"),
    })
    .transform(({ webhook_url, ...rest }) => ({ ...withUnits(rest), webhookUrl: webhook_url }));

const hostText = 'a host name or an address, without scheme and port';
// No more than what tells an address from a slip: whether it exists only its own server knows.
const addressText = 'an e-mail address such as me@example.org';
const address = () => text(addressText, /^[^\s@<>,;"]+@[^\s@<>,;"]+$/);

const email = (shared: Common) =>
  z
    .strictObject({
      kind: z.literal('email').describe('E-mail over SMTP'),
      ...shared,
      host: text(hostText, /^[A-Za-z0-9.:-]+$/).describe('The SMTP server'),
      port: z.number().int().min(1).max(65_535).default(defaults.emailPort).describe('Its port'),
      security: z
        .enum(['starttls', 'tls', 'none'])
        .default(defaults.emailSecurity)
        .describe('starttls, tls from the first byte (port 465), or none'),
      user: filled('a user name').optional().describe('Without it nobody signs in'),
      password: filled('a password').optional().describe('Best written as ${ENV_VAR}'),
      from: address().describe('The address it comes from'),
      to: z.array(address()).min(1).describe('The addresses it goes to'),
    })
    .refine(({ user, password }) => (user === undefined) === (password === undefined), {
      error: 'user and password together, or neither',
    })
    .transform(({ user, password, ...rest }) => ({
      ...withUnits(rest),
      login: user === undefined || password === undefined ? undefined : { user, password },
    }));

const serviceUrlText = 'an Apprise URL such as tgram://TOKEN/CHAT, without commas or blanks';

const apprise = (shared: Common) =>
  z
    .strictObject({
      kind: z
        .literal('apprise')
        .describe('An Apprise API server, which reaches Telegram, Gotify, Pushover, Matrix and more'),
      ...shared,
      url: hookUrl().describe('Its /notify/KEY, or its /notify with urls; never logged'),
      urls: z
        .array(text(serviceUrlText, /^[a-z][a-z0-9+.-]*:\/\/[^\s,]+$/i))
        .min(1)
        .optional()
        .describe('Whom it tells where its URL has no key: secrets; best written as ${ENV_VAR}'),
      tag: filled("tags of the key's services").optional().describe('Tells those of the key with this tag alone'),
    })
    .transform(withUnits);

const kindText = 'one of webhook, ntfy, discord, slack, email, apprise';

/** Built when the first channel is read: many files have none, and every start would wait for it. */
export const channelSchema = z.lazy(() => {
  const shared = common();
  const kinds = [
    webhook(shared),
    ntfy(shared),
    discord(shared),
    slack(shared),
    email(shared),
    apprise(shared),
  ] as const;
  return z.discriminatedUnion('kind', kinds, {
    error: (issue) => (issue.code === 'invalid_union' ? kindText : undefined),
  });
});

/** One way to reach somebody, as configured. */
export type ChannelSettings = DeepReadonly<z.output<typeof channelSchema>>;
export type ChannelKind = ChannelSettings['kind'];
export type SettingsOf<Kind extends ChannelKind> = Extract<ChannelSettings, { kind: Kind }>;
