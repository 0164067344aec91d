/** The Model Context Protocol's server: lists the tools and calls them. What is loaded here no other part of typhon loads. */

import * as z from 'zod';
import type { Logger } from '../logger.js';
import { tools } from './registry.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  Server,
  type ToolDescription,
} from './sdk.js';
import type { Tool, ToolCall } from './tool.js';

/** A call as the protocol has it, before its tool is known. */
export interface ProtocolCall extends Omit<ToolCall, 'services'> {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
  /** Why this client may not change anything; `undefined` where it may. */
  readonly changeRefusal: string | undefined;
}

export interface ProtocolServerOptions {
  readonly version: string;
  readonly logger: Pick<Logger, 'warn'>;
  /** Answers a call, also one that goes wrong; rejects where nobody waits for the answer. */
  readonly call: (call: ProtocolCall) => Promise<CallToolResult>;
}

const INSTRUCTIONS =
  "typhon benchmarks this machine's LLM servers and keeps every result. Whether it is slower than before, and why: what_changed, then get_trends. A benchmark keeps a server busy for minutes: start one only when the user wants it.";

/** A server for one client, to be connected to its transport. */
export function protocolServer({ version, logger, call }: ProtocolServerOptions): Server {
  const server = new Server({ name: 'typhon', version }, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  server.onerror = (error) => logger.warn({ err: error }, 'a message of an MCP client could not be handled');
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(descriptionOf) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const token = params._meta?.progressToken;
    return call({
      name: params.name,
      arguments: params.arguments ?? {},
      changeRefusal: refusalIn(extra.authInfo?.extra),
      signal: extra.signal,
      isFollowed: token !== undefined,
      progress: ({ done, total, message }) => {
        if (token === undefined || extra.signal.aborted) return;
        const progress = { progressToken: token, progress: done, message, ...(total === undefined ? {} : { total }) };
        // Whoever went away is not to be told.
        extra.sendNotification({ method: 'notifications/progress', params: progress }).catch(() => undefined);
      },
    });
  });
  return server;
}

const refusalSchema = z.object({ changeRefusal: z.string().optional() });

/** It stands beside a request that came over HTTP. */
function refusalIn(extra: unknown): string | undefined {
  return refusalSchema.safeParse(extra).data?.changeRefusal;
}

export function toolNamed(name: string): Tool {
  const found = tools.find((tool) => tool.name === name);
  if (found !== undefined) return found;
  const names = tools.map((tool) => tool.name).join(', ');
  throw new McpError(ErrorCode.InvalidParams, `There is no tool ${JSON.stringify(name)}: there are ${names}.`);
}

function descriptionOf({ name, title, description, changes, input, output }: Tool): ToolDescription {
  return {
    name,
    title,
    description,
    inputSchema: jsonSchema(input, 'input'),
    outputSchema: jsonSchema(output, 'output'),
    annotations: { readOnlyHint: !changes, destructiveHint: name === 'cancel_job', openWorldHint: false },
  };
}

const objectSchema = z.looseObject({ type: z.literal('object') });

/**
 * In words that JSON Schema's drafts 7 and 2020-12 share: the protocol names the newer one, its most used clients check
 * by the older. Arguments are for models to read: nothing in them refers elsewhere.
 */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: io === 'output' ? 'ref' : 'inline',
    override: ({ jsonSchema: part }) => {
      // A tuple: each draft has words of its own for it, which mean something else in the other.
      if (part.prefixItems === undefined) return;
      part.items = { anyOf: part.prefixItems.filter((item) => typeof item === 'object') };
      delete part.prefixItems;
    },
  });
  return objectSchema.parse(described);
}
