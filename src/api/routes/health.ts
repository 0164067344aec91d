import * as z from 'zod';
import { route } from '../route.js';

const none = z.strictObject({});

// Probes of every maker come here, some with parameters of their own.
const anyQuery = z.looseObject({});

export const health = route({
  method: 'get',
  path: '/health',
  summary: 'Whether the agent answers and can record what it measures',
  tag: 'agent',
  changes: false,
  params: () => none,
  query: () => anyQuery,
  answers: () => ({
    200: { description: 'It does', schema: z.object({ status: z.literal('ok'), timestamp: z.iso.datetime() }) },
    503: { description: 'Its storage is gone or not writable' },
  }),
  async handle(_input, { now, storageProblem }, context) {
    const detail = await storageProblem();
    if (detail === undefined) {
      context.body = { status: 'ok', timestamp: now().toISOString() };
      return;
    }
    context.status = 503;
    context.body = { status: 'storage_unavailable', timestamp: now().toISOString(), detail };
  },
});

export const healthy = route({
  method: 'get',
  path: '/-/healthy',
  summary: 'Whether the agent answers, as Prometheus asks it',
  tag: 'agent',
  changes: false,
  params: () => none,
  query: () => anyQuery,
  answers: () => ({ 200: { description: 'It does', mediaType: 'text/plain' } }),
  handle(_input, _services, context) {
    context.type = 'text/plain; charset=utf-8';
    context.body = 'typhon is healthy.\n';
  },
});

export const ready = route({
  method: 'get',
  path: '/-/ready',
  summary: 'Whether everything kept on disk is loaded, and more can be recorded',
  tag: 'agent',
  changes: false,
  params: () => none,
  query: () => anyQuery,
  answers: () => ({
    200: { description: 'It is', mediaType: 'text/plain' },
    503: { description: 'Not yet, or not any more: the storage is gone or not writable', mediaType: 'text/plain' },
  }),
  async handle(_input, { ready: isReady, storageProblem }, context) {
    const problem = isReady() ? await storageProblem() : 'typhon is loading what it has recorded.';
    context.type = 'text/plain; charset=utf-8';
    context.status = problem === undefined ? 200 : 503;
    context.body = `${problem ?? 'typhon is ready.'}\n`;
  },
});
