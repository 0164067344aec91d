import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ClientReading, StreamLoad } from './clients/stream-load.js';

export type ClientName = 'typhon' | 'socket' | 'fetch' | 'openai';

const MAX_OUTPUT_BYTES = 2 ** 26;

/** Arguments for `node` that run a client with a load. */
export function clientArguments(client: ClientName, load: StreamLoad): readonly string[] {
  return [fileURLToPath(new URL(`./clients/${client}-client.js`, import.meta.url)), JSON.stringify(load)];
}

export async function runClient(client: ClientName, load: StreamLoad): Promise<readonly ClientReading[]> {
  const { stdout } = await promisify(execFile)(process.execPath, clientArguments(client, load), {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return JSON.parse(stdout);
}
