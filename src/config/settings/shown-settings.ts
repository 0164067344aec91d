/**
 * What of a configuration may be shown to whoever may read the agent's status. Each value is named here: a new one is not
 * shown by itself, and a secret is told as set, never as it is.
 */
import { formatDuration } from '../duration.js';
import type { Path } from '../path.js';
import type { Config } from '../schema.js';

export interface ShownSetting {
  /** As in the file. */
  readonly path: Path;
  /** As it could be written in the file; `null` where nothing is set. */
  readonly value: string | null;
}

type Row = readonly [path: Path, value: string | number | boolean | null | undefined];

const SECRET = '(set, not shown)';

export function shownSettings(config: Config): readonly ShownSetting[] {
  const rows = [...targetRows(config), ...scheduleRows(config), ...ownRows(config), ...channelRows(config)];
  return rows.map(([path, value]) => ({ path, value: value === undefined || value === null ? null : String(value) }));
}

function targetRows({ targets }: Config): readonly Row[] {
  if (targets.length === 0) return [[['targets'], 'what is found on this machine']];
  return targets.flatMap(({ name, url, models, load, apiKey, gpus, tls }, index): Row[] => {
    const at = (...steps: Path) => ['targets', index, ...steps];
    return [
      [at('name'), name],
      [at('url'), url],
      [at('models'), typeof models === 'string' ? models : models.join(', ')],
      [at('load'), load],
      [at('gpus'), gpus === 'all' ? gpus : gpus.join(', ') || 'none'],
      ...(apiKey === undefined ? [] : [[at('api_key'), SECRET] as const]),
      ...(tls?.check === 'authority' ? [[at('ca_file'), tls.caFile] as const] : []),
      ...(tls?.check === 'none' ? [[at('insecure_skip_verify'), true] as const] : []),
    ];
  });
}

function scheduleRows({ schedules }: Config): readonly Row[] {
  if (schedules.length === 0) return [[['schedules'], 'none: measures only when asked']];
  return schedules.flatMap((schedule, index): Row[] => {
    const at = (step: string) => ['schedules', index, step];
    const { name, cron, timezone, mode, targets, jitterMs, whenBusy } = schedule;
    return [
      [at('name'), name],
      [at('cron'), cron],
      [at('timezone'), timezone],
      [at('mode'), mode],
      [at('targets'), targets === 'all' ? targets : targets.join(', ')],
      [at('jitter'), formatDuration(jitterMs)],
      [at('when_busy'), whenBusy],
    ];
  });
}

function ownRows({
  benchmark,
  jobs,
  gpu,
  storage,
  trends,
  retention,
  energy,
  log,
  web,
  metrics,
}: Config): readonly Row[] {
  const { host, port } = web.listenAddress;
  const { bearerToken } = web.auth ?? {};
  return [
    [['benchmark', 'timeout'], formatDuration(benchmark.timeoutMs)],
    [['benchmark', 'load_timeout'], formatDuration(benchmark.loadTimeoutMs)],
    [['benchmark', 'precision'], percent(benchmark.precision)],
    [['benchmark', 'max_runs'], benchmark.maxRuns],
    [['benchmark', 'extra_time', 'quick'], formatDuration(benchmark.extraTimeMs.quick)],
    [['benchmark', 'extra_time', 'full'], formatDuration(benchmark.extraTimeMs.full)],
    [['benchmark', 'prompts', 'short'], benchmark.prompts.short === undefined ? null : 'one of your own'],
    [['benchmark', 'prompts', 'long'], benchmark.prompts.long === undefined ? null : 'one of your own'],
    [['jobs', 'on_busy'], jobs.onBusy],
    [['jobs', 'max_queued'], jobs.maxQueued],
    [['jobs', 'cancel_grace'], formatDuration(jobs.cancelGraceMs)],
    [['jobs', 'turn_timeout'], formatDuration(jobs.turnTimeoutMs)],
    [['gpu', 'source'], gpu.source],
    [['gpu', 'interval'], formatDuration(gpu.intervalMs)],
    [['gpu', 'idle_interval'], formatDuration(gpu.idleIntervalMs)],
    [['storage', 'path'], storage.path],
    [['trends', 'window'], trends.window],
    [['trends', 'min_samples'], trends.minSamples],
    [['trends', 'drop'], percent(trends.drop)],
    [['retention', 'runs'], formatDuration(retention.runsMs)],
    [['retention', 'keep_at_least'], retention.keepAtLeast],
    [['energy', 'price_per_kwh'], energy?.pricePerKwh],
    [['energy', 'prices'], energy?.prices === undefined ? null : `${energy.prices.length} prices by the hour`],
    [['energy', 'time_zone'], energy?.timeZone],
    [['energy', 'currency'], energy?.currency],
    [['energy', 'grams_co2_per_kwh'], energy?.gramsCo2PerKwh],
    [['log', 'level'], log.level],
    [['log', 'format'], log.format],
    [['web', 'listen_address'], `${host ?? ''}:${port}`],
    [['web', 'config_file'], web.configFile],
    [['web', 'auth', 'protect'], web.auth?.protect],
    [['web', 'auth', 'bearer_token'], bearerToken?.source === 'inline' ? SECRET : null],
    [['web', 'auth', 'bearer_token_file'], bearerToken?.source === 'file' ? bearerToken.path : null],
    [['web', 'allowed_hosts'], web.allowedHosts.join(', ') || null],
    [['web', 'dashboards_url'], web.dashboardsUrl],
    [['metrics', 'stale_after'], metrics.staleAfterMs === undefined ? null : formatDuration(metrics.staleAfterMs)],
  ];
}

/** Where they send to is itself a secret with most kinds. */
function channelRows({ notifications }: Config): readonly Row[] {
  return notifications.flatMap(({ name, kind, on, timeoutMs, giveUpAfterMs }, index): Row[] => {
    const at = (step: string) => ['notifications', index, step];
    return [
      [at('name'), name],
      [at('kind'), kind],
      [at('on'), on.join(', ')],
      [at('timeout'), formatDuration(timeoutMs)],
      [at('give_up_after'), formatDuration(giveUpAfterMs)],
    ];
  });
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(12))}%`;
}
