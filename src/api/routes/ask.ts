import { Readable } from 'node:stream';
import * as z from 'zod';
import { MAX_QUESTION_CHARACTERS } from '../../ask/ask.js';
import { WRITE_TIMEOUT_MS, withWriteTimeout } from '../listener/client-write-timeout.js';
import { route } from '../route.js';

const TYPE = 'text/plain; charset=utf-8';

export const ask = route({
  method: 'get',
  path: '/ask',
  summary: 'A question about the results, answered by a language model, streamed',
  tag: 'trends',
  // It costs inference, on somebody's machine or account.
  changes: true,
  params: () => z.strictObject({}),
  query: () =>
    z.strictObject({
      question: z.string().trim().min(1).max(MAX_QUESTION_CHARACTERS).optional().meta({
        description: 'Without it the model says what stands out',
      }),
    }),
  answers: () => ({
    200: { description: 'The answer as it comes; a failure after its first words is its last line' },
    404: { description: 'Nothing was measured yet' },
    409: { description: 'A benchmark is running, or another question is being answered' },
    422: { description: 'A bad parameter' },
    502: { description: 'The model failed before its first word' },
  }),
  async handle({ query }, services, context) {
    if (context.method === 'HEAD') {
      context.body = '';
      context.type = TYPE;
      return;
    }
    const gone = new AbortController();
    context.res.on('close', () => gone.abort());
    try {
      const { pieces } = await services.ask(query.question, gone.signal);
      const drop = () => context.res.destroy();
      context.set({ 'content-type': TYPE, 'x-accel-buffering': 'no' });
      context.body = Readable.from(withWriteTimeout(pieces, { writeTimeoutMs: WRITE_TIMEOUT_MS, drop }));
    } catch (error) {
      if (!gone.signal.aborted) throw error;
      // Nobody is left to be told.
      context.respond = false;
    }
  },
});
