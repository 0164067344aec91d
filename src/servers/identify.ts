/** Which kind of inference server stands behind a base, from its answers alone. */
import type { ServerKind } from '../benchmark/inference-server.js';
import { isTyphonAgent } from './kinds/typhon-agent.js';
import { type OpenProbe, openProbe, type ProbeAnswer } from './probe.js';
import { serverFamilies } from './registry.js';
import { authorization, type ServerAccess, unauthorized } from './server-client.js';
import { quoted, ServerError } from './server-error.js';
import type { Identification, ServerFamily, ServerIdentity } from './server-family.js';

export interface IdentifyOptions {
  /** For all questions together, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Recognition =
  | {
      readonly recognised: true;
      readonly identity: ServerIdentity;
      /** See `Identification.instance`. */
      readonly instance: string | undefined;
    }
  | {
      readonly recognised: false;
      /** `unreachable`, `timeout`, `unauthorized`, `not_an_llm_server` or `bad_response`. */
      readonly error: ServerError;
    };

/**
 * Asks all families at once and believes the first in the registry's order that recognises its own. Rejects only with
 * the signal's reason; ends within `timeoutMs`, whatever the server does.
 */
export async function identifyServer(access: ServerAccess, options: IdentifyOptions): Promise<Recognition> {
  const probe = openProbe({ apiBase: access.apiBase, headers: authorization(access.apiKey), ...options });
  try {
    const found = await firstRecognised(probe);
    if (found === undefined) return { recognised: false, error: await strangeness(access, probe) };
    const { kind, identification } = found;
    const { name, version, instance } = identification;
    const identity: ServerIdentity = {
      kind,
      name,
      ...(version === undefined ? {} : { version }),
      apiBase: access.apiBase,
      ...(access.apiKey === undefined ? {} : { apiKey: access.apiKey }),
    };
    return { recognised: true, identity, instance };
  } finally {
    probe.close();
  }
}

interface Found {
  readonly kind: ServerKind;
  readonly identification: Identification;
}

type Attempt = { readonly found: Found | undefined } | { readonly failure: unknown };

async function firstRecognised(probe: OpenProbe): Promise<Found | undefined> {
  const families: readonly ServerFamily[] = Object.values(serverFamilies);
  // Settled into values, so that those no longer awaited leave no unhandled rejection behind.
  const attempts = families.map((family) =>
    family.identify(probe).then(
      (identification): Attempt => ({ found: identification && { kind: family.kind, identification } }),
      (failure: unknown): Attempt => ({ failure }),
    ),
  );
  for (const attempt of attempts) {
    const result = await attempt;
    if ('failure' in result) throw result.failure;
    if (result.found !== undefined) return result.found;
  }
  return undefined;
}

const LIST_PATH = '/v1/models';
const EXPECTED = 'Expected an OpenAI-compatible server';

/** Says why nothing was recognised, from what came. */
async function strangeness(access: ServerAccess, probe: OpenProbe): Promise<ServerError> {
  const { apiBase } = access;
  if (probe.answers.size === 0) {
    const [failure] = probe.failures;
    return failure ?? new ServerError('timeout', `${apiBase} gave no answer in time.`);
  }
  const list = probe.answers.get(LIST_PATH);
  if (list?.status === 401 || list?.status === 403) {
    return unauthorized(access, `${LIST_PATH} with ${list.status}: ${quoted(list.text)}`);
  }
  if (await isTyphonAgent(probe)) {
    const met = "answers as typhon's own agent, not as an LLM server";
    return new ServerError('not_an_llm_server', `${apiBase} ${met}. Give the URL of the server to measure.`);
  }
  const met = list === undefined ? 'gave no complete answer' : answered(list);
  return new ServerError(
    'not_an_llm_server',
    `${apiBase} is no LLM server: ${LIST_PATH} ${met}. ${EXPECTED}; check host, port and path.`,
    { cause: probe.failures[0] },
  );
}

function answered({ status, headers, text }: ProbeAnswer): string {
  if (headers['location'] !== undefined) return `answered ${status} and redirects to ${headers['location']}`;
  return `answered ${status} (${headers['content-type'] ?? 'no content type'}): ${quoted(text)}`;
}
