/** Keeps a run to the model as the server has it: says when it was loaded anew, and fits the tests that follow. */

import { count } from '../shared/figure-text.js';
import type { BenchmarkListener } from './benchmark-event.js';
import { type Finding, modelReloaded } from './finding.js';
import type { ModelSession } from './inference-server.js';
import { type BenchmarkTest, fittedTo } from './plan.js';

export interface WatchingRun {
  readonly model: string;
  readonly signal: AbortSignal;
  readonly emit: BenchmarkListener;
}

export class ModelWatch {
  readonly #session: ModelSession | undefined;
  readonly #run: WatchingRun;
  #hasLooked = false;
  #findings: Finding[] = [];

  /** Without a session there is nothing to see. */
  constructor(session: ModelSession | undefined, run: WatchingRun) {
    this.#session = session;
    this.#run = run;
  }

  /** Between two tests, first after the request that is thrown away. Rejects only with the signal's reason. */
  async check(): Promise<void> {
    const { model, signal, emit } = this.#run;
    const reload = await this.#session?.check(signal);
    const isFirst = !this.#hasLooked;
    this.#hasLooked = true;
    if (reload === undefined) return;
    const { contextBefore: before, contextAfter: after } = reload;
    const changed = after === before ? undefined : after;
    const finding = modelReloaded({ before, after });
    const now = changed === undefined ? '' : `: its context is ${count(changed)} tokens now`;
    emit({
      type: 'log',
      line: isFirst ? finding.message : `The server loaded ${model} anew during the last test${now}.`,
    });
    // Later on, the requests that had to wait for it are flagged.
    if (isFirst) this.#findings.push(finding);
    if (changed !== undefined) emit({ type: 'context_changed', contextLength: changed });
  }

  /** As the context that the model has now can hold it, or why not: since the plan was made it may have become another. */
  fitted(test: BenchmarkTest): ReturnType<typeof fittedTo> {
    return fittedTo(test, this.#session?.contextLength);
  }

  /** What was not told yet. */
  newFindings(): readonly Finding[] {
    const findings = this.#findings;
    this.#findings = [];
    return findings;
  }
}
