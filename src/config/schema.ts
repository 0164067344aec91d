/**
 * The configuration file, once: this validates it, gives it its types and defaults, and writes the JSON Schema for
 * editors. Keys in the file are snake_case; what comes out is camelCase with the unit in the name of a duration.
 * An error text given here completes the sentence "expected …".
 */

import * as z from 'zod';
import { cronProblem } from '../jobs/cron.js';
import { gpuVendorIds } from '../shared/gpu-vendor.js';
import { defaults } from './defaults.js';
import { energySchema } from './energy-schema.js';
import { duration, filled, name, secret, share, text, timer } from './field.js';
import type { DeepReadonly } from './freeze.js';
import { listenAddressPattern, parseListenAddress } from './listen-address.js';
import { channelSchema } from './notification-channel.js';
import { targetSchema } from './target-schema.js';
import { isTimezone, timezoneText } from './time-zone.js';

const linkText = 'an http:// or https:// URL without user and password';
function isLink(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

const cron = filled('a cron expression of five fields').superRefine((value, context) => {
  const problem = cronProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const scheduleSchema = z
  .strictObject({
    name: name.describe('Stands in trigger and metrics as schedule:<name>'),
    cron: cron.describe('Minute, hour, day of month, month, day of week'),
    timezone: filled(timezoneText)
      .refine(isTimezone, timezoneText)
      .default(defaults.scheduleTimezone)
      .describe('Time zone of the cron expression'),
    mode: z.enum(['quick', 'full', 'zeus']).default(defaults.scheduleMode).describe('How much is measured'),
    targets: z
      .union([z.literal('all'), z.array(z.string()).min(1)], { error: 'all, or a list of target names' })
      .default(defaults.scheduleTargets)
      .describe('Which targets'),
    jitter: timer(0).prefault(defaults.scheduleJitter).describe('A run starts up to this much later, at random'),
    when_busy: z
      .enum(['skip', 'wait', 'run'])
      .default(defaults.scheduleWhenBusy)
      .describe('What happens when the server or the GPU is already in use'),
  })
  .transform(({ jitter, when_busy, ...rest }) => ({ ...rest, jitterMs: jitter, whenBusy: when_busy }));

const extraTimeText = 'a duration such as 60s, or quick and full with a duration each';
const extraTime = z
  .union(
    [
      timer(0),
      z.strictObject({
        quick: timer(0).prefault(defaults.benchmarkExtraTimeQuick),
        full: timer(0).prefault(defaults.benchmarkExtraTimeFull),
      }),
    ],
    { error: extraTimeText },
  )
  .transform((time) => (typeof time === 'number' ? { quick: time, full: time } : time));

const benchmarkSchema = z
  .strictObject({
    timeout: timer(1000).prefault(defaults.benchmarkTimeout).describe('Least time that one request is given'),
    load_timeout: timer(1000)
      .prefault(defaults.benchmarkLoadTimeout)
      .describe('What a server is given to load a model; then what was there before is put back'),
    precision: share(0.001, 0.5, '3%')
      .prefault(defaults.benchmarkPrecision)
      .describe(
        "A test is repeated until the half-width of its mean decode speed's 95 % interval is at most this share",
      ),
    max_runs: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(defaults.benchmarkMaxRuns)
      .describe('Timed runs of a test at most, unless its plan has more'),
    extra_time: extraTime
      .prefault({})
      .describe('What the further runs of a benchmark may take together: one duration, or one each for quick and full'),
    prompts: z
      .strictObject({
        short: filled('a prompt').optional().describe('In place of the short prompt'),
        long: filled('a prompt').optional().describe('In place of the prompt for long outputs'),
      })
      .default({})
      .describe('Own prompts; results made with them compare only among themselves'),
  })
  .transform(({ timeout, load_timeout, precision, max_runs, extra_time, prompts }) => ({
    timeoutMs: timeout,
    loadTimeoutMs: load_timeout,
    precision,
    maxRuns: max_runs,
    extraTimeMs: extra_time,
    prompts,
  }));

const jobsSchema = z
  .strictObject({
    on_busy: z.enum(['reject', 'queue']).default(defaults.jobsOnBusy).describe('A job asked for while one is active'),
    max_queued: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(defaults.jobsMaxQueued)
      .describe('How many may wait, with on_busy: queue'),
    cancel_grace: timer(0)
      .prefault(defaults.jobsCancelGrace)
      .describe('What a cancelled benchmark is given before it is killed'),
    turn_timeout: timer(1000)
      .prefault(defaults.jobsTurnTimeout)
      .describe('How long a job waits for a benchmark of another process of this machine'),
  })
  .transform((jobs) => ({
    onBusy: jobs.on_busy,
    maxQueued: jobs.max_queued,
    cancelGraceMs: jobs.cancel_grace,
    turnTimeoutMs: jobs.turn_timeout,
  }));

const gpuSchema = z
  .strictObject({
    source: z
      .enum(['auto', ...gpuVendorIds, 'none'])
      .default(defaults.gpuSource)
      .describe('Where GPU readings come from'),
    interval: timer(50).prefault(defaults.gpuInterval).describe('Between two readings while a benchmark runs'),
    idle_interval: timer(1000).prefault(defaults.gpuIdleInterval).describe('Between two readings the rest of the time'),
  })
  .transform((gpu) => ({ source: gpu.source, intervalMs: gpu.interval, idleIntervalMs: gpu.idle_interval }));

/** Where the token of the web server comes from. */
type BearerToken = { source: 'inline'; token: string } | { source: 'file'; path: string };

const authSchema = z
  .strictObject({
    bearer_token: secret.optional().describe('Best written as ${ENV_VAR}'),
    bearer_token_file: filled('a path').optional().describe('A file that holds the token alone'),
    protect: z
      .enum(['changes', 'all'])
      .default(defaults.webAuthProtect)
      .describe('changes: only what starts, stops or alters something asks for the token; all: everything does'),
  })
  .transform(({ bearer_token: token, bearer_token_file: path, protect }, context) => {
    let bearerToken: BearerToken;
    if (token !== undefined && path === undefined) bearerToken = { source: 'inline', token };
    else if (token === undefined && path !== undefined) bearerToken = { source: 'file', path };
    else {
      context.addIssue({ code: 'custom', message: 'either bearer_token or bearer_token_file' });
      return z.NEVER;
    }
    return { bearerToken, protect };
  });

const addressText = 'an address such as 127.0.0.1:8000, [::1]:8000 or :8000';
const listenAddress = text(addressText, listenAddressPattern).transform((value, context) => {
  const address = parseListenAddress(value);
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: addressText });
  return z.NEVER;
});

const hostText = 'a host name without scheme and port';

const webSchema = z
  .strictObject({
    listen_address: listenAddress.prefault(defaults.webListenAddress).describe('Host and port of the web server'),
    config_file: filled('a path')
      .optional()
      .describe("TLS, passwords and headers of the web server, in the format of Prometheus' exporters"),
    auth: z
      .lazy(() => authSchema)
      .optional()
      .describe('Without it nobody is asked for a token'),
    allowed_hosts: z
      .array(text(hostText, /^[A-Za-z0-9.-]+$/).transform((host) => host.toLowerCase()))
      .default([])
      .describe(
        "Further names under which browsers reach the agent, beside localhost, addresses and this machine's name",
      ),
    dashboards_url: filled(linkText)
      .refine(isLink, linkText)
      .optional()
      .describe('Where the Grafana dashboards are, for a link on the page'),
  })
  .transform(({ listen_address, config_file, auth, allowed_hosts, dashboards_url }) => ({
    listenAddress: listen_address,
    configFile: config_file,
    auth,
    allowedHosts: allowed_hosts,
    dashboardsUrl: dashboards_url,
  }));

const logSchema = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default(defaults.logLevel)
    .describe('What is logged at least'),
  format: z.enum(['json', 'pretty']).optional().describe('Without it: pretty on a terminal, else json'),
});

