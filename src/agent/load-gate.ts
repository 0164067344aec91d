/** Whether a model that is not loaded is loaded for a job: by what the target's configuration allows. */
import type { Config } from '../config/schema.js';
import { scheduleOf } from '../jobs/job.js';
import { JobSkip } from '../jobs/job-skip.js';
import type { JobWork } from '../jobs/job-work.js';
import type { ModelLoader } from '../servers/model-loader.js';
import { covers, type LoadPolicy } from '../servers/model-selection.js';
import { openModelLoader } from '../servers/registry.js';
import { ServerError } from '../servers/server-error.js';
import { type ResolvedTarget, UnreadyError, type UnreadyServer } from '../servers/target.js';
import type { JobSkipReason } from '../shared/skip-reason.js';
import type { BusyGate } from './busy-gate.js';
import type { ModelSteward } from './model-steward.js';

export interface LoadGateOptions {
  readonly config: () => Config;
  readonly steward: ModelSteward;
  readonly gate: Pick<BusyGate, 'look' | 'pass' | 'loadEnded'>;
  readonly now: () => Date;
}

/** Finds a job's target, of that model where one is given. Throws `UnreadyError` where it would have to be loaded. */
type Resolve = (model?: string) => Promise<ResolvedTarget>;

export class LoadGate {
  readonly #options: LoadGateOptions;

  constructor(options: LoadGateOptions) {
    this.#options = options;
  }

  /**
   * The target of a job with its model in memory. Throws `JobSkip` where a scheduled job's model is not there and may not
   * be loaded, else a `ServerError`.
   */
  async targetOf(work: JobWork, resolve: Resolve): Promise<ResolvedTarget> {
    try {
      return await this.#alone(await resolve(), work);
    } catch (error) {
      if (!(error instanceof UnreadyError)) throw error;
      const { model } = error.unready;
      const modelLoadS = await this.#load(error, work);
      this.#options.gate.loadEnded();
      return { ...(await resolve(model)), modelLoadS };
    }
  }

  /** A model that is loaded; one that an earlier job of ours had loaded goes first. */
  async #alone(target: ResolvedTarget, work: JobWork): Promise<ResolvedTarget> {
    const { identity, name, model } = target;
    const { config, steward } = this.#options;
    const policy = config().targets.find((known) => known.name === name)?.load ?? 'never';
    const hasOurs = steward.ours(identity.apiBase).some((id) => id !== model);
    if (policy !== 'always' && !hasOurs) return target;
    const loader = await this.#loaderFor(target, policy, work.signal);
    if (hasOurs && loader !== undefined) {
      await steward.load({ ...this.#common(target, work), loader, model, pushesOut: 'ours' });
    }
    return target;
  }

  async #load(error: UnreadyError, work: JobWork): Promise<number | undefined> {
    const { unready } = error;
    const { model } = unready;
    const policy = this.#policyFor(unready);
    if (policy === 'never') throw refusal(error, work, neverWords(unready));
    if (model === undefined)
      throw refusal(error, work, 'Which one to load would be a guess: name it under models of the target');
    const loader = await this.#loaderFor(unready, policy, work.signal);
    if (loader === undefined) throw refusal(error, work, `${unready.identity.name} cannot be told to load a model`);
    if (policy === 'if_free') await this.#refuseInUse(error, loader, work);
    else await this.#options.gate.pass(work, unready);
    const pushesOut = policy === 'always' ? 'everything' : 'ours';
    return this.#options.steward.load({ ...this.#common(unready, work), loader, model, pushesOut });
  }

  async #refuseInUse(error: UnreadyError, loader: ModelLoader, work: JobWork): Promise<void> {
    const { steward, gate } = this.#options;
    const { unready } = error;
    const ours = steward.ours(unready.identity.apiBase);
    const resident = await loader.resident(work.signal);
    const others = resident.filter(({ id, asleep }) => id !== unready.model && asleep !== true && !ours.includes(id));
    if (others.length > 0) {
      const names = others.map(({ id }) => id).join(', ');
      throw refusal(
        error,
        work,
        `With load: if_free nothing is pushed out, and ${names} is in memory; load: always would push it out and put it back`,
      );
    }
    const verdict = await gate.look(unready, work.signal);
    if (!verdict.busy) return;
    if (scheduleOf(work.job) !== undefined) throw new JobSkip(verdict.reason, verdict.detail, { cause: error });
    throw refusal(error, work, `With load: if_free nothing is loaded while somebody is at work: ${verdict.detail}`);
  }

  /** Throws `ServerError` with `unsupported` where what the policy promises cannot be kept. */
  async #loaderFor(
    { identity, name }: Pick<UnreadyServer, 'identity' | 'name'>,
    policy: LoadPolicy,
    signal: AbortSignal,
  ): Promise<ModelLoader | undefined> {
    const loader = await openModelLoader(identity, { now: this.#options.now, signal });
    if (policy !== 'always' || loader?.canUnload === true) return loader;
    const met = `${identity.name} at ${identity.apiBase} cannot be told to unload a model`;
    throw new ServerError('unsupported', `${met}: target ${name} can have load: never or if_free, not always.`);
  }

  #common({ name, identity }: Pick<UnreadyServer, 'name' | 'identity'>, { signal, log }: JobWork) {
    const { loadTimeoutMs: timeoutMs } = this.#options.config().benchmark;
    return { target: name, identity, timeoutMs, signal, tell: (words: string) => log.write(words) };
  }

  /** What the configuration does not name is nobody's wish to see loaded. */
  #policyFor({ name, model }: UnreadyServer): LoadPolicy {
    const target = this.#options.config().targets.find((known) => known.name === name);
    if (target === undefined || model === undefined) return target?.load ?? 'never';
    return target.models === 'auto' || covers(target.models, model) ? target.load : 'never';
  }
}

function neverWords({ name, model }: UnreadyServer): string {
  const what = model === undefined ? 'a model' : `'${model}'`;
  return `typhon loads it where target ${name} has ${what} under models and load: if_free or always`;
}

/** Of a scheduled job no more than that it did not take place. */
function refusal(error: UnreadyError, { job }: Pick<JobWork, 'job'>, why: string): Error {
  const words = `${error.message} ${why}`;
  if (scheduleOf(job) === undefined) return new ServerError(error.code, `${words}.`, { cause: error });
  const reason: JobSkipReason = error.code === 'server_asleep' ? 'server_asleep' : 'model_not_loaded';
  return new JobSkip(reason, words, { cause: error });
}
