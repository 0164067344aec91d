/** Has models loaded for benchmarks, and leaves every server as it was found. */
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../benchmark/clock.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logger.js';
import { parseApiBase } from '../servers/api-base.js';
import type { ModelLoader, ResidentModel } from '../servers/model-loader.js';
import { identifyServer } from '../servers/recognition/identify.js';
import { openModelLoader } from '../servers/registry.js';
import { ServerError } from '../servers/server-error.js';
import type { ServerIdentity } from '../servers/server-family.js';
import { tlsTrustOf } from '../servers/tls/ca-file.js';
import type { Exchange, LoadJournal } from './load-journal.js';

export interface StewardOptions {
  readonly config: () => Pick<Config, 'targets'>;
  readonly journal: LoadJournal;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Whether nothing is measured just now: a server that could not be put right is tried again then alone. */
  readonly isIdle: () => boolean;
  /** Between two attempts at a server that could not be put right, in milliseconds. */
  readonly retryMs?: number;
}

export interface LoadRequest {
  readonly target: string;
  readonly identity: ServerIdentity;
  readonly loader: ModelLoader;
  readonly model: string;
  /** What leaves memory for it: what earlier jobs had loaded, or all that is there. */
  readonly pushesOut: 'ours' | 'everything';
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What happens, in words. */
  readonly tell: (words: string) => void;
}

const MS_PER_SECOND = 1000;
const RETRY_MS = 15_000;
/** A server that does not come back by then has other troubles than its models. */
const GIVE_UP_AFTER_MS = 600_000;
/** At the end of the process: for longer nobody waits for a server that does not answer. */
const LAST_ATTEMPTS_MS = 60_000;
/** For one server to take back all that was in its memory. */
const RESTORE_TIMEOUT_MS = 900_000;
const IDENTIFY_TIMEOUT_MS = 5000;

export class ModelSteward {
  readonly #options: StewardOptions;
  readonly #exchanges = new Map<string, Exchange>();
  /** Since when, by its address, a server could not be put right. */
  readonly #failingSinceMs = new Map<string, number>();
  readonly #closing = new AbortController();
  #restoring: Promise<void> = Promise.resolve();
  #nextAttempt: NodeJS.Timeout | undefined;

  constructor(options: StewardOptions) {
    this.#options = options;
  }

