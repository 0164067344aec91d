import * as z from 'zod';
import type { Probe } from '../probe.js';

// llama-server's /health has the same status, but no time.
const healthSchema = z.strictObject({ status: z.literal('ok'), timestamp: z.iso.datetime({ offset: true }) });

// Of an agent that asks for a password or a token.
const CHALLENGE = /\brealm="typhon"/;

/**
 * Whether typhon's own agent answers. Ask only where no inference server was recognised: `/health` costs an inference
 * on some of them.
 */
export async function isTyphonAgent(probe: Probe): Promise<boolean> {
  const answer = await probe.get('/health');
  return CHALLENGE.test(answer?.headers['www-authenticate'] ?? '') || healthSchema.safeParse(answer?.json).success;
}
