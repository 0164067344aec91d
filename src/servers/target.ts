/** From what the user named, configured or merely has running to one server and one of its loaded models. */
import type { InferenceServer, ModelFile, ServedModel } from '../benchmark/inference-server.js';
import { looksLikeUrl, parseApiBase, refuseSecretIn } from './api-base.js';
import { DISCOVERED_TARGET } from './discovered-target.js';
import { type DiscoveredServer, type DiscoveryOptions, discoverServers } from './discovery.js';
import { isLocal, type LocalMachine, thisMachine } from './local-address.js';
import { chooseModel, missingModel } from './model-choice.js';
import { isPattern, type LoadPolicy, type ModelSelection, selectedModels, selectionOf } from './model-selection.js';
import { type IdentifyOptions, identifyServer } from './recognition/identify.js';
import { connectServer, worksElsewhere } from './registry.js';
import { ServerError, type ServerErrorCode } from './server-error.js';
import type { ServerIdentity } from './server-family.js';
import { withStartedModel } from './started-model.js';
import { type ConfiguredTls, tlsTrustOf } from './tls/ca-file.js';

/** A target as it stands in the configuration, parsed. */
export interface ConfiguredTarget {
  readonly name: string;
  readonly url: string;
  readonly models: ModelSelection;
  /** Default: `never`. */
  readonly load?: LoadPolicy | undefined;
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
  /** Requests that the server works on at once; `undefined` where it does not tell. */
  readonly slots?: number | undefined;
  /** Whether this machine's hardware is what works for it. */
  readonly isLocal: boolean;
  readonly gpus: 'all' | readonly (number | string)[];
}

/** A server that answers and has no model in memory that is to be measured. */
export interface UnreadyServer {
  /** The target's name. */
  readonly name: string;
  readonly identity: ServerIdentity;
  readonly server: InferenceServer;
  readonly isLocal: boolean;
  readonly models: readonly ServedModel[];
  /** The one that would be measured were it loaded; `undefined` where nothing says which that is. */
  readonly model: string | undefined;
}

/** `server_asleep`, `model_not_loaded` or `no_model_loaded`: what it would take is that a model is loaded or woken. */
export class UnreadyError extends ServerError {
  readonly unready: UnreadyServer;

  constructor(cause: ServerError, unready: UnreadyServer) {
    super(cause.code, cause.message, { cause });
    this.unready = unready;
  }
}

const unreadyCodes: ReadonlySet<ServerErrorCode> = new Set(['server_asleep', 'model_not_loaded', 'no_model_loaded']);

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
  readonly familiar?: IdentifyOptions['familiar'];
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

/**
 * Finds the target of one benchmark: the one named (by its configured name, or by a URL); else the first configured;
 * else the first discovered that can serve the model asked for. Throws a `ServerError` of any code.
 */
export async function resolveTarget(request: TargetRequest, options: ResolveOptions): Promise<Resolution> {
  const configured = chosenTarget(request);
  const wanted = request.model === undefined ? undefined : selectionOf([request.model]);
  if (configured === undefined) return resolveDiscovered(wanted ?? 'auto', options);
  const target = { ...configured, models: wanted ?? configured.models };
  return { target: await resolveConfigured(target, options), discovered: [] };
}

/** Throws `ServerError` with `unknown_target` for a name that is none, without asking anybody. */
export function checkTarget(request: TargetRequest): void {
  chosenTarget(request);
}

/** The name of the configured target that is meant; `undefined` where it is none of them, or is to be discovered. */
export function targetNamed({ configured, target }: TargetRequest): string | undefined {
  if (target === undefined) return configured[0]?.name;
  const apiBase = looksLikeUrl(target) ? readableApiBase(target) : undefined;
  return configured.find(({ name, url }) => name === target || parseApiBase(url) === apiBase)?.name;
}

function readableApiBase(url: string): string | undefined {
  try {
    return parseApiBase(url);
  } catch (error) {
    if (error instanceof ServerError) return undefined;
    throw error;
  }
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
  return byUrl ?? { name: new URL(apiBase).host, url: apiBase, models: 'auto', gpus: 'all' };
}

/**
 * The models that a benchmark of the target is to measure, one after the other: those asked for, else the target's own.
 * `undefined` is what `auto` means. A name that the server does not list stays as it is. Throws a `ServerError`.
 */
export async function modelsToMeasure(
  request: Omit<TargetRequest, 'model'> & { readonly models?: ModelSelection | undefined },
  options: ResolveOptions,
): Promise<readonly (string | undefined)[]> {
  const configured = chosenTarget(request);
  const selection = request.models ?? configured?.models ?? 'auto';
  if (selection === 'auto') return [request.models === undefined ? undefined : 'auto'];
  // What only names needs nobody's list.
  if (selection !== 'all' && !selection.some(isPattern)) return [...new Set(selection)];
  const { identity } =
    configured === undefined ? await firstDiscovered(options) : await recognised(configured, options);
  const models = selectedModels(selection, await connectServer(identity).models(options.signal));
  return models.length === 0 ? [undefined] : models;
}

