/** What the agent does to a real llama-server that sleeps, or serves somebody else. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { benchmarkResultSchema } from '../../../src/benchmark/result.js';
import { surveyServers } from '../../../src/servers/survey.js';
import { startingBefore } from '../../fixtures/clock-ahead.js';
import {
  type LlamaServer,
  skipWithoutLlamaServer,
  startLlamaServer,
  streamEndlessly,
  tinyModel,
} from '../../fixtures/llama-server.js';
import { everyRequestSucceeded } from '../../fixtures/recorded-run.js';
import { ended, listed, type RunningAgent, startAgent } from '../../fixtures/running-agent.js';
import { patient } from '../../fixtures/servers/fixture-server.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';
import { startTyphon, until } from '../../fixtures/typhon-process.js';

const skip = skipWithoutLlamaServer();
const tiny = await tinyModel(t.testdir({}));

function start(t: Test, ...args: readonly string[]): Promise<LlamaServer> {
  return startLlamaServer(t, { args: ['--model', tiny, '--alias', 'tiny', '--ctx-size', '2048', ...args] });
}

interface Configured {
  readonly targets: readonly { readonly name: string; readonly url: string }[];
  readonly schedules: readonly object[];
}

async function configFile(t: Test, config: Configured): Promise<string> {
  const file = join(await temporaryFolder(t), 'typhon.yaml');
  writeFileSync(file, stringify({ benchmark: { extra_time: '0s' }, ...config }));
  return file;
}

/** Its schedules of each minute come due some seconds after it starts. */
async function agentFor(t: Test, file: string): Promise<RunningAgent> {
  const storage = await temporaryFolder(t);
  return startAgent(t, { storage, more: ['--config.file', file], ...startingBefore(60_000, 5_000) });
}

async function get<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

interface TargetSeen {
  readonly name: string;
  readonly state: string;
}

interface Skips {
  readonly name: string;
  readonly last_skip: { readonly reason: string; readonly detail: string } | null;
}

/** The last skips of all schedules, once each has one. */
function skips({ url }: RunningAgent): Promise<readonly Skips[]> {
  return until(async () => {
    const schedules = await get<readonly Skips[]>(`${url}/schedules`);
    return schedules.every(({ last_skip }) => last_skip !== null) && schedules;
  });
}

const eachMinute = { cron: '* * * * *', mode: 'quick' };

t.test('a server that sleeps is up, and nothing that looks at it wakes it', { skip }, async (t) => {
  const server = await start(t, '--sleep-idle-seconds', '1');
  await server.logged(/entering sleeping state/);
  const file = await configFile(t, {
    targets: [{ name: 'sleeper', url: server.url }],
    schedules: [{ name: 'disturbs', ...eachMinute, when_busy: 'run' }],
  });
  const agent = await agentFor(t, file);
  const seen = await until(async () => {
    const { targets } = await get<{ readonly targets: readonly TargetSeen[] }>(`${agent.url}/status`);
    return targets.find(({ state }) => state !== 'unknown');
  });
  t.match(seen, { name: 'sleeper', state: 'up', asleep: true, busy: 'idle', model: 'tiny' });
  t.match(await (await fetch(`${agent.url}/metrics`)).text(), /^typhon_target_up\{target="sleeper"\} 1$/m);
  const scanned = await fetch(`${agent.url}/scan`, { method: 'POST' });
  t.match(await scanned.json(), {
    servers: [{ target: 'sleeper', asleep: true, models: [{ id: 'tiny', loaded: false }] }],
  });
  const byHand = await startTyphon(t, [
    'scan',
    '--config.file',
    file,
    '--storage.path',
    await temporaryFolder(t),
  ]).ended();
  t.equal(byHand.code, 0, byHand.stderr);
  const { servers } = await surveyServers([], {
    signal: patient,
    discovery: { hosts: ['127.0.0.1'], ports: [server.port] },
  });
  t.match(servers, [{ target: null, kind: 'llama.cpp', asleep: true, context_length: 2048 }]);
  t.match(await skips(agent), [{ last_skip: { reason: 'server_asleep' } }]);
  const run = startTyphon(t, ['run', '--target', server.url, '--storage.path', await temporaryFolder(t)]);
  t.match(await run.ended(), { code: 1, stderr: /asleep/ });
  t.notMatch(server.log, /exiting sleeping state/);
});

t.test('while somebody generates a scheduled run is skipped, also where no slot tells', { skip }, async (t) => {
  const server = await start(t, '--context-shift', '--no-slots');
  await streamEndlessly(t, server);
  const file = await configFile(t, {
    targets: [{ name: 'silent', url: server.url }],
    schedules: [{ name: 'impatient', ...eachMinute, when_busy: 'skip' }],
  });
  const agent = await agentFor(t, file);
  t.match(await skips(agent), [{ last_skip: { reason: 'server_busy', detail: /^its processes/ } }]);
  t.same(await listed(agent), []);
});

t.test(
  'status and a scan judge a server that does not tell by its processes, as a schedule does',
  { skip },
  async (t) => {
    const server = await start(t, '--context-shift', '--no-slots');
    const file = await configFile(t, { targets: [{ name: 'silent', url: server.url }], schedules: [] });
    const agent = await agentFor(t, file);
    const scanned = async () => {
      const answer = await fetch(`${agent.url}/scan`, { method: 'POST' });
      return (await answer.json()) as { readonly servers: readonly { readonly busy: boolean | null }[] };
    };
    t.match(await scanned(), { servers: [{ target: 'silent', busy: false, busy_unknown: null }] });
    const use = async (wanted: string) => {
      const { targets } = await get<{ readonly targets: readonly { readonly busy: string | null }[] }>(
        `${agent.url}/status`,
      );
      return targets[0]?.busy === wanted;
    };
    const leave = await streamEndlessly(t, server);
    t.match(await scanned(), { servers: [{ target: 'silent', busy: true, busy_unknown: null }] });
    // The first who asks is told at once, from then on twice a minute: meanwhile the server is better idle than at work.
    await until(() => use('busy'));
    leave();
    await until(() => use('idle'));
  },
);

t.test('one that waits runs once the other client is done', { skip }, async (t) => {
  const server = await start(t, '--context-shift');
  const leave = await streamEndlessly(t, server);
  const file = await configFile(t, {
    targets: [{ name: 'shared', url: server.url }],
    schedules: [{ name: 'patient', ...eachMinute, when_busy: 'wait' }],
  });
  const agent = await agentFor(t, file);
  await agent.typhon.written(/"reason":"server_busy"/);
  leave();
  const [id = ''] = await until(async () => {
    const jobs = await listed(agent);
    return jobs.length > 0 && jobs;
  });
  const { status, result } = await ended(agent, id);
  t.equal(status, 'done');
  everyRequestSucceeded(t, benchmarkResultSchema.parse(result));
});
