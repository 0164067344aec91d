import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { type AgentOptions, startAgent } from '../../src/agent/agent.js';
import { loadConfig } from '../../src/config/load.js';

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('expected an address with a port');
  return address.port;
}

t.test('a start that fails late leaves neither a listener nor a lock behind', async (t) => {
  const storage = join(t.testdir({}), 'data');
  const { config } = await loadConfig({ overrides: {}, environment: {}, directory: t.testdirName });
  const options: AgentOptions = {
    config: {
      ...config,
      storage: { path: storage },
      web: { ...config.web, listenAddress: { host: '127.0.0.1', port: await freePort() } },
    },
    loadConfig: async () => config,
    environment: {},
    hostName: 'here',
    version: '1.2.3',
    now: () => new Date(),
    random: () => 0,
    logger: pino({ level: 'silent' }),
    program: 'unused',
    judgingProgram: 'unused',
    readPageFile: (name) => readFile(join(t.testdirName, name)),
  };
  // No configuration file gets so far: it is the last thing that a start does with one.
  const schedule = {
    name: 'never',
    timezone: 'UTC',
    mode: 'quick',
    targets: 'all',
    jitterMs: 0,
    whenBusy: 'run',
  } as const;
  const broken = { ...options.config, schedules: [{ ...schedule, cron: 'no such time' }] };
  await t.rejects(startAgent({ ...options, config: broken }), /expected 5 or 6 fields/);
  t.notOk(readdirSync(storage).includes('agent.lock'));
  const agent = await startAgent(options);
  t.equal((await fetch(`${agent.url}/health`)).status, 200, 'the same port and path are free');
  await agent.close('the test ends');
  t.notOk(readdirSync(storage).includes('agent.lock'));
});
