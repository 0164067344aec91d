/** Hands the calls of a `typhon mcp` on to an agent: the same tools over HTTP, in whose storage nobody else is to work. */

import { MOST_SECONDS } from './job-wait.js';
import { failed } from './own-tools.js';
import type { ProtocolCall } from './protocol-server.js';
import {
  type CallToolResult,
  CallToolResultSchema,
  Client,
  McpError,
  type ProgressCallback,
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from './sdk.js';

export interface AgentAddress {
  /** As `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly token: string | undefined;
}

/** Whoever waits for a run waits as long as it may take, and a little for the answer. */
const LONGEST_CALL_MS = (MOST_SECONDS + 60) * 1000;

export class AgentTools {
  readonly #version: string;
  readonly #address: AgentAddress;
  #client: Client | undefined;

  constructor(version: string, address: AgentAddress) {
    this.#version = version;
    this.#address = address;
  }

  /** Rejects with the signal's reason where the call was taken back, and with `McpError` for what the agent refuses. */
  async call(call: ProtocolCall): Promise<CallToolResult> {
    try {
      return await this.#sent(call);
    } catch (error) {
      call.signal.throwIfAborted();
      // The agent has ended the session, or was started anew: the call did not reach it.
      if (error instanceof StreamableHTTPError && error.code === 404) return this.#once(call);
      if (error instanceof McpError) throw error;
      return this.#unreachable(error);
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  async #once(call: ProtocolCall): Promise<CallToolResult> {
    await this.close();
    try {
      return await this.#sent(call);
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof McpError) throw error;
      return this.#unreachable(error);
    }
  }

  async #sent({ name, arguments: given, signal, isFollowed, progress }: ProtocolCall): Promise<CallToolResult> {
    const client = this.#client ?? (await this.#connected());
    this.#client = client;
    const onprogress: ProgressCallback = ({ progress: done, total, message = '' }) =>
      progress({ done, total, message });
    return client.request({ method: 'tools/call', params: { name, arguments: given } }, CallToolResultSchema, {
      signal,
      timeout: LONGEST_CALL_MS,
      ...(isFollowed ? { onprogress } : {}),
    });
  }

  async #connected(): Promise<Client> {
    const { url, token } = this.#address;
    const client = new Client({ name: 'typhon-mcp', version: this.#version });
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const transport = new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } });
    await client.connect(transport);
    return client;
  }

  async #unreachable(error: unknown): Promise<CallToolResult> {
    await this.close().catch(() => undefined);
    const { url } = this.#address;
    return failed(
      `typhon's agent cannot be asked at ${url}: ${wordsOf(error)}. Where it listens elsewhere, give its address with --agent; a token is taken from web.auth of the configuration.`,
    );
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's fetch hides what happened behind "fetch failed".
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
