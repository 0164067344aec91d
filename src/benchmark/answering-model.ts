/** Whether one and the same model gives all answers of a run: on the same port and under the same name, another may. */
import type { FailedRun } from './result.js';

export class AnsweringModel {
  #first: string | undefined;

  /**
   * Takes note of the model that an answer names. Of one by another model than the first answer, the failure; servers that
   * name none are believed.
   */
  meet(named: string | undefined): FailedRun | undefined {
    this.#first ??= named;
    if (named === undefined || named === this.#first) return undefined;
    const met = `the answer came from ${named}, the first one of this run from ${this.#first}`;
    return { success: false, error: 'model_not_found', error_detail: met };
  }
}
