import * as z from 'zod';
import { route } from '../route.js';

const none = z.strictObject({});

// Probes of every maker come here, some with parameters of their own.
const anyQuery = z.looseObject({});

export const health = route({
  method: 'get',
  path: '/health',
  summary: 'Whether the agent answers',
  tag: 'agent',
  changes: false,
  params: none,
  query: anyQuery,
  answers: {
    200: { description: 'It does', schema: z.object({ status: z.literal('ok'), timestamp: z.iso.datetime() }) },
  },
  handle(_input, { now }, context) {
    context.body = { status: 'ok', timestamp: now().toISOString() };
  },
});

export const healthy = route({
  method: 'get',
  path: '/-/healthy',
  summary: 'Whether the agent answers, as Prometheus asks it',
  tag: 'agent',
  changes: false,
  params: none,
  query: anyQuery,
  answers: { 200: { description: 'It does', mediaType: 'text/plain' } },
  handle(_input, _services, context) {
    context.type = 'text/plain; charset=utf-8';
    context.body = 'typhon is healthy.\n';
  },
});

export const ready = route({
  method: 'get',
  path: '/-/ready',
  summary: 'Whether everything kept on disk is loaded',
  tag: 'agent',
  changes: false,
  params: none,
  query: anyQuery,
  answers: {
    200: { description: 'It is', mediaType: 'text/plain' },
    503: { description: 'Not yet', mediaType: 'text/plain' },
  },
  handle(_input, services, context) {
    context.type = 'text/plain; charset=utf-8';
    context.status = services.ready() ? 200 : 503;
    context.body = services.ready() ? 'typhon is ready.\n' : 'typhon is loading what it has recorded.\n';
  },
});