  /** Begins to put back what a process that was killed had exchanged. Rejects with the system's error. */
  async recover(): Promise<void> {
    for (const exchange of await this.#options.journal.takeOver()) {
      this.#options.logger.warn({ target: exchange.target }, 'an earlier process ended before it put models back');
      this.#exchanges.set(exchange.api_base, exchange);
    }
    if (this.#exchanges.size > 0) void this.restore();
  }

  /** Models of the server that benchmarks had loaded. */
  ours(apiBase: string): readonly string[] {
    return this.#exchanges.get(apiBase)?.loaded ?? [];
  }

  /**
   * Resolves when nothing is being put back any more; a server that could not be is no reason to wait. Rejects only with
   * the signal's reason.
   */
  async settled(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await Promise.race([
      this.#restoring,
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    ]);
  }

  /**
   * Has the model in the server's memory; resolves with what loading it took, in seconds, `undefined` where it was
   * loaded already. Rejects with a `ServerError`, `load_failed` among it, a `StorageError` or the signal's reason; what
   * was pushed out comes back with `restore` then as ever.
   */
  async load(request: LoadRequest): Promise<number | undefined> {
    const { loader, model, identity, pushesOut, timeoutMs, signal, tell } = request;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    const within = AbortSignal.any([signal, limit.signal]);
    try {
      const resident = await loader.resident(within);
      const isAwake = resident.some(({ id, asleep }) => id === model && asleep !== true);
      const goes = (id: string) => pushesOut === 'everything' || this.ours(identity.apiBase).includes(id);
      const inTheWay = resident.filter(({ id, asleep }) => id !== model && asleep !== true && goes(id));
      if (isAwake && inTheWay.length === 0) return undefined;
      await this.#note(request, resident);
      for (const { id } of inTheWay) {
        tell(`Putting ${id} away.`);
        await loader.unload(id, within);
      }
      if (isAwake) return undefined;
      tell(`Loading ${model}.`);
      const startMs = monotonicMs();
      await loader.load({ id: model }, within);
      return (monotonicMs() - startMs) / MS_PER_SECOND;
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.signal.aborted) throw error;
      const met = `${identity.apiBase} did not load ${model} within ${timeoutMs / MS_PER_SECOND} s (benchmark.load_timeout)`;
      throw new ServerError('load_failed', `${met}.`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Puts every server right but the one of that target. Resolves when each was tried; what could not be put right is
   * tried again in the background.
   */
  restore(except?: string): Promise<void> {
    this.#restoring = this.#restoring.then(() => this.#restoreAll(except));
    return this.#restoring;
  }

  /** Whether a server is not as it was found. */
  get isOpen(): boolean {
    return this.#exchanges.size > 0;
  }

  /** What is being put back has so long, a server that does not answer less; the next process does the rest. */
  async close(graceMs: number): Promise<void> {
    const { logger, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#closing;
    const timer = setTimeout(() => this.#closing.abort(), graceMs);
    const lastAttemptMs = monotonicMs() + LAST_ATTEMPTS_MS;
    await this.restore();
    while (this.isOpen && !signal.aborted && monotonicMs() + retryMs < lastAttemptMs) {
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
      await this.restore();
    }
    clearTimeout(timer);
    clearTimeout(this.#nextAttempt);
    this.#closing.abort();
    if (!this.isOpen) return;
    const targets = [...this.#exchanges.values()].map(({ target }) => target);
    logger.warn({ targets }, 'models are not back yet: typhon puts them back when it starts next');
  }

  /** Before anything changes. A server that is still to be put right keeps what was found first. */
  async #note({ target, identity, model }: LoadRequest, resident: readonly ResidentModel[]): Promise<void> {
    const known = this.#exchanges.get(identity.apiBase);
    const wasAsleep = resident.some(({ id, asleep }) => id === model && asleep === true);
    const found = known?.found ?? [...resident];
    const loaded = wasAsleep ? (known?.loaded ?? []) : [...new Set([...(known?.loaded ?? []), model])];
    this.#exchanges.set(identity.apiBase, { target, api_base: identity.apiBase, found: [...found], loaded });
    await this.#options.journal.write([...this.#exchanges.values()]);
  }

  async #restoreAll(except: string | undefined): Promise<void> {
    const { logger, journal } = this.#options;
    for (const exchange of [...this.#exchanges.values()]) {
      if (exchange.target === except) continue;
      if (this.#closing.signal.aborted) return;
      if (!(await this.#isPutBack(exchange))) continue;
      this.#exchanges.delete(exchange.api_base);
      this.#failingSinceMs.delete(exchange.api_base);
      await journal.write([...this.#exchanges.values()]).catch((error: unknown) => {
        logger.error({ err: error }, 'which models were put back could not be written down');
      });
    }
    if (this.#failingSinceMs.size > 0) this.#tryAgainLater();
  }

  /** Whether nothing is left to be done there, be it that it was tried for long enough. */
  async #isPutBack(exchange: Exchange): Promise<boolean> {
    const { logger } = this.#options;
    const { target, api_base: apiBase, found } = exchange;
    try {
      await this.#putBack(exchange);
      return true;
    } catch (error) {
      if (this.#closing.signal.aborted) return false;
      const sinceMs = this.#failingSinceMs.get(apiBase);
      if (sinceMs === undefined) {
        this.#failingSinceMs.set(apiBase, monotonicMs());
        logger.warn({ err: error, target }, 'the models of a server are not back yet: it is tried again');
        return false;
      }
      if (monotonicMs() - sinceMs < GIVE_UP_AFTER_MS) return false;
      logger.error({ err: error, target, found }, 'the models of a server could not be put back');
      return true;
    }
  }

  #tryAgainLater(): void {
    const { retryMs = RETRY_MS, isIdle } = this.#options;
    clearTimeout(this.#nextAttempt);
    if (this.#closing.signal.aborted) return;
    this.#nextAttempt = setTimeout(() => {
      if (isIdle()) void this.restore();
      else this.#tryAgainLater();
    }, retryMs).unref();
  }

  async #putBack({ target, api_base: apiBase, found, loaded }: Exchange): Promise<void> {
    const { logger, now } = this.#options;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(RESTORE_TIMEOUT_MS)]);
    const loader = await openModelLoader(await this.#identityOf(target, apiBase, signal), { now, signal });
    if (loader === undefined) return;
    const resident = await loader.resident(signal);
    const wasFound = (id: string) => found.some((model) => model.id === id);
    for (const { id } of resident) if (loaded.includes(id) && !wasFound(id)) await loader.unload(id, signal);
    const strangers = resident.filter(({ id, asleep }) => asleep !== true && !loaded.includes(id) && !wasFound(id));
    const gone = found.filter(({ id }) => loaded.includes(id) || !resident.some((model) => model.id === id));
    if (strangers.length > 0 && gone.length > 0) {
      const words = 'somebody has loaded another model meanwhile: what a benchmark pushed out stays out';
      return logger.warn({ target, loaded: strangers.map(({ id }) => id), out: gone.map(({ id }) => id) }, words);
    }
    for (const model of gone) await loader.load(model, signal);
    for (const { id, asleep } of found) if (asleep === true) await loader.sleep?.(id, signal);
    if (loaded.length > 0) logger.info({ target, models: found.map(({ id }) => id) }, 'the server is as it was found');
  }

  async #identityOf(target: string, apiBase: string, signal: AbortSignal): Promise<ServerIdentity> {
    const { targets } = this.#options.config();
    const isMeant = ({ name, url }: (typeof targets)[number]) => name === target && parseApiBase(url) === apiBase;
    const known = targets.find(isMeant) ?? targets.find(({ url }) => parseApiBase(url) === apiBase);
    const access = { apiBase, apiKey: known?.apiKey, tls: await tlsTrustOf(known?.tls) };
    const recognition = await identifyServer(access, { signal, timeoutMs: IDENTIFY_TIMEOUT_MS });
    if (!recognition.recognised) throw recognition.error;
    return recognition.identity;
  }
}
