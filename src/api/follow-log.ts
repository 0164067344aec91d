import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { ApiServices } from './api-services.js';
import { WRITE_TIMEOUT_MS, withWriteTimeout } from './listener/client-write-timeout.js';

/** Answers with a job's log as it grows. A slow reader holds up nobody; one that takes nothing is dropped. */
export function followLog(
  jobId: string,
  { logs, followers }: Pick<ApiServices, 'logs' | 'followers'>,
  context: Context,
  writeTimeoutMs: number = WRITE_TIMEOUT_MS,
): void {
  const leave = followers.enter();
  const gone = new AbortController();
  // Not the request's: that one closes as soon as its body is read.
  context.res.on('close', () => {
    gone.abort();
    leave();
  });
  const drop = () => context.res.destroy();
  context.body = Readable.from(
    withWriteTimeout(withLineEnds(logs.follow(jobId, gone.signal)), { writeTimeoutMs, drop }),
  );
  // A job that waits may say nothing for long: its reader learns at once that it is heard.
  context.flushHeaders();
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
