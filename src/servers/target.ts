/** From what the user named, configured or merely has running to one server and one of its loaded models. */
import type { InferenceServer, ModelFile } from '../benchmark/inference-server.js';
import { looksLikeUrl, parseApiBase, refuseSecretIn } from './api-base.js';
import { type ConfiguredTls, tlsTrustOf } from './ca-file.js';
import { type DiscoveredServer, type DiscoveryOptions, discoverServers } from './discovery.js';
import { identifyServer } from './identify.js';
import { isLocal, type LocalMachine, thisMachine } from './local-address.js';
import { chooseModel } from './model-choice.js';
import { connectServer, worksElsewhere } from './registry.js';
import { ServerError } from './server-error.js';
import type { ServerIdentity } from './server-family.js';
import { withStartedModel } from './started-model.js';

/** A target as it stands in the configuration, parsed. */
export interface ConfiguredTarget {
  readonly name: string;
  readonly url: string;
  /** A model id, or `auto` for one that is loaded. */
  readonly model: string;
  readonly apiKey?: string | undefined;
  readonly tls?: ConfiguredTls | undefined;
  /** Indexes or UUIDs of the GPUs that the server uses. */
  readonly gpus: 'all' | readonly (number | string)[];
}

/** A server with a loaded model: all that a benchmark needs to know of its target. */
export interface ResolvedTarget {
  readonly name: string;
  readonly identity: ServerIdentity;
  readonly server: InferenceServer;
  readonly model: string;
  /** In tokens; `undefined` where the server does not tell. */
  readonly contextLength: number | undefined;
  /** `undefined` where the server does not tell. */
  readonly modelFile?: ModelFile | undefined;
  /** What it took to have the model loaded for this benchmark, in seconds; `undefined` where it was loaded already. */
  readonly modelLoadS?: number | undefined;
  /** Share of the model's memory that lies on GPUs, 0 to 1; `undefined` where the server does not tell. */
  readonly gpuRatio?: number | undefined;
  /** Whether this machine's hardware is what works for it. */
  readonly isLocal: boolean;
  readonly gpus: 'all' | readonly (number | string)[];
}

/** The server answers, but its model sleeps and is not to be woken. */
export class AsleepError extends ServerError {
  readonly sleeper: { readonly identity: ServerIdentity; readonly model: string };

  constructor(cause: ServerError, sleeper: AsleepError['sleeper']) {
    super('server_asleep', cause.message, { cause });
    this.sleeper = sleeper;
  }
}

export interface TargetRequest {
  readonly configured: readonly ConfiguredTarget[];
  /** The name of a configured target, or a URL. */
  readonly target?: string | undefined;
  /** Instead of the target's own. */
  readonly model?: string | undefined;
}

export interface ResolveOptions {
  readonly signal: AbortSignal;
  /** For recognising one server that was named, in milliseconds; `IDENTIFY_TIMEOUT_MS` by default. */
  readonly timeoutMs?: number | undefined;
  readonly discovery?: Omit<DiscoveryOptions, 'signal'> | undefined;
  readonly machine?: LocalMachine | undefined;
  /** The model measured last at the target of that name; asked where several are loaded. */
  readonly lastMeasured?: ((target: string) => Promise<string | undefined>) | undefined;
}

export interface Resolution {
  readonly target: ResolvedTarget;
  /** All servers that discovery found, the chosen one among them; empty where it was not needed. */
  readonly discovered: readonly DiscoveredServer[];
}

/** More patient than discovery: the server was named, so it is there. */
const IDENTIFY_TIMEOUT_MS = 5000;

/** What a server found by discovery is called as a target. */
export const DISCOVERED_TARGET = 'local';

/**
 * Finds the target of one benchmark: the one named (by its configured name, or by a URL); else the first configured;
 * else the first discovered that can serve the model asked for. Throws a `ServerError` of any code.
 */
export async function resolveTarget(request: TargetRequest, options: ResolveOptions): Promise<Resolution> {
  const configured = chosenTarget(request);
  if (configured === undefined) return resolveDiscovered(request.model ?? 'auto', options);
  const target = request.model === undefined ? configured : { ...configured, model: request.model };
  return { target: await resolveConfigured(target, options), discovered: [] };
}

/** Throws `ServerError` with `unknown_target` for a name that is none, without asking anybody. */
export function checkTarget(request: TargetRequest): void {
  chosenTarget(request);
}

