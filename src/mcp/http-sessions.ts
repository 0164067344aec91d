/** Clients over streamable HTTP: a session each, because taking a request back comes as a message of its own. */

import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { McpEndpoint, McpRequest } from '../api/mcp-endpoint.js';
import type { McpServices } from './mcp-services.js';
import { callOwnTool } from './own-tools.js';
import { protocolServer } from './protocol-server.js';
import { tools } from './registry.js';
import { type Server, WebStandardStreamableHTTPServerTransport } from './sdk.js';

export interface HttpSessionsOptions {
  readonly services: McpServices;
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
}

interface Session {
  readonly server: Server;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** Calls under way. */
  calls: number;
  lastUsedMs: number;
}

const MOST_SESSIONS = 64;
/** A client that left without a word; one that comes back begins a new session by itself. */
const IDLE_MS = 3_600_000;

export function httpSessions({ services, nowMs }: HttpSessionsOptions): McpEndpoint {
  const sessions = new Map<string, Session>();

  const open = async (): Promise<Session | undefined> => {
    makeRoom(sessions, nowMs());
    if (sessions.size >= MOST_SESSIONS) return undefined;
    const { version, logger } = services;
    const server = protocolServer({
      version,
      logger,
      call: async (call) => {
        session.calls += 1;
        try {
          return await callOwnTool(call, services);
        } finally {
          session.calls -= 1;
          session.lastUsedMs = nowMs();
        }
      },
    });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, session),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    const session: Session = { server, transport, calls: 0, lastUsedMs: nowMs() };
    await server.connect(transport);
    return session;
  };

  return async (request) => {
    const id = request.headers['mcp-session-id'];
    const session = id === undefined ? await open() : sessions.get(id);
    if (session === undefined) {
      return id === undefined
        ? problem(503, `${MOST_SESSIONS} MCP sessions are open, and each is at work: try again later.`)
        : problem(404, 'There is no such session, or it has ended: initialize a new one.');
    }
    session.lastUsedMs = nowMs();
    const refusal = wantsChange(request.body) ? await request.changeRefusal() : undefined;
    const asked = new Request('http://localhost/mcp', {
      method: request.method,
      headers: request.headers,
      ...(request.method === 'POST' ? { body: request.body } : {}),
    });
    const authInfo = {
      token: '',
      clientId: '',
      scopes: [],
      extra: refusal === undefined ? {} : { changeRefusal: refusal },
    };
    return session.transport.handleRequest(asked, { authInfo });
  };
}

/** Ends what nobody has used for long, and of a full house the one that rests longest. */
function makeRoom(sessions: Map<string, Session>, nowMs: number): void {
  const resting = [...sessions]
    .filter(([, { calls }]) => calls === 0)
    .sort(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs);
  for (const [index, [id, session]] of resting.entries()) {
    const isNeeded = index === 0 && sessions.size >= MOST_SESSIONS;
    if (!isNeeded && nowMs - session.lastUsedMs < IDLE_MS) continue;
    sessions.delete(id);
    void session.server.close();
  }
}

const callSchema = z.object({ method: z.literal('tools/call'), params: z.object({ name: z.string() }) });

/** Whether it calls a tool that changes something. What is no JSON the transport refuses. */
function wantsChange(body: McpRequest['body']): boolean {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return false;
  }
  return [content].flat().some((message) => {
    const call = callSchema.safeParse(message);
    return call.success && tools.some(({ name, changes }) => changes && name === call.data.params.name);
  });
}

/** In the manner of the transport's own refusals. */
function problem(status: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null }, { status });
}
