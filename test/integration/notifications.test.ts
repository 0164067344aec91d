import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { keepTrendBook, openTrendBook, trendSettings } from '../../src/judging/trend-records.js';
import { type NotificationEvent, notificationEventSchema } from '../../src/notifications/event.js';
import { historyRuns } from '../fixtures/history.js';
import { type RunningAgent, startAgent } from '../fixtures/running-agent.js';
import { type Received, startWebhookReceiver, type WebhookReceiver } from '../fixtures/webhook-receiver.js';

const SECRET = 'hunter2-hunter2';
const PATH = '/hooks/0f9a3b';

interface Told {
  readonly folder: string;
  readonly storage: string;
  readonly file: string;
  readonly receiver: WebhookReceiver;
}

function configText(url: string, more = 'schedules: []\n'): string {
  return `notifications:\n  - { name: ops, kind: webhook, url: "${url}${PATH}", secret: "\${HOOK_SECRET}" }\n${more}`;
}

async function told(t: Test, more = 'schedules: []\n'): Promise<Told> {
  const receiver = await startWebhookReceiver(t);
  const folder = t.testdir({ 'typhon.yaml': configText(receiver.url, more) });
  return { folder, storage: join(folder, 'data'), file: join(folder, 'typhon.yaml'), receiver };
}

function agentOf(t: Test, { storage, file }: Told): Promise<RunningAgent> {
  return startAgent(t, {
    storage,
    more: ['--config.file', file, '--log.level', 'trace'],
    env: { HOOK_SECRET: SECRET },
  });
}

/** A job that ends in error: nothing listens at its target. Answers its id. */
async function fail({ url }: RunningAgent): Promise<string> {
  const target = encodeURIComponent('http://127.0.0.1:9');
  const response = await fetch(`${url}/jobs/run?mode=quick&target=${target}&on_busy=queue`, { method: 'POST' });
  return ((await response.json()) as { job_id: string }).job_id;
}

/** What was told, once its signature is found to be that of its time and body. */
function verified(t: Test, { path, headers, body }: Received): NotificationEvent {
  const timestamp = String(headers['typhon-timestamp']);
  const expected = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
  t.equal(headers['typhon-signature'], `sha256=${expected}`, 'the signature is valid');
  t.ok(Math.abs(Number(timestamp) * 1000 - Date.now()) < 60_000, 'and of now');
  t.equal(path, PATH);
  const event = notificationEventSchema.parse(JSON.parse(body));
  t.equal(headers['typhon-event-id'], event.id);
  return event;
}

function secretsStayAtHome(t: Test, { typhon }: RunningAgent): void {
  t.notMatch(typhon.stderr, SECRET);
  t.notMatch(typhon.stderr, PATH);
}

async function stopped({ typhon }: RunningAgent, signal: NodeJS.Signals): Promise<void> {
  typhon.kill(signal);
  await typhon.ended();
}

t.test('a failed run is told once, also where the receiver answered 500 first', async (t) => {
  const place = await told(t);
  const { receiver } = place;
  receiver.answers.push({ status: 500 });
  const agent = await agentOf(t, place);
  const first = await fail(agent);
  const refused = verified(t, await receiver.arrival(0));
  const taken = verified(t, await receiver.arrival(1));
  t.same(taken, refused, 'the same event again');
  t.match(taken, { event: 'run_failure', job_id: first, trigger: 'api', mode: 'quick', error: /Cannot reach/ });
  const second = await fail(agent);
  t.match(verified(t, await receiver.arrival(2)), { job_id: second }, 'and then the next one, not the first again');
  secretsStayAtHome(t, agent);
});

t.test('killed before it got through: told once after the start', async (t) => {
  const place = await told(t);
  const { receiver } = place;
  receiver.answers.push({ status: 503, headers: { 'retry-after': '3600' } });
  const agent = await agentOf(t, place);
  const first = await fail(agent);
  verified(t, await receiver.arrival(0));
  await agent.typhon.written(/it will be tried again/);
  await stopped(agent, 'SIGKILL');
  const next = await agentOf(t, place);
  t.match(verified(t, await receiver.arrival(1)), { job_id: first });
  await next.typhon.written(/notification sent/);
  await stopped(next, 'SIGKILL');
  const last = await agentOf(t, place);
  const second = await fail(last);
  t.match(verified(t, await receiver.arrival(2)), { job_id: second }, 'the first is not told again');
  secretsStayAtHome(t, last);
});

