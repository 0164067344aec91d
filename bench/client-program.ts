import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ClientReading, StreamLoad } from './clients/stream-load.js';

/** As seen from this file when it is compiled. The last is not: it lies beside its package, in a folder of its own. */
const programs = {
  typhon: './clients/typhon-client.js',
  socket: './clients/socket-client.js',
  fetch: './clients/fetch-client.js',
  openai: '../../bench/openai/client.mjs',
} as const;

export type ClientName = keyof typeof programs;

const MAX_OUTPUT_BYTES = 2 ** 26;

/** Arguments for `node` that run a client with a load. */
export function clientArguments(client: ClientName, load: StreamLoad): readonly string[] {
  return [fileURLToPath(new URL(programs[client], import.meta.url)), JSON.stringify(load)];
}

export async function runClient(client: ClientName, load: StreamLoad): Promise<readonly ClientReading[]> {
  const { stdout } = await promisify(execFile)(process.execPath, clientArguments(client, load), {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return JSON.parse(stdout);
}
