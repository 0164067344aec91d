import type { PatientFetch } from './patient-fetch.js';

export interface PageKeeperOptions {
  readonly caches: Pick<CacheStorage, 'open' | 'keys' | 'delete'>;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly network: PatientFetch;
  /** The address of the page; an origin may have several agents, each below its own. */
  readonly scope: string;
  /** Of the page that the worker came with. */
  readonly build: string;
  /** Every other file of the page, seen from it. */
  readonly files: readonly string[];
}

/** The page of one build, whole: what is kept of another one is removed, its answers included. */
export class PageKeeper {
  readonly #options: PageKeeperOptions;
  #answers: Promise<Cache> | undefined;

  constructor(options: PageKeeperOptions) {
    this.#options = options;
  }

  /**
   * Of the answers that this build's views have seen. Opened once: what an old worker writes after its caches were
   * removed then goes with them, and does not bring them back.
   */
  openAnswers(): Promise<Cache> {
    this.#answers ??= this.#options.caches.open(this.#name('answers')).catch((error: unknown) => {
      this.#answers = undefined;
      throw error;
    });
    return this.#answers;
  }

  /** Keeps the whole page; rejects, and keeps nothing, where a part is missing or the agent has another build by now. */
  async install(): Promise<void> {
    const { caches, fetch, scope, build, files } = this.#options;
    const page = await fetch(new Request(scope, { cache: 'no-cache' }));
    if (!page.ok || !(await page.clone().text()).includes(`"${build}"`)) {
      throw new Error(`expected the page of build ${build}, got another`);
    }
    const cache = await caches.open(this.#name('page'));
    await cache.put(scope, page);
    for (const file of files) {
      const url = new URL(file, scope).href;
      const answer = await fetch(new Request(url));
      if (!answer.ok) throw new Error(`expected ${file}, got ${answer.status}`);
      await cache.put(url, answer);
    }
  }

  /** Removes what earlier builds have kept. */
  async activate(): Promise<void> {
    const { caches } = this.#options;
    const own = [this.#name('page'), this.#name('answers')];
    for (const name of await caches.keys()) {
      if (name.startsWith(this.#prefix()) && !own.includes(name)) await caches.delete(name);
    }
  }

  /** The page, as new as it can be had. */
  page(request: Request): Promise<Response> {
    const { network, scope } = this.#options;
    return network.ask(request, { kept: () => this.#kept(scope), onAnswer: () => undefined });
  }

  /** A file whose name says what is in it. */
  async file(request: Request): Promise<Response> {
    return (await this.#kept(request.url)) ?? this.#options.fetch(request);
  }

  async #kept(url: string): Promise<Response | undefined> {
    return (await this.#options.caches.open(this.#name('page'))).match(url);
  }

  #prefix(): string {
    return `typhon ${new URL(this.#options.scope).pathname} `;
  }

  #name(what: 'page' | 'answers'): string {
    return `${this.#prefix()}${what} ${this.#options.build}`;
  }
}
