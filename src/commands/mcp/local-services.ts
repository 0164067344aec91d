/** The tools' services where no agent runs: what is on disk, and an engine of this process for benchmarks. */
import { type Engine, openEngine } from '../../agent/engine.js';
import { targetProbe } from '../../agent/target-probe.js';
import { recordedVerdict } from '../../agent/verdicts.js';
import { type TargetBody, targetsOf } from '../../api/routes/status.js';
import { trendsAnswer } from '../../api/trends-answer.js';
import { recordResult, TORN_LINE } from '../../chronicle/record.js';
import { readRun } from '../../chronicle/run-folder.js';
import type { StoragePaths } from '../../chronicle/storage.js';
import type { Config } from '../../config/schema.js';
import { changesSince } from '../../judging/changes-since.js';
import { readModelList } from '../../judging/model-listing.js';
import { compareNamed } from '../../judging/named-comparison.js';
import { readMachineReport } from '../../judging/report-reading.js';
import { openTrendBook, trendSettings } from '../../judging/trend-records.js';
import type { Logger } from '../../logger.js';
import type { McpServices } from '../../mcp/mcp-services.js';
import type { TargetState } from '../../metrics/target-prober.js';
import { DISCOVERED_TARGET } from '../../servers/discovered-target.js';
import { ExpectedError } from '../../shared/expected-error.js';
import type { CommandContext } from '../command.js';
import { evaluateRun } from '../run/evaluated-run.js';

export interface LocalServicesOptions {
  readonly config: Config;
  readonly paths: StoragePaths;
  readonly context: CommandContext;
  readonly logger: Logger;
}

export interface LocalServices {
  /** Throws `StorageError` where nothing could be recorded. */
  readonly open: () => Promise<McpServices>;
  /** Ends what runs, and puts back what was loaded for it. */
  readonly close: () => Promise<void>;
}

/** Nobody but the client's next start has to wait for it. */
const RESTORE_GRACE_MS = 60_000;

export function localServices(options: LocalServicesOptions): LocalServices {
  let engine: Engine | undefined;
  return {
    open: async () => {
      engine = await openedEngine(options);
      return servicesOn(engine, options);
    },
    close: async () => {
      const running = engine?.queue.running;
      // Nobody is left who could let it go on. One that is at its end stays as it is.
      if (running !== undefined) await engine?.queue.cancel(running.job_id).catch(() => undefined);
      await engine?.queue.stop('the MCP client has left');
      await engine?.steward.close(RESTORE_GRACE_MS);
      engine?.sampler.close();
    },
  };
}

async function openedEngine({ config, paths, context, logger }: LocalServicesOptions): Promise<Engine> {
  const engine = await openEngine({
    config: () => config,
    paths,
    environment: { ...context.environment },
    version: context.version,
    program: context.installation.runner,
    now: context.now,
    logger,
    settle: async (found) => {
      const { result, tornLineBefore } = await recordResult(found, paths);
      if (tornLineBefore) logger.warn({ file: paths.chronicle }, TORN_LINE);
      await evaluateRun({ result, paths, config, now: context.now(), logger });
      return result;
    },
  });
  await engine.store.restore(logger, context.now());
  await engine.steward.recover();
  return engine;
}

function servicesOn(engine: Engine, { config, paths, context, logger }: LocalServicesOptions): McpServices {
  const { now, version } = context;
  const settings = trendSettings(config);
  const { drop } = config.trends;
  const trends = async () => (await openTrendBook(paths, { settings, now: now() })).trends(now());
  return {
    version,
    now,
    logger,
    trigger: 'cli',
    config: () => config,
    store: engine.store,
    queue: engine.queue,
    findModels: engine.findModels,
    targets: () => seenTargets(engine, config),
    readResult: (runId) => readRun(runId, paths),
    report: () => readMachineReport(paths, { now: now(), settings, price: config.energy }),
    verdict: () => recordedVerdict(paths, { config, settings, now, logger }),
    models: (sort) =>
      readModelList(paths, { now: now(), sort, prompts: config.benchmark.prompts, settings, price: config.energy }),
    trends: async (query) => trendsAnswer(paths, await trends(), { query, settings, now: now() }),
    compareNamed: (asked) => compareNamed(asked, { paths, drop, now: now(), prompts: config.benchmark.prompts }),
    changesSince: async (query) => changesSince(paths, query, { trends: await trends(), drop }),
  };
}

const ASK_TIMEOUT_MS = 10_000;

/** Asked now; nobody while a benchmark runs, which that would disturb. */
async function seenTargets(engine: Engine, config: Config): Promise<readonly TargetBody[]> {
  const configured = config.targets.map(({ name }) => name);
  if (engine.queue.running !== undefined) return targetsOf(configured, { targets: [] });
  const probe = targetProbe({ ...engine, onReached: () => undefined });
  const asked = configured.length === 0 ? [undefined] : configured;
  const targets = await Promise.all(
    asked.map(async (name): Promise<TargetState> => {
      const target = { name: name ?? DISCOVERED_TARGET, labels: {} };
      try {
        const server = await probe(name, { withUse: false, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
        if ('noModel' in server) return { ...target, state: 'no_model', detail: server.noModel };
        return { ...target, state: 'up', server };
      } catch (error) {
        return { ...target, state: 'down', detail: error instanceof ExpectedError ? error.message : undefined };
      }
    }),
  );
  return targetsOf(configured, { targets });
}