function chosenTarget({ configured, target }: TargetRequest): ConfiguredTarget | undefined {
  if (target === undefined) return configured[0];
  const byName = configured.find((known) => known.name === target);
  if (byName !== undefined) return byName;
  refuseSecretIn(target);
  if (!looksLikeUrl(target)) {
    const names = configured.map((known) => known.name).join(', ');
    const known = names === '' ? 'No target is configured' : `Configured are: ${names}`;
    throw new ServerError('unknown_target', `There is no target '${target}'. ${known}; a URL works as well.`);
  }
  const apiBase = parseApiBase(target);
  const byUrl = configured.find((known) => parseApiBase(known.url) === apiBase);
  return byUrl ?? { name: new URL(apiBase).host, url: apiBase, model: 'auto', gpus: 'all' };
}

/** Reaches, recognises and connects one target. Throws a `ServerError`. */
async function resolveConfigured(target: ConfiguredTarget, options: ResolveOptions): Promise<ResolvedTarget> {
  const { signal, timeoutMs = IDENTIFY_TIMEOUT_MS } = options;
  const access = { apiBase: parseApiBase(target.url), apiKey: target.apiKey, tls: await tlsTrustOf(target.tls) };
  const recognition = await identifyServer(access, { signal, timeoutMs });
  if (!recognition.recognised) throw recognition.error;
  return connectTarget(target, recognition.identity, options);
}

async function connectTarget(
  target: Pick<ConfiguredTarget, 'name' | 'model' | 'gpus'>,
  recognised: ServerIdentity,
  { signal, machine = thisMachine(), lastMeasured }: ResolveOptions,
): Promise<ResolvedTarget> {
  const identity = await withStartedModel(recognised, machine);
  const server = connectServer(identity);
  const models = await server.models(signal);
  const isOpen = target.model === 'auto' && models.filter(({ loaded }) => loaded).length > 1;
  const wish = {
    wanted: target.model,
    lastMeasured: isOpen ? await lastMeasured?.(target.name) : undefined,
    server: `${identity.name} at ${identity.apiBase}`,
  };
  let model: string;
  try {
    model = chooseModel(models, wish);
  } catch (error) {
    const sleeper = models.find(({ id, asleep }) => asleep && (target.model === 'auto' || id === target.model));
    if (!(error instanceof ServerError) || error.code !== 'server_asleep' || sleeper === undefined) throw error;
    throw new AsleepError(error, { identity, model: sleeper.id });
  }
  // Nothing is measured by these two: what they would tell stays unknown.
  const told = <T>(answer: Promise<T> | undefined) =>
    answer?.catch((error: unknown) => {
      if (error instanceof ServerError) return undefined;
      throw error;
    });
  const [contextLength, modelFile, gpuRatio] = await Promise.all([
    server.contextLength(model, signal),
    told(server.modelFile?.(model, signal)),
    told(server.gpuRatio?.(model, signal)),
  ]);
  // The GPUs of this machine are those of its work only where the target says so.
  const isForeign = worksElsewhere(identity.kind) && target.gpus === 'all';
  return {
    name: target.name,
    identity,
    server,
    model,
    contextLength,
    modelFile,
    gpuRatio,
    isLocal: !isForeign && isLocal(identity.apiBase, machine),
    gpus: isForeign ? [] : target.gpus,
  };
}

async function resolveDiscovered(model: string, options: ResolveOptions): Promise<Resolution> {
  const { servers, tried } = await discoverServers({
    machine: options.machine,
    ...options.discovery,
    signal: options.signal,
  });
  if (servers.length === 0) throw nothingDetected(tried);
  const reasons: ServerError[] = [];
  for (const { identity } of servers) {
    try {
      const found = { name: DISCOVERED_TARGET, model, gpus: 'all' as const };
      return { target: await connectTarget(found, identity, options), discovered: servers };
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      reasons.push(error);
    }
  }
  const asleep = reasons.find((reason) => reason instanceof AsleepError);
  if (asleep !== undefined) throw asleep;
  const [first, ...others] = reasons;
  if (first === undefined || others.length === 0) throw first ?? nothingDetected(tried);
  throw new ServerError(first.code, reasons.map((reason) => reason.message).join(' '), { cause: first });
}

function nothingDetected(tried: readonly string[]): ServerError {
  const advice = 'Start one, or name it with --target URL or under targets in the configuration';
  return new ServerError('no_server_detected', `No LLM server detected. Tried: ${tried.join(', ')}. ${advice}.`);
}