const metricsSchema = z
  .strictObject({
    stale_after: duration(1000)
      .optional()
      .describe('When results leave /metrics; without it after three intervals of the schedule, 3d without one'),
  })
  .transform(({ stale_after }) => ({ staleAfterMs: stale_after }));

const trendsSchema = z
  .strictObject({
    window: z.number().int().min(5).max(200).default(defaults.trendsWindow).describe('Good runs that make a baseline'),
    min_samples: z
      .number()
      .int()
      .min(5)
      .max(200)
      .default(defaults.trendsMinSamples)
      .describe('Good runs with which judging begins; at most window'),
    drop: share(0.01, 0.9, '10%').prefault(defaults.trendsDrop).describe('The least change that is a regression'),
  })
  .refine(({ window, min_samples }) => min_samples <= window, {
    error: 'a number of at most window',
    path: ['min_samples'],
  })
  .transform(({ window, min_samples, drop }) => ({ window, minSamples: min_samples, drop }));

const retentionSchema = z
  .strictObject({
    runs: duration(3_600_000).prefault(defaults.retentionRuns).describe('How long the details of a run are kept'),
    keep_at_least: z
      .number()
      .int()
      .min(1)
      .default(defaults.retentionKeepAtLeast)
      .describe('So many of the newest runs are kept however old they are'),
  })
  .transform(({ runs, keep_at_least }) => ({ runsMs: runs, keepAtLeast: keep_at_least }));

const fileSchema = z.strictObject({
  targets: z.array(targetSchema).default([]).describe('The servers to benchmark; none: discover what runs here'),
  schedules: z
    .array(scheduleSchema)
    .optional()
    .describe('When the agent benchmarks by itself; without it every six hours, [] for never'),
  benchmark: benchmarkSchema.prefault({}).describe('How is measured'),
  jobs: jobsSchema.prefault({}).describe('What happens when several benchmarks are asked for'),
  gpu: gpuSchema.prefault({}).describe('How GPUs are read'),
  storage: z
    .strictObject({ path: filled('a path').default(defaults.storagePath).describe('Where results are kept') })
    .prefault({})
    .describe('Where results are kept'),
  trends: trendsSchema.prefault({}).describe('When a machine counts as slower than it was'),
  retention: retentionSchema.prefault({}).describe('When old runs are deleted; the chronicle is kept for ever'),
  // Built where the file has it, as what lies behind `web.auth` is: most have neither.
  energy: z
    .lazy(() => energySchema)
    .optional()
    .describe('What tokens cost and what CO2 they stand for; without it their energy alone'),
  notifications: z.array(channelSchema).default([]).describe('Who is told what happened'),
  log: logSchema.prefault({}).describe('The log, on stderr'),
  web: webSchema.prefault({}).describe('The web server'),
  metrics: metricsSchema.prefault({}).describe('What /metrics shows'),
});

/** The whole file. Its input type is the file's, its output the {@link Config} before it is frozen. */
export const configSchema = fileSchema.transform(({ schedules, ...rest }) => ({
  ...rest,
  schedules: schedules ?? [scheduleSchema.parse(defaults.builtInSchedule)],
  schedulesFrom: schedules === undefined ? ('built_in' as const) : ('configuration' as const),
}));

/** The configuration in force: complete, valid and deeply frozen. Durations are milliseconds. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
