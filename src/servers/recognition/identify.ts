/** Which kind of inference server stands behind a base, from its answers alone. */
import type { ServerKind } from '../../benchmark/inference-server.js';
import { isTyphonAgent } from '../kinds/typhon-agent.js';
import { type OpenProbe, openProbe, type ProbeAnswer } from '../probe.js';
import { serverFamilies } from '../registry.js';
import { authorization, type ServerAccess, unauthorized } from '../server-client.js';
import { quoted, ServerError } from '../server-error.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { speaksTls } from '../tls/tls-check.js';
import type { FamiliarServers } from './familiar-servers.js';

export interface IdentifyOptions {
  /** For all questions together, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Who was met before is taken for the same as long as it answers like it. Nobody by default. */
  readonly familiar?: FamiliarServers | undefined;
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
      /** `unreachable`, `tls_failed`, `timeout`, `unauthorized`, `not_an_llm_server` or `bad_response`. */
      readonly error: ServerError;
    };

/**
 * Asks all families at once and believes the first in the registry's order that recognises its own. Rejects only with
 * the signal's reason; ends within `timeoutMs`, whatever the server does.
 */
export async function identifyServer(
  access: ServerAccess,
  { familiar, ...options }: IdentifyOptions,
): Promise<Recognition> {
  const probe = openProbe({
    apiBase: access.apiBase,
    headers: authorization(access.apiKey),
    tls: access.tls,
    ...options,
  });
  try {
    const found = (await familiarOne(probe, familiar)) ?? (await firstRecognised(probe, familiar));
    if (found === undefined) return { recognised: false, error: await strangeness(access, probe) };
    const { kind, identification } = found;
    const { name, version, instance } = identification;
    const identity: ServerIdentity = {
      kind,
      name,
      ...(version === undefined ? {} : { version }),
      apiBase: access.apiBase,
      ...(access.apiKey === undefined ? {} : { apiKey: access.apiKey }),
      ...(access.tls === undefined ? {} : { tls: access.tls }),
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

async function familiarOne(probe: OpenProbe, familiar: FamiliarServers | undefined): Promise<Found | undefined> {
  const kind = familiar?.kindAt(probe.apiBase);
  if (kind === undefined) return undefined;
  const identification = await serverFamilies[kind].identify(probe);
  return identification && { kind, identification };
}

async function firstRecognised(probe: OpenProbe, familiar: FamiliarServers | undefined): Promise<Found | undefined> {
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
    if (result.found !== undefined) {
      familiar?.recognised({ apiBase: probe.apiBase, kind: result.found.kind });
      return result.found;
    }
  }
  return undefined;
}

const LIST_PATH = '/v1/models';
const EXPECTED = 'Expected an OpenAI-compatible server';

/** Says why nothing was recognised, from what came. */
async function strangeness(access: ServerAccess, probe: OpenProbe): Promise<ServerError> {
  const { apiBase } = access;
  if (mayWantTls(probe) && (await speaksTls(apiBase, probe.over))) {
    const advice = 'write https:// in url; a certificate that no known authority issued needs ca_file besides';
    return new ServerError('tls_failed', `${apiBase} speaks TLS on this port: ${advice}.`, {
      cause: probe.failures[0],
    });
  }
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

const BAD_REQUEST = 400;

/** TLS servers that are asked in plain hang up, answer with a TLS record, or (nginx, Go, Apache) with an HTTP 400. */
function mayWantTls({ apiBase, answers, failures }: OpenProbe): boolean {
  if (!apiBase.startsWith('http:')) return false;
  const [failure] = failures;
  if (answers.size > 0) return [...answers.values()].every(({ status }) => status === BAD_REQUEST);
  return failure?.code === 'bad_response' || systemCode(failure?.cause) === 'ECONNRESET';
}

function systemCode(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

function answered({ status, headers, text }: ProbeAnswer): string {
  if (headers['location'] !== undefined) return `answered ${status} and redirects to ${headers['location']}`;
  return `answered ${status} (${headers['content-type'] ?? 'no content type'}): ${quoted(text)}`;
}
