/** What answers on this machine and at the configured targets, as it stands in a scan. */
import type { InferenceServer, ServedModel, ServerKind } from '../benchmark/inference-server.js';
import type { Config } from '../config/schema.js';
import { parseApiBase } from '../servers/api-base.js';
import { type Discovery, discoverServers } from '../servers/discovery.js';
import { identifyServer } from '../servers/identify.js';
import { isLocal } from '../servers/local-address.js';
import { connectServer } from '../servers/registry.js';
import { ServerError } from '../servers/server-error.js';
import type { ServerIdentity } from '../servers/server-family.js';

/** A server that answered; what it does not tell is `null`. */
export interface FoundServer {
  readonly state: 'found';
  /** Its name in the configuration; `null` where it was discovered. */
  readonly target: string | null;
  readonly kind: ServerKind;
  readonly name: string;
  readonly version: string | null;
  readonly api_base: string;
  readonly models: readonly { readonly id: string; readonly loaded: boolean | null }[];
  /** Of the model that would be measured, in tokens. */
  readonly context_length: number | null;
  readonly busy: boolean | null;
}

/** A configured target that could not be reached or recognised. */
export interface FailedTarget {
  readonly state: 'failed';
  readonly target: string;
  readonly api_base: string;
  readonly error: string;
  readonly error_detail: string;
}

export type SurveyedServer = FoundServer | FailedTarget;

export interface Survey {
  /** The configured targets in their order, then what else was discovered. */
  readonly servers: readonly SurveyedServer[];
  /** The URLs that discovery looked at. */
  readonly tried: readonly string[];
}

const IDENTIFY_TIMEOUT_MS = 1500;
const DETAILS_TIMEOUT_MS = 1500;

/** Looks at all targets and ports at once. Rejects only with the signal's reason. */
export async function surveyServers(targets: Config['targets'], signal: AbortSignal): Promise<Survey> {
  const [discovery, configured] = await Promise.all([
    discoverServers({ signal }),
    Promise.all(targets.map((target) => surveyTarget(target, signal))),
  ]);
  const others = discovery.servers.filter(({ identity }) => !configured.some((known) => isSame(known, identity)));
  const discovered = await Promise.all(others.map(({ identity }) => details(null, identity, signal)));
  return { servers: [...configured, ...discovered], tried: discovery.tried };
}

function isSame(known: SurveyedServer, { kind, apiBase }: Discovery['servers'][number]['identity']): boolean {
  if (known.state === 'failed' || known.kind !== kind) return false;
  const [one, other] = [new URL(known.api_base), new URL(apiBase)];
  return one.port === other.port && isLocal(known.api_base) && isLocal(apiBase);
}

async function surveyTarget(target: Config['targets'][number], signal: AbortSignal): Promise<SurveyedServer> {
  const apiBase = parseApiBase(target.url);
  const recognition = await identifyServer(
    { apiBase, apiKey: target.apiKey },
    { timeoutMs: IDENTIFY_TIMEOUT_MS, signal },
  );
  if (recognition.recognised) return details(target.name, recognition.identity, signal);
  const { code, message } = recognition.error;
  return { state: 'failed', target: target.name, api_base: apiBase, error: code, error_detail: message };
}

async function details(target: string | null, identity: ServerIdentity, signal: AbortSignal): Promise<FoundServer> {
  const server = connectServer(identity);
  const asking = AbortSignal.any([signal, AbortSignal.timeout(DETAILS_TIMEOUT_MS)]);
  const [models, busy] = await Promise.all([told(server.models(asking), signal), told(server.busy(asking), signal)]);
  const model = models?.find(({ loaded }) => loaded) ?? models?.find(({ loaded }) => loaded !== false);
  return {
    state: 'found',
    target,
    kind: identity.kind,
    name: identity.name,
    version: identity.version ?? null,
    api_base: identity.apiBase,
    models: (models ?? []).map(({ id, loaded }) => ({ id, loaded: loaded ?? null })),
    context_length: (await contextLength(server, model, { asking, signal })) ?? null,
    busy: busy === undefined || busy.state === 'unknown' ? null : busy.state === 'busy',
  };
}

async function contextLength(
  server: InferenceServer,
  model: ServedModel | undefined,
  { asking, signal }: { readonly asking: AbortSignal; readonly signal: AbortSignal },
): Promise<number | undefined> {
  return model === undefined ? undefined : told(server.contextLength(model.id, asking), signal);
}

/** The answer; `undefined` where the server refuses, says something else or takes too long. */
async function told<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ServerError || (error instanceof Error && error.name === 'TimeoutError')) return undefined;
    throw error;
  }
}
