/** Calls the tools in this process, and turns whatever goes wrong into words that say what to do. */

import * as z from 'zod';
import { answerOf } from '../api/api-error.js';
import { RunReferenceError } from '../judging/run-reference-error.js';
import { ExpectedError } from '../shared/expected-error.js';
import type { McpServices } from './mcp-services.js';
import { FIRST_RUN } from './nothing-recorded-error.js';
import { type ProtocolCall, toolNamed } from './protocol-server.js';
import type { CallToolResult } from './sdk.js';

const objectSchema = z.looseObject({});

/** Rejects with the signal's reason where the client has taken its request back, and with `McpError` for no tool. */
export async function callOwnTool(
  { name, arguments: given, changeRefusal, ...call }: ProtocolCall,
  services: McpServices,
): Promise<CallToolResult> {
  const tool = toolNamed(name);
  if (tool.changes && changeRefusal !== undefined) {
    return failed(
      `${changeRefusal} The client's configuration takes it as a header; the tools that only read work without.`,
    );
  }
  try {
    const { text, content } = await tool.handle(given, { ...call, services });
    // Without what the schema does not name: clients check it.
    return {
      content: [{ type: 'text', text }],
      structuredContent: { ...objectSchema.parse(tool.output.parse(content)) },
    };
  } catch (error) {
    call.signal.throwIfAborted();
    return failed(wordsOf(error, services));
  }
}

/** An answer that went wrong: a model reads it, and may put it right. */
export function failed(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}

function wordsOf(error: unknown, { logger }: McpServices): string {
  // Elsewhere it is told how to start one from a shell.
  if (error instanceof RunReferenceError && error.code === 'no_run') {
    return `${error.message.replace(/ Start one: .*$/, '')} ${FIRST_RUN}`;
  }
  const answer = answerOf(error);
  if (answer !== undefined) {
    const { detail, job_id: id } = answer.body;
    return id === undefined || answer.status !== 409
      ? detail
      : `${detail} Follow it with get_job, end it with cancel_job, or ask with on_busy "queue" to wait for it.`;
  }
  if (error instanceof ExpectedError) return error.message;
  logger.error({ err: error }, 'a tool failed');
  return 'typhon failed to answer; its log says why.';
}
