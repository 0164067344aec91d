/** The server that a question goes to: Ollama by its own route, all others by OpenAI's. */
import { openAiChat } from '../benchmark/client/openai-chat.js';
import type { InferenceServer } from '../benchmark/inference-server.js';
import { ollama } from '../servers/kinds/ollama/ollama.js';
import { ollamaChat } from '../servers/kinds/ollama/ollama-chat.js';
import { openai } from '../servers/kinds/openai.js';
import { openProbe } from '../servers/probe.js';
import { authorization } from '../servers/server-client.js';
import type { AskEndpoint } from './ask-endpoint.js';

const PROBE_TIMEOUT_MS = 3000;

/** Rejects with the signal's reason, or with a `ServerError` where the key cannot be sent. */
export async function askServer(endpoint: AskEndpoint, signal: AbortSignal): Promise<InferenceServer> {
  const { apiRoot, apiKey, tls } = endpoint;
  const native = await ollamaServer(endpoint, signal);
  if (native !== undefined) return native;
  const server = openai.connect({ kind: 'openai', name: apiRoot, apiBase: apiRoot, apiKey, tls });
  // A temperature of 0, which makes measurements alike, is refused by some models.
  const body: typeof openAiChat.body = (request) => {
    const { temperature: _, ...asked } = openAiChat.body(request);
    return asked;
  };
  return { ...server, chat: { ...openAiChat, path: '/chat/completions', body } };
}

/**
 * By OpenAI's route Ollama would load the model anew, with its default context. `undefined` where it is another server,
 * or a release that does not tell which context its model has, or has no route of its own.
 */
async function ollamaServer(
  { apiRoot, apiKey, tls, model }: AskEndpoint,
  signal: AbortSignal,
): Promise<InferenceServer | undefined> {
  const apiBase = apiRoot.replace(/\/v1$/, '');
  if (apiBase === apiRoot) return undefined;
  const probe = openProbe({ apiBase, headers: authorization(apiKey), tls, timeoutMs: PROBE_TIMEOUT_MS, signal });
  try {
    const found = await ollama.identify(probe);
    if (found === undefined) return undefined;
    const server = ollama.connect({ kind: 'ollama', ...found, apiBase, apiKey, tls });
    const session = await server.openSession?.(model, signal);
    // Whoever asks a model that is not loaded wants it loaded, as its owner has set it up.
    if (session === undefined) return { ...server, chat: ollamaChat(() => undefined) };
    return session.server === server ? undefined : session.server;
  } finally {
    probe.close();
  }
}
