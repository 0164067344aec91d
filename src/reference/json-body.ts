/** Reads and validates the JSON body of a request. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { HttpFailure, invalidRequest } from './http-failure.js';

/** The text of the longest context is about two mebibytes; JSON may escape it. */
export const BODY_LIMIT_BYTES = 8 * 2 ** 20;

/**
 * @throws {HttpFailure} 413 when the body is too large, 400 when it is not JSON or not what the schema wants.
 */
export async function jsonBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await json(request));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw invalidRequest(problems.join('; '), parsed.error);
}

async function json(request: IncomingMessage): Promise<unknown> {
  const text = await body(request);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidRequest('the body is not valid JSON', error);
  }
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Read to its end even when too large: answered earlier, a client still sending would see a reset, not the answer.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  if (bytes <= BODY_LIMIT_BYTES) return Buffer.concat(chunks).toString('utf8');
  throw new HttpFailure(413, 'invalid_request_error', `the body is larger than ${BODY_LIMIT_BYTES} bytes`);
}
