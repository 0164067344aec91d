import { identifyServer } from '../servers/identify.js';
import { isTyphonAgent } from '../servers/kinds/typhon-agent.js';
import { openProbe } from '../servers/probe.js';

export interface TakenAddress {
  /** As it was to be listened on; `undefined` for every interface. */
  readonly host: string | undefined;
  readonly port: number;
  /** The flag that chooses another. */
  readonly flag: string;
}

const ASK_TIMEOUT_MS = 1500;

/** One line for a start that found its port taken: that it is, what seems to answer there, and what to do. */
export async function portInUseMessage({ host, port, flag }: TakenAddress, signal: AbortSignal): Promise<string> {
  const apiBase = `http://${hostToAsk(host)}:${port}`;
  const occupant = await occupantOf(apiBase, signal);
  return `Port ${port} is in use: ${occupant} answers at ${apiBase}. Choose another port with ${flag}.`;
}

const WILDCARDS: readonly (string | undefined)[] = [undefined, '0.0.0.0', '::'];

function hostToAsk(host: string | undefined): string {
  if (host === undefined || WILDCARDS.includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

async function occupantOf(apiBase: string, signal: AbortSignal): Promise<string> {
  const options = { timeoutMs: ASK_TIMEOUT_MS, signal };
  const recognition = await identifyServer({ apiBase }, options);
  if (recognition.recognised) return recognition.identity.name;
  const probe = openProbe({ apiBase, headers: {}, ...options });
  try {
    if (await isTyphonAgent(probe)) return "typhon's own agent";
    return probe.answers.size > 0 ? 'an HTTP server that is no LLM server' : 'something that speaks no HTTP';
  } finally {
    probe.close();
  }
}
