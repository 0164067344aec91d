/** What the API answers of the results. */
import type { ApiServices } from '../api/api-services.js';
import { trendsAnswer } from '../api/trends-answer.js';
import { askMachine } from '../ask/ask.js';
import { ownNamesOf } from '../ask/ask-briefing.js';
import { monotonicMs } from '../benchmark/clock.js';
import { readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { Config } from '../config/schema.js';
import { machineLockFile, thisMachine } from '../jobs/machine-lock.js';
import type { Schedules } from '../jobs/schedule.js';
import type { AgentTrendBook } from '../judging/agent-trend-book.js';
import { comparedRuns } from '../judging/compared-runs.js';
import { listedModels } from '../judging/model-listing.js';
import type { ModelRecords } from '../judging/model-records.js';
import { readMachineRecord } from '../judging/report-reading.js';
import type { RunHeadlines } from '../judging/run-headlines.js';
import { readRunList } from '../judging/run-listing.js';
import { resetBaseline } from '../judging/trend-records.js';
import type { TargetProber } from '../metrics/target-prober.js';
import { targetCards } from '../trends/cards/target-cards.js';
import type { TrendBookSettings } from '../trends/trend-book.js';
import { verdictOfAll } from '../trends/verdict/machine-verdict.js';
import type { Engine } from './engine.js';
import { knownModels } from './verdicts.js';

export type Answers = Pick<
  ApiServices,
  | 'look'
  | 'report'
  | 'verdict'
  | 'cards'
  | 'models'
  | 'compare'
  | 'compareNamed'
  | 'changesSince'
  | 'runs'
  | 'headlines'
  | 'ask'
  | 'trends'
  | 'resetBaseline'
>;

export interface AnswersOptions {
  readonly config: () => Config;
  readonly paths: StoragePaths;
  readonly environment: NodeJS.ProcessEnv;
  readonly hostName: string;
  readonly now: () => Date;
  readonly engine: Engine;
  readonly schedules: () => Schedules;
}

export interface Known {
  readonly judged: AgentTrendBook;
  readonly models: ModelRecords;
  readonly headlines: RunHeadlines;
  readonly prober: TargetProber;
  readonly settings: TrendBookSettings;
}

/** From the trends, the models and the targets as they are when it is asked. */
export function answers(options: AnswersOptions, { judged, models, headlines, prober, settings }: Known): Answers {
  const { config, paths, environment, hostName, now, engine } = options;
  const trends = () => judged.book.trends(now());
  const present = () => ({ now: now(), prompts: config().benchmark.prompts });
  const known = knownModels({
    config,
    now,
    nowMs: monotonicMs,
    trends,
    store: engine.store,
    readResult: (runId) => readRun(runId, paths),
    targets: () => {
      prober.scraped();
      return prober.current();
    },
    schedules: () => options.schedules().list(),
  });
  const record = () => readMachineRecord(paths, { now: now(), settings, price: config().energy, trends: trends() });
  return {
    look: () => {
      engine.sampler.scraped();
      prober.looked();
      return { ...engine.sampler.latest(), gpuHealth: engine.sampler.gpuHealth(), targets: prober.current() };
    },
    report: async () => (await record())?.report,
    verdict: async () => verdictOfAll(await known()),
    cards: async () =>
      targetCards(await known(), {
        now: now(),
        historyOf: (series, signal) => judged.book.history(series, signal),
        schedules: options.schedules().list(),
        targets: prober.current(),
        gpusOf: (name) => config().targets.find((target) => target.name === name)?.gpus ?? 'all',
      }),
    models: async (sort) =>
      listedModels(models, {
        now: now(),
        sort,
        prompts: config().benchmark.prompts,
        trends: trends(),
        price: config().energy,
      }),
    compare: (results) => comparedRuns(results, { paths, drop: config().trends.drop }),
    runs: (limit) => readRunList(paths, { ...present(), limit }),
    headlines: (runIds) => headlines.of(runIds),
    ask: async (question, signal) =>
      askMachine({
        question,
        record: await record(),
        environment,
        targets: config().targets,
        ownNames: ownNamesOf(hostName, environment),
        lockFile: machineLockFile(thisMachine(environment)),
        now,
        signal,
      }),
    trends: (query) => trendsAnswer(paths, trends(), { query, settings, now: now() }),
    // Loaded when somebody asks: most agents are never asked for them.
    compareNamed: async (asked) => {
      const { compareNamed } = await import('../judging/named-comparison.js');
      return compareNamed(asked, { paths, drop: config().trends.drop, ...present() });
    },
    changesSince: async (query) => {
      const { changesSince } = await import('../judging/changes-since.js');
      return changesSince(paths, query, { trends: trends(), drop: config().trends.drop });
    },
    resetBaseline: async (reset) => resetBaseline(await judged.whole(), paths, reset),
  };
}
