/** Which model answers: the one that the environment names, else the one that was measured last. */
import type { TlsTrust } from '../benchmark/client/tls-trust.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import type { Config } from '../config/schema.js';
import { parseApiBase } from '../servers/api-base.js';
import { modelListSchema } from '../servers/kinds/openai-compatible.js';
import { createServerClient, type ServerAccess } from '../servers/server-client.js';
import { ServerError } from '../servers/server-error.js';
import { tlsTrustOf } from '../servers/tls/ca-file.js';

export interface AskEndpoint {
  /** What the OpenAI routes lie below: with `/v1`. */
  readonly apiRoot: string;
  readonly apiKey: string | undefined;
  readonly tls: TlsTrust | undefined;
  readonly model: string;
}

export interface EndpointOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly targets: Config['targets'];
  readonly measured: Pick<BenchmarkResult, 'server' | 'model'>;
  readonly signal: AbortSignal;
}

/**
 * `TYPHON_LLM_URL`, `TYPHON_LLM_KEY` and `TYPHON_LLM_MODEL`; what they leave open is that of the last run. A key of the
 * configuration goes to the target that it belongs to and to nobody else. Throws `ServerError`.
 */
export async function askEndpoint(options: EndpointOptions): Promise<AskEndpoint> {
  const { environment, targets, measured, signal } = options;
  const [url, key, model] = ['URL', 'KEY', 'MODEL'].map((name) => environment[`TYPHON_LLM_${name}`] || undefined);
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new ServerError('unauthorized', 'TYPHON_LLM_KEY holds characters that cannot be sent in a header.');
  }
  const target = targetAt(url ?? measured.server.api_base, targets);
  const tls = await tlsTrustOf(target?.tls);
  if (url === undefined) {
    const { api_base: apiBase } = measured.server;
    return { apiRoot: rootOf(apiBase), apiKey: key ?? target?.apiKey, tls, model: model ?? measured.model };
  }
  const apiRoot = rootOf(url);
  return {
    apiRoot,
    apiKey: key,
    tls,
    model: model ?? (await onlyModel({ apiBase: apiRoot, apiKey: key, tls }, signal)),
  };
}

/** Most serve the routes below `/v1`; a URL that names another version (`/v1beta/openai`) means itself. */
function rootOf(url: string): string {
  const apiBase = parseApiBase(url);
  return /\/v\d/.test(new URL(apiBase).pathname) ? apiBase : `${apiBase}/v1`;
}

function targetAt(url: string, targets: Config['targets']): Config['targets'][number] | undefined {
  const apiBase = parseApiBase(url);
  return targets.find((target) => parseApiBase(target.url) === apiBase);
}

const MOST_NAMED = 10;

async function onlyModel(access: ServerAccess, signal: AbortSignal): Promise<string> {
  const { data } = await createServerClient(access).get('/models', modelListSchema, signal);
  const [first] = data;
  if (first !== undefined && data.length === 1) return first.id;
  const named = data.slice(0, MOST_NAMED).map(({ id }) => id);
  const met = first === undefined ? 'lists no model' : `lists ${data.length} models, among them ${named.join(', ')}`;
  throw new ServerError('model_not_found', `${access.apiBase} ${met}. Name one in TYPHON_LLM_MODEL.`);
}
