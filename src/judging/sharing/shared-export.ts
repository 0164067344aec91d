/** The newest figures of this machine as they may be given to strangers. */
import * as z from 'zod';
import { serverKinds } from '../../benchmark/inference-server.js';
import { benchmarkModes, testCategories } from '../../benchmark/plan.js';
import { redactModel, redactText, withoutNames } from '../../chronicle/redact.js';
import type { ChronicleRow } from '../../chronicle/row.js';
import { testName } from '../../shared/test-name.js';
import {
  MOST_SHARED_CHARACTERS,
  SHARED_FORMAT,
  type SharedFigures,
  type SharedModel,
  type SharedTest,
  sharedFiguresSchema,
} from '../../trends/sharing/shared-figures.js';

interface Series {
  readonly newest: ChronicleRow;
  readonly tests: ReadonlyMap<string, ChronicleRow>;
}

/** Takes the chronicle's rows in their order and keeps the newest of each test. */
export class SharedExport {
  /** That of the newest run last. */
  readonly #series = new Map<string, Series>();
  readonly #targets = new Set<string>();
  readonly #owner: readonly string[];

  /** `owner`: names of this host and its user. */
  constructor(owner: readonly string[]) {
    this.#owner = owner;
  }

  add(row: ChronicleRow): void {
    this.#targets.add(row.target);
    if (!isShareable(row)) return;
    const key = JSON.stringify([row.machine_id, row.target, row.model]);
    const earlier = this.#series.get(key);
    // Figures of another card, driver, server or workload are not those of what runs now.
    const tests = earlier !== undefined && isSameSetup(earlier.newest, row) ? earlier.tests : new Map();
    this.#series.delete(key);
    this.#series.set(key, { newest: row, tests: new Map([...tests, [row.test_id, row]]) });
  }

  /** `undefined` where there is nothing to share. Whatever is in it fits the schema. */
  figures(): SharedFigures | undefined {
    const names = [...this.#owner, ...this.#targets].filter((name) => !isPublic(name));
    const clean = (text: string) => cut(withoutNames(redactText(text), names));
    const shown = (text: string | null) => (text === null ? null : clean(text));
    const models = [...this.#series.values()].map(({ newest, tests }): SharedModel => {
      const file = newest.model_file;
      return {
        model: cut(withoutNames(redactModel(newest.model), names)),
        model_file: file === null ? null : cut(withoutNames(redactModel(file), names)),
        quantisation: shown(newest.quantisation),
        server_kind: serverKind.parse(newest.server_kind),
        server_name: shown(newest.server_name),
        server_version: shown(newest.server_version),
        mode: mode.parse(newest.mode),
        model_load_s: [...tests.values()].findLast((row) => row.model_load_s !== null)?.model_load_s ?? null,
        agent_version: shown(newest.agent_version),
        workload_version:
          typeof newest.workload_version === 'number' ? newest.workload_version : clean(newest.workload_version),
        hardware: {
          gpu_name: shown(newest.gpu_name),
          gpu_vendor: shown(newest.gpu_vendor),
          gpu_vram_gb: newest.gpu_vram_gb,
          gpu_driver: shown(newest.gpu_driver),
          cpu_name: shown(newest.cpu_name),
          cpu_cores_phys: newest.cpu_cores_phys,
          ram_total_gb: newest.ram_total_gb,
        },
        tests: [...tests.values()].map(testOf),
      };
    });
    if (models.length === 0) return undefined;
    return sharedFiguresSchema.parse({ format: SHARED_FORMAT, version: 1, models });
  }
}

const serverKind = z.enum(serverKinds).nullable().catch(null);
const mode = z.enum(benchmarkModes).catch('full');
const category = z.enum(testCategories);

/** What an older version did not write cannot be held against anything, nor a test that is not known; a canary has no figures. */
function isShareable(row: ChronicleRow): boolean {
  const isKnown = category.safeParse(row.category).success && row.category !== 'canary';
  return isKnown && row.ctx_size !== null && row.max_tokens !== null && testName(row.test_id) !== row.test_id;
}

const setup = [
  'workload_version',
  'gpu_name',
  'gpu_vram_gb',
  'gpu_driver',
  'cpu_name',
  'ram_total_gb',
  'server_kind',
  'server_version',
  'model_file',
  'quantisation',
] as const;

function isSameSetup(earlier: ChronicleRow, row: ChronicleRow): boolean {
  return setup.every((column) => earlier[column] === row[column]);
}

function testOf(row: ChronicleRow): SharedTest {
  return {
    test_id: row.test_id,
    category: category.parse(row.category),
    // The second of a run could be joined with somebody's metrics.
    measured_on: row.run_at.slice(0, 10),
    ctx_size: row.ctx_size ?? 0,
    max_tokens: row.max_tokens ?? 0,
    concurrency: Number(/^concurrency_(\d+)$/.exec(row.test_id)?.[1] ?? 1),
    n_runs: row.n_runs ?? 0,
    successful_runs: row.successful_runs ?? 0,
    avg_tps: row.avg_tps,
    best_tps: row.best_tps,
    cv_tps: row.cv_tps,
    aggregate_tps: row.aggregate_tps,
    avg_prefill_tps: row.avg_prefill_tps,
    avg_ttft_s: row.avg_ttft_s,
    avg_elapsed_s: row.avg_elapsed_s,
    prompt_tokens: row.prompt_tokens,
    completion_tokens: row.completion_tokens,
    peak_vram_used_mb: row.peak_vram_used_mb,
    peak_temp_c: row.peak_temp_c,
    avg_power_w: row.avg_power_w,
    joules_per_token: row.joules_per_token,
    throttled_ratio: row.throttled_ratio,
  };
}

/** A target or a user that is called after its server tells nothing, and its server's name must stay. */
function isPublic(name: string): boolean {
  return ['local', 'root', 'typhon', ...serverKinds].some((known) => known === name.toLowerCase());
}

function cut(text: string): string {
  return text.slice(0, MOST_SHARED_CHARACTERS);
}
