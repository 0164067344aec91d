import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { monotonicMs } from '../../benchmark/clock.js';
import { formatPath } from '../../config/path.js';
import { sourceKinds } from '../../config/settings/setting-source.js';
import { shownSettings } from '../../config/settings/shown-settings.js';
import { attempt } from '../../notifications/attempt.js';
import { DeliveryFailure } from '../../notifications/delivery-failure.js';
import { systemClock } from '../../shared/clock.js';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';

const none = z.strictObject({});

const configurationSchema = z
  .object({
    file: z.string().nullable().meta({ description: 'Where it was read from; null where there is none' }),
    settings: z.array(
      z.object({
        path: z.string().meta({ description: 'As in the file', examples: ['web.listen_address'] }),
        value: z.string().nullable().meta({ description: 'Secrets are told as set; null: not set' }),
        source: z.enum([...sourceKinds, 'unknown']),
        origin: z.string().nullable().meta({ description: 'The flag, the variable, or the file and its line' }),
      }),
    ),
    channels: z.array(z.object({ name: z.string(), kind: z.string() })),
  })
  .meta({ id: 'Configuration' });
export type ConfigurationAnswer = z.infer<typeof configurationSchema>;

export const configuration = route({
  method: 'get',
  path: '/configuration',
  summary: 'The configuration in force, and where each value comes from; without secrets',
  tag: 'agent',
  changes: false,
  params: () => none,
  query: () => none,
  answers: () => ({ 200: { description: 'Every setting, in the order of the file', schema: configurationSchema } }),
  handle(_input, { config, configOrigin }, context) {
    const origin = configOrigin();
    const body: ConfigurationAnswer = {
      file: origin?.file ?? null,
      settings: shownSettings(config()).map(({ path, value }) => {
        const source = origin?.sourceOf(path);
        return {
          path: formatPath(path),
          value,
          source: source?.kind ?? 'unknown',
          origin: source?.origin ?? null,
        };
      }),
      channels: config().notifications.map(({ name, kind }) => ({ name, kind })),
    };
    context.body = body;
  },
});

export const testNotification = route({
  method: 'post',
  path: '/notifications/{name}/test',
  summary: 'Send a test message to a channel, once',
  tag: 'agent',
  changes: true,
  params: () => z.object({ name: z.string() }),
  query: () => none,
  answers: () => ({
    200: {
      description: 'Whether the channel took it',
      schema: z.object({ sent: z.boolean(), problem: z.string().nullable() }),
    },
    404: { description: 'No such channel' },
  }),
  async handle({ params: { name } }, { config, hostName: machine, now }, context) {
    const channel = config().notifications.find((one) => one.name === name);
    if (channel === undefined) throw new ApiError(404, `Channel '${name}' not found.`);
    const gone = new AbortController();
    context.res.on('close', () => gone.abort());
    const event = { event: 'test', id: `test:${randomUUID()}`, at: now().toISOString(), machine } as const;
    const ways = {
      fetch: (url: string, request: RequestInit) => fetch(url, request),
      clock: systemClock(monotonicMs),
      signal: gone.signal,
    };
    try {
      await attempt(channel, event, ways);
      context.body = { sent: true, problem: null };
    } catch (error) {
      if (!(error instanceof DeliveryFailure)) throw error;
      context.body = { sent: false, problem: `${name} ${error.message}` };
    }
  },
});
