import type { Clock } from '../../shared/clock.js';
import { INSTALLATION_HEADER } from '../../shared/installation-header.js';
import { MIB } from '../../shared/units.js';
import { keptAtHeader, keptAtMsOf } from './kept-at.js';
import { isForEverybody, keptUnder } from './kept-request.js';
import type { PatientFetch } from './patient-fetch.js';

const MAX_ANSWERS = 50;
const MAX_BYTES = 5 * MIB;
const MAX_ANSWER_BYTES = MIB;
/** Both are asked for every few seconds, and the disk need not follow. */
const SELDOM = /\/(?:status|v1\/diagnostics\/node)$/;
const SELDOM_MS = 10_000;

export interface AnswerKeeperOptions {
  readonly open: () => Promise<Cache>;
  readonly network: PatientFetch;
  readonly clock: Clock;
}

/** The newest answers of the agent, for when it does not answer: bounded, and the longest unseen go first. */
export class AnswerKeeper {
  readonly #options: AnswerKeeperOptions;
  /** Bytes by address, the longest unseen first. */
  #sizes: Map<string, number> | undefined;
  #keptMs = new Map<string, number>();
  /** That of the newest answer; `undefined` before the first one in this life of the worker. */
  #installation: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: AnswerKeeperOptions) {
    this.#options = options;
  }

  /** The agent's answer, else the one that is kept, which says since when; rejects where there is neither. */
  answer(request: Request): Promise<Response> {
    const { network, open, clock } = this.#options;
    const url = keptUnder(request.url, clock.nowMs());
    return network.ask(request, {
      kept: async () => this.#own(await (await open()).match(url)),
      onAnswer: (answer) => this.#take(url, answer),
    });
  }

  /** Resolves once everything that came is written. */
  settled(): Promise<void> {
    return this.#writing;
  }

  /** What another agent at the same address gave, or the same one before its storage was removed, is not shown as this one's. */
  #own(answer: Response | undefined): Response | undefined {
    const isOther = this.#installation !== undefined && answer?.headers.get(INSTALLATION_HEADER) !== this.#installation;
    return isOther ? undefined : answer;
  }

  #take(url: string, answer: Response): void {
    this.#meet(answer.headers.get(INSTALLATION_HEADER));
    if (answer.status === 401 || answer.status === 403) this.#next(() => this.#forget());
    if (!isForEverybody(answer)) return;
    const nowMs = this.#options.clock.nowMs();
    if (SELDOM.test(new URL(url).pathname) && nowMs - (this.#keptMs.get(url) ?? 0) < SELDOM_MS) return;
    this.#keptMs.set(url, nowMs);
    const copy = answer.clone();
    this.#next(() => this.#keep(url, copy, nowMs));
  }

  #meet(installation: string | null): void {
    if (installation === null || installation === this.#installation) return;
    this.#installation = installation;
    this.#keptMs = new Map();
    this.#next(() => this.#forgetOthers(installation));
  }

  async #forgetOthers(installation: string): Promise<void> {
    const cache = await this.#options.open();
    for (const { url } of await cache.keys()) {
      const answer = await cache.match(url);
      if (answer?.headers.get(INSTALLATION_HEADER) !== installation) await cache.delete(url);
    }
    this.#sizes = undefined;
  }

  /** One after the other. What cannot be written (a full disk, a private window) is not kept, and nothing else comes of it. */
  #next(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch(() => undefined);
  }

  /** Who may not see it any more shall not see it by way of the browser. */
  async #forget(): Promise<void> {
    const cache = await this.#options.open();
    for (const { url } of await cache.keys()) await cache.delete(url);
    this.#sizes = new Map();
    this.#keptMs = new Map();
  }

  async #keep(url: string, answer: Response, nowMs: number): Promise<void> {
    const bytes = await answer.arrayBuffer();
    const cache = await this.#options.open();
    this.#sizes ??= await sizesIn(cache);
    const sizes = this.#sizes;
    // An older answer than the one that has been seen would be shown as the newest.
    await cache.delete(url);
    sizes.delete(url);
    if (bytes.byteLength > MAX_ANSWER_BYTES) return;
    const installation = answer.headers.get(INSTALLATION_HEADER);
    const headers = {
      ...(installation === null ? {} : { [INSTALLATION_HEADER]: installation }),
      'content-type': answer.headers.get('content-type') ?? 'application/octet-stream',
      'content-length': String(bytes.byteLength),
      ...keptAtHeader(nowMs),
    };
    await cache.put(url, new Response(bytes, { headers }));
    sizes.set(url, bytes.byteLength);
    for (const oldest of [...sizes.keys()]) {
      if (sizes.size <= MAX_ANSWERS && sum(sizes) <= MAX_BYTES) break;
      await cache.delete(oldest);
      sizes.delete(oldest);
      this.#keptMs.delete(oldest);
    }
  }
}

/** Of what an earlier life of the worker has kept: a browser ends it whenever it is idle. */
async function sizesIn(cache: Cache): Promise<Map<string, number>> {
  const entries: { readonly url: string; readonly bytes: number; readonly atMs: number }[] = [];
  for (const { url } of await cache.keys()) {
    const answer = await cache.match(url);
    if (answer === undefined) continue;
    entries.push({ url, bytes: Number(answer.headers.get('content-length')), atMs: keptAtMsOf(answer) ?? 0 });
  }
  return new Map(entries.sort((a, b) => a.atMs - b.atMs).map(({ url, bytes }) => [url, bytes]));
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
}