t.test('what fails right before a crash is told after it, though nobody had written that down', async (t) => {
  const place = await told(t);
  const agent = await agentOf(t, place);
  const first = await fail(agent);
  await place.receiver.arrival(0);
  await agent.typhon.written(/notification sent/);
  await stopped(agent, 'SIGKILL');
  // As if it had died between writing down the job's end and the outbox.
  const file = join(place.storage, 'notifications', 'ops.json');
  const outbox = JSON.parse(readFileSync(file, 'utf8')) as { known: string[] };
  writeFileSync(file, JSON.stringify({ ...outbox, known: [] }));
  await agentOf(t, place);
  t.match(verified(t, await place.receiver.arrival(1)), { job_id: first });
});

t.test('a receiver that hangs does not hold up the end, and hears of it after the next start', async (t) => {
  const place = await told(t);
  place.receiver.answers.push('hang');
  const agent = await agentOf(t, place);
  const first = await fail(agent);
  await place.receiver.arrival(0);
  agent.typhon.kill('SIGTERM');
  t.equal((await agent.typhon.ended()).code, 0);
  await agentOf(t, place);
  t.match(verified(t, await place.receiver.arrival(1)), { job_id: first });
});

t.test('a reload: another receiver is told from then on', async (t) => {
  const place = await told(t);
  const agent = await agentOf(t, place);
  const other = await startWebhookReceiver(t);
  writeFileSync(place.file, configText(other.url));
  agent.typhon.kill('SIGHUP');
  await agent.typhon.written(/configuration reloaded/);
  const id = await fail(agent);
  t.match(verified(t, await other.arrival(0)), { job_id: id });
  t.same(place.receiver.received, []);
});

t.test('what came due while no agent ran is a missed schedule', async (t) => {
  const place = await told(t, 'schedules: [{ name: yearly, cron: "0 0 1 1 *" }]\n');
  mkdirSync(place.storage);
  const seen = { name: 'yearly', cron: '0 0 1 1 *', timezone: 'UTC', dealt_with_until: '2020-06-01T00:00:00.000Z' };
  writeFileSync(join(place.storage, 'schedule_slots.json'), JSON.stringify([seen]));
  const agent = await agentOf(t, place);
  const years = new Date().getUTCFullYear() - 2020;
  t.match(verified(t, await place.receiver.arrival(0)), {
    event: 'missed_schedule',
    schedule: 'yearly',
    reason: 'agent_down',
    missed: years,
  });
  await agent.typhon.written(/notification sent/);
  await stopped(agent, 'SIGTERM');
  const id = await fail(await agentOf(t, place));
  t.match(verified(t, await place.receiver.arrival(1)), { job_id: id }, 'once');
});

t.test('a regression in runs that were recorded but not judged is told once', async (t) => {
  const place = await told(t);
  const paths = storagePaths(place.storage);
  await checkStorage(paths, { minFreeBytes: 0 });
  const runs = historyRuns({
    seed: 1,
    days: 30,
    cv: 0.01,
    steps: [{ day: 20, ratios: { decode_speed: 0.8 }, fields: { gpu_driver: '560.35.03' } }],
  });
  await appendRows(paths.chronicle, runs.slice(0, 80).flat());
  const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
  await keepTrendBook(await openTrendBook(paths, { settings, now: new Date() }), paths);
  await appendRows(paths.chronicle, runs.slice(80).flat());
  mkdirSync(paths.notifications);
  const outbox = { version: 1, waiting: [], known: [], since: '2026-01-01T00:00:00.000Z' };
  writeFileSync(join(paths.notifications, 'ops.json'), JSON.stringify(outbox));
  const agent = await agentOf(t, place);
  t.match(verified(t, await place.receiver.arrival(0)), {
    event: 'regression_start',
    target: 'workstation',
    findings: [{ test_id: 'baseline_short', signal: 'decode_speed' }],
    changes: /GPU driver 550\.54\.14 → 560\.35\.03/,
  });
  await agent.typhon.written(/notification sent/);
  await stopped(agent, 'SIGKILL');
  const id = await fail(await agentOf(t, place));
  t.match(verified(t, await place.receiver.arrival(1)), { job_id: id }, 'once');
});
