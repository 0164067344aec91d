import { isTyphonAgent } from '../servers/kinds/typhon-agent.js';
import { openProbe } from '../servers/probe.js';
import { identifyServer } from '../servers/recognition/identify.js';
import type { ServerAccess } from '../servers/server-client.js';

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
  const { name, apiBase } = await occupantOf(`${hostToAsk(host)}:${port}`, signal);
  return `Port ${port} is in use: ${name} answers at ${apiBase}. Choose another port with ${flag}.`;
}

const WILDCARDS: readonly (string | undefined)[] = [undefined, '0.0.0.0', '::'];

function hostToAsk(host: string | undefined): string {
  if (host === undefined || WILDCARDS.includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

interface Occupant {
  readonly name: string;
  readonly apiBase: string;
}

async function occupantOf(address: string, signal: AbortSignal): Promise<Occupant> {
  const plain = { apiBase: `http://${address}` };
  const name = await nameOf(plain, signal);
  if (name !== undefined) return { name, apiBase: plain.apiBase };
  const encrypted = { apiBase: `https://${address}`, tls: { check: 'none' } } as const;
  // Who speaks TLS may want a certificate before it answers.
  return { name: (await nameOf(encrypted, signal)) ?? 'something that speaks TLS', apiBase: encrypted.apiBase };
}

/** `undefined` where it speaks TLS, and was asked without or did not answer. */
async function nameOf(access: ServerAccess, signal: AbortSignal): Promise<string | undefined> {
  const options = { timeoutMs: ASK_TIMEOUT_MS, signal };
  const recognition = await identifyServer(access, options);
  if (recognition.recognised) return recognition.identity.name;
  if (recognition.error.code === 'tls_failed') return undefined;
  const probe = openProbe({ ...access, headers: {}, ...options });
  try {
    if (await isTyphonAgent(probe)) return "typhon's own agent";
    if (probe.answers.size > 0) return 'an HTTP server that is no LLM server';
    return access.tls === undefined ? 'something that speaks no HTTP' : undefined;
  } finally {
    probe.close();
  }
}
