/** The agent's trend book: at once with the chronicle's last rows, and soon with years of them. */
import type { Logger } from '../logger.js';
import type { SignalVerdict, TrendBook } from '../trends/trend-book.js';
import { evaluateInProcess } from './judging-process.js';
import type { JudgingRequest } from './judging-protocol.js';
import {
  adoptTrendBook,
  keepTrendBook,
  openTrendBookSoon,
  type SoonOpened,
  type TrendPaths,
  trendSettings,
} from './trend-records.js';

export interface AgentTrendBookOptions {
  readonly paths: TrendPaths;
  readonly trends: JudgingRequest['trends'];
  readonly now: () => Date;
  readonly logger: Logger;
  /** Hears of the levels that changed in runs which the kept book had not seen; of nothing where none was kept. */
  readonly onCaughtUp?: ((verdicts: readonly SignalVerdict[]) => void) | undefined;
  /** Called when the book has become another one. */
  readonly onReplaced?: (() => void) | undefined;
  /** The program that judges what the start left out. */
  readonly program: string;
}

export class AgentTrendBook {
  readonly #options: AgentTrendBookOptions;
  readonly #closing = new AbortController();
  #book: TrendBook;
  readonly #isPartial: boolean;
  #completed: Promise<void> = Promise.resolve();

  private constructor(options: AgentTrendBookOptions, { book, state }: SoonOpened) {
    this.#options = options;
    this.#book = book;
    this.#isPartial = state === 'partial';
  }

  /** Throws `StorageError`. */
  static async open(options: AgentTrendBookOptions): Promise<AgentTrendBook> {
    const { paths, trends, now, onCaughtUp } = options;
    const opened = await openTrendBookSoon(paths, { settings: trendSettings({ trends }), now: now(), onCaughtUp });
    // Years of rows are judged once, not at every start until the next run.
    if (opened.state === 'judged' && !opened.book.isEmpty) await keepTrendBook(opened.book, paths);
    return new AgentTrendBook(options, opened);
  }

  /** As far as it is judged; another object once what the start left out is judged too. */
  get book(): TrendBook {
    return this.#book;
  }

  /** The book once it is whole: what is judged, reset or kept is so in this one. Never rejects. */
  async whole(): Promise<TrendBook> {
    await this.#completed;
    return this.#book;
  }

  /** To be called once, when the agent listens: judges what the start left out. */
  complete(): void {
    if (this.#isPartial) this.#completed = this.#judgeRest();
  }

  close(): void {
    this.#closing.abort();
  }

  async #judgeRest(): Promise<void> {
    const { paths, trends, now, logger, program, onReplaced } = this.#options;
    const { signal } = this.#closing;
    const { chronicle, trendBook, baselineResets } = paths;
    const request = { paths: { chronicle, trendBook, baselineResets }, trends, now: now().toISOString() };
    try {
      const judged = await evaluateInProcess(request, { signal, program });
      this.#book = await adoptTrendBook(judged, paths, { settings: trendSettings({ trends }), now: now() });
      onReplaced?.();
      await keepTrendBook(this.#book, paths);
      logger.info({ series: judged.series.length }, 'the chronicle is judged');
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error }, 'only the last runs of the chronicle are judged');
    }
  }
}
