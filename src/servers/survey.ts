/** What answers on this machine and at the configured targets, as it stands in a scan. */
import type { BusyState, ServedModel, ServerKind } from '../benchmark/inference-server.js';
import type { Config } from '../config/schema.js';
import { unknownUse } from '../shared/unknown-use.js';
import { parseApiBase } from './api-base.js';
import { type Discovery, type DiscoveryOptions, discoverServers } from './discovery.js';
import { isLocal, thisMachine } from './local-address.js';
import { chooseModel, type ModelWish } from './model-choice.js';
import { type IdentifyOptions, identifyServer, type Recognition } from './recognition/identify.js';
import { connectServer } from './registry.js';
import { ServerError } from './server-error.js';
import type { ServerIdentity } from './server-family.js';
import { withStartedModel } from './started-model.js';
import { tlsTrustOf } from './tls/ca-file.js';

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
  /** Why none of its models would be measured as it is, in words. */
  readonly no_model: string | null;
  readonly busy: boolean | null;
  /** Where `busy` is `null`: why it cannot be told, in words. */
  readonly busy_unknown: string | null;
  /** Its model has left memory until somebody asks for it. */
  readonly asleep: boolean;
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

export interface SurveyOptions {
  readonly signal: AbortSignal;
  /** Other places than the usual ports of this machine. */
  readonly discovery?: Omit<DiscoveryOptions, 'signal'> | undefined;
  /** Whether a server of this machine that does not tell is in use, by what can be seen of it. */
  readonly useOf?: ((apiBase: string) => Promise<BusyState>) | undefined;
  /** For one server's answers about itself, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 1500;

/** Looks at all targets and at the places of discovery at once. Rejects only with the signal's reason. */
export async function surveyServers(targets: Config['targets'], options: SurveyOptions): Promise<Survey> {
  const [found, configured] = await Promise.all([
    discoverServers({ ...options.discovery, signal: options.signal }),
    Promise.all(targets.map((target) => surveyTarget(target, options))),
  ]);
  const others = found.servers.filter(({ identity }) => !configured.some((known) => isSame(known, identity)));
  const discovered = await Promise.all(others.map(({ identity }) => details(null, identity, options)));
  return { servers: [...configured, ...discovered], tried: found.tried };
}

function isSame(known: SurveyedServer, { kind, apiBase }: Discovery['servers'][number]['identity']): boolean {
  if (known.state === 'failed' || known.kind !== kind) return false;
  const [one, other] = [new URL(known.api_base), new URL(apiBase)];
  return one.port === other.port && isLocal(known.api_base) && isLocal(apiBase);
}

async function surveyTarget(target: Config['targets'][number], options: SurveyOptions): Promise<SurveyedServer> {
  const apiBase = parseApiBase(target.url);
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const recognition = await recognised(target, apiBase, { timeoutMs, signal });
  if (recognition.recognised) return details(target, recognition.identity, options);
  const { code, message } = recognition.error;
  return { state: 'failed', target: target.name, api_base: apiBase, error: code, error_detail: message };
}

async function recognised(
  { apiKey, tls }: Config['targets'][number],
  apiBase: string,
  options: IdentifyOptions,
): Promise<Recognition> {
  try {
    return await identifyServer({ apiBase, apiKey, tls: await tlsTrustOf(tls) }, options);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return { recognised: false, error };
  }
}

async function details(
  target: Pick<Config['targets'][number], 'name' | 'models'> | null,
  recognised: ServerIdentity,
  options: SurveyOptions,
): Promise<FoundServer> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, discovery } = options;
  const machine = discovery?.machine ?? thisMachine();
  const identity = await withStartedModel(recognised, machine);
  const server = connectServer(identity);
  // Not AbortSignal.timeout(): AbortSignal.any() holds its sources weakly, and on Node 20 one that nothing else holds
  // is collected before its time comes.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const limits = { signal, asking: AbortSignal.any([signal, late.signal]) };
  try {
    const [models, busy] = await Promise.all([
      answerWithin(server.models(limits.asking), limits),
      answerWithin(server.busy(limits.asking), limits),
    ]);
    const wish = { wanted: target?.models ?? 'auto', server: `${identity.name} at ${identity.apiBase}` };
    const choice = choiceAmong(models, wish);
    const sleeper = models?.find(({ asleep }) => asleep)?.id;
    const asleep = choice.problem?.code === 'server_asleep';
    const model = choice.model ?? (asleep ? sleeper : undefined);
    const contextLength =
      model === undefined ? undefined : await answerWithin(server.contextLength(model, limits.asking), limits);
    return {
      state: 'found',
      target: target?.name ?? null,
      kind: identity.kind,
      name: identity.name,
      version: identity.version ?? null,
      api_base: identity.apiBase,
      models: (models ?? []).map(({ id, loaded }) => ({ id, loaded: loaded ?? null })),
      context_length: contextLength ?? null,
      no_model: asleep ? null : (choice.problem?.message ?? null),
      ...(await useOfServer(busy, isLocal(identity.apiBase, machine) ? identity.apiBase : undefined, options)),
      asleep,
    };
  } finally {
    clearTimeout(timer);
  }
}

interface Choice {
  readonly model?: string;
  readonly problem?: ServerError;
}

/** Without what was measured before, which decides only among several that are loaded. */
function choiceAmong(models: readonly ServedModel[] | undefined, wish: ModelWish): Choice {
  if (models === undefined) return {};
  try {
    return { model: chooseModel(models, wish) };
  } catch (problem) {
    if (!(problem instanceof ServerError)) throw problem;
    return { problem };
  }
}

/** As a scheduled run decides: the server's own word, else what can be seen of it where it runs on this machine. */
async function useOfServer(
  told: BusyState | undefined,
  localBase: string | undefined,
  { useOf, signal }: SurveyOptions,
): Promise<Pick<FoundServer, 'busy' | 'busy_unknown'>> {
  if (told === undefined) return { busy: null, busy_unknown: unknownUse.silent };
  const isSeen = told.state === 'unknown' && localBase !== undefined;
  const { state } = isSeen && useOf !== undefined ? await useOf(localBase) : told;
  signal.throwIfAborted();
  if (state !== 'unknown') return { busy: state === 'busy', busy_unknown: null };
  return { busy: null, busy_unknown: isSeen ? unknownUse.unseen : unknownUse.elsewhere };
}

interface Limits {
  /** The caller's. */
  readonly signal: AbortSignal;
  /** The caller's, or the time limit. */
  readonly asking: AbortSignal;
}

/** The answer; `undefined` where the server refuses, says something else or takes too long. */
async function answerWithin<T>(answer: Promise<T>, { signal, asking }: Limits): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ServerError || asking.aborted) return undefined;
    throw error;
  }
}
