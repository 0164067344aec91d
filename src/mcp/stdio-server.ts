/** One client on standard input and output, until it leaves. */

import type { Logger } from '../logger.js';
import { type AgentAddress, AgentTools } from './agent-tools.js';
import type { McpServices } from './mcp-services.js';
import { callOwnTool } from './own-tools.js';
import { type ProtocolCall, protocolServer } from './protocol-server.js';
import { type CallToolResult, StdioServerTransport } from './sdk.js';

export interface StdioServerOptions {
  readonly version: string;
  readonly logger: Pick<Logger, 'warn'>;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Asked before each call: an agent may start or end meanwhile. `undefined` where none works in the storage. */
  readonly agent: () => Promise<AgentAddress | undefined>;
  /** Opened with the first call that no agent answers. */
  readonly own: () => Promise<McpServices>;
  readonly signal: AbortSignal;
}

/** Resolves when the client has left or the signal aborts. */
export async function serveStdio(options: StdioServerOptions): Promise<void> {
  const { version, logger, input, output, signal } = options;
  const caller = new Caller(options);
  const server = protocolServer({ version, logger, call: (call) => caller.call(call) });
  const left = new Promise<void>((resolve) => {
    input.once('end', resolve).once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  await server.connect(new StdioServerTransport(input, output));
  await left;
  // Requests under way are taken back by that: what they started ends with them.
  await server.close();
  await caller.close();
}

class Caller {
  readonly #options: StdioServerOptions;
  #own: Promise<McpServices> | undefined;
  #agent: { readonly tools: AgentTools; readonly key: string } | undefined;

  constructor(options: StdioServerOptions) {
    this.#options = options;
  }

  async call(call: ProtocolCall): Promise<CallToolResult> {
    const own = await this.#own;
    // A job that was started here before an agent came is known here alone.
    const job = call.arguments['job_id'];
    if (own !== undefined && typeof job === 'string' && own.store.get(job) !== undefined) return callOwnTool(call, own);
    const address = await this.#options.agent();
    if (address !== undefined) return (await this.#toolsAt(address)).call(call);
    this.#own ??= this.#options.own();
    // Where it cannot be opened now, the next call tries again.
    this.#own.catch(() => {
      this.#own = undefined;
    });
    return callOwnTool(call, await this.#own);
  }

  async close(): Promise<void> {
    await this.#agent?.tools.close();
  }

  async #toolsAt(address: AgentAddress): Promise<AgentTools> {
    const key = JSON.stringify(address);
    if (this.#agent?.key === key) return this.#agent.tools;
    await this.#agent?.tools.close();
    const tools = new AgentTools(this.#options.version, address);
    this.#agent = { tools, key };
    return tools;
  }
}
