import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { ApiServices } from './api-services.js';

/** Answers with a job's log as it grows. A slow reader takes lines when it can; nothing waits for it. */
export function followLog(jobId: string, { logs, followers }: ApiServices, context: Context): void {
  const leave = followers.enter();
  const gone = new AbortController();
  context.req.on('close', () => gone.abort());
  context.res.on('close', () => {
    gone.abort();
    leave();
  });
  context.body = Readable.from(withLineEnds(logs.follow(jobId, gone.signal)));
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