async function firstDiscovered(options: ResolveOptions): Promise<DiscoveredServer> {
  const { machine, discovery, signal } = options;
  const { servers, tried } = await discoverServers({ machine, ...discovery, signal });
  const [first] = servers;
  if (first === undefined) throw nothingDetected(tried);
  return first;
}

/** Reaches, recognises and connects one target. Throws a `ServerError`. */
async function resolveConfigured(target: ConfiguredTarget, options: ResolveOptions): Promise<ResolvedTarget> {
  const { identity } = await recognised(target, options);
  return connectTarget(target, identity, options);
}

async function recognised(
  { url, apiKey, tls }: ConfiguredTarget,
  { signal, timeoutMs = IDENTIFY_TIMEOUT_MS, familiar }: ResolveOptions,
) {
  const access = { apiBase: parseApiBase(url), apiKey, tls: await tlsTrustOf(tls) };
  const recognition = await identifyServer(access, { signal, timeoutMs, familiar });
  if (!recognition.recognised) throw recognition.error;
  return recognition;
}

async function connectTarget(
  target: Pick<ConfiguredTarget, 'name' | 'models' | 'load' | 'gpus'>,
  found: ServerIdentity,
  { signal, machine = thisMachine(), lastMeasured }: ResolveOptions,
): Promise<ResolvedTarget> {
  const identity = await withStartedModel(found, machine);
  const server = connectServer(identity);
  const models = await server.models(signal);
  const loadedModels = models.filter(({ loaded }) => loaded).length;
  const mayLoad = target.load !== undefined && target.load !== 'never';
  const isOpen = target.models === 'auto' && (loadedModels > 1 || (loadedModels === 0 && mayLoad));
  // The GPUs of this machine are those of its work only where the target says so.
  const isForeign = worksElsewhere(identity.kind) && target.gpus === 'all';
  const isHere = !isForeign && isLocal(identity.apiBase, machine);
  const wish = {
    wanted: target.models,
    lastMeasured: isOpen ? await lastMeasured?.(target.name) : undefined,
    server: `${identity.name} at ${identity.apiBase}`,
  };
  let model: string;
  try {
    model = chooseModel(models, wish);
  } catch (error) {
    if (!(error instanceof ServerError) || !unreadyCodes.has(error.code)) throw error;
    const missing = missingModel(models, wish);
    throw new UnreadyError(error, { name: target.name, identity, server, isLocal: isHere, models, model: missing });
  }
  // Nothing is measured by these: what they would tell stays unknown.
  const told = <T>(answer: Promise<T> | undefined) =>
    answer?.catch((error: unknown) => {
      if (error instanceof ServerError) return undefined;
      throw error;
    });
  const [contextLength, modelFile, gpuRatio, slots] = await Promise.all([
    server.contextLength(model, signal),
    told(server.modelFile?.(model, signal)),
    told(server.gpuRatio?.(model, signal)),
    told(server.slots?.(model, signal)),
  ]);
  return {
    name: target.name,
    identity,
    server,
    model,
    contextLength,
    modelFile,
    gpuRatio,
    slots,
    isLocal: isHere,
    gpus: isForeign ? [] : target.gpus,
  };
}

async function resolveDiscovered(models: ModelSelection, options: ResolveOptions): Promise<Resolution> {
  const { machine, discovery, signal, familiar } = options;
  const { servers, tried } = await discoverServers({ machine, ...discovery, signal, familiar });
  if (servers.length === 0) throw nothingDetected(tried);
  const reasons: ServerError[] = [];
  for (const { identity } of servers) {
    try {
      const found = { name: DISCOVERED_TARGET, models, gpus: 'all' as const };
      return { target: await connectTarget(found, identity, options), discovered: servers };
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      reasons.push(error);
    }
  }
  const unready = reasons.filter((reason) => reason instanceof UnreadyError);
  const asleep = unready.find(({ code }) => code === 'server_asleep');
  if (asleep !== undefined) throw asleep;
  const [first, ...others] = reasons;
  if (first === undefined || others.length === 0) throw first ?? nothingDetected(tried);
  throw new ServerError(first.code, reasons.map((reason) => reason.message).join(' '), { cause: first });
}

function nothingDetected(tried: readonly string[]): ServerError {
  const advice = 'Start one, or name it with --target URL or under targets in the configuration';
  return new ServerError('no_server_detected', `No LLM server detected. Tried: ${tried.join(', ')}. ${advice}.`);
}
