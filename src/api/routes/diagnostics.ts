import * as z from 'zod';
import { nodeDiagnosticsSchema } from '../../runner/diagnostics/diagnostics-schema.js';
import { route } from '../route.js';

const none = z.strictObject({});

export const nodeDiagnostics = route({
  method: 'get',
  path: '/v1/diagnostics/node',
  summary: 'What the runner is doing, and why it may be stuck',
  tag: 'diagnostics',
  changes: false,
  params: () => none,
  query: () => none,
  answers: () => ({
    200: { description: 'The runners, alive or dead, and the machine', schema: nodeDiagnosticsSchema },
  }),
  async handle(_input, { diagnostics }, context) {
    context.body = await diagnostics.snapshot();
  },
});

export const captureNodeDiagnostics = route({
  method: 'post',
  path: '/v1/diagnostics/node/capture',
  summary: 'Keep what is known now in a file under the storage path',
  tag: 'diagnostics',
  changes: true,
  params: () => none,
  query: () => none,
  answers: () => ({
    200: {
      description: 'It is written',
      schema: z.object({ path: z.string(), document: nodeDiagnosticsSchema }),
    },
    500: { description: 'It could not be written' },
  }),
  async handle(_input, { captureDiagnostics }, context) {
    context.body = await captureDiagnostics();
  },
});
