import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { LoadJournal } from '../../src/agent/load-journal.js';
import { ModelSteward } from '../../src/agent/model-steward.js';
import { configSchema } from '../../src/config/schema.js';
import { openModelLoader } from '../../src/servers/registry.js';
import { eventually } from '../fixtures/eventually.js';
import { type LlamaSwapServer, startLlamaSwap } from '../fixtures/llama-swap-server.js';
import { patient } from '../fixtures/servers/fixture-server.js';

interface Bench {
  readonly steward: ModelSteward;
  readonly warnings: readonly string[];
  /** Loads a model of a server, pushing out what is there. */
  readonly load: (server: LlamaSwapServer, target: string, model: string, timeoutMs?: number) => Promise<unknown>;
  readonly isSettled: () => boolean;
  readonly setIdle: (isIdle: boolean) => void;
  /** How often it was asked whether nothing is measured. */
  readonly looks: () => number;
}

function bench(t: Test, targets: Readonly<Record<string, LlamaSwapServer>>): Bench {
  const folder = t.testdir({});
  const config = configSchema.parse({
    targets: Object.entries(targets).map(([name, { apiBase: url }]) => ({ name, url, models: 'all', load: 'always' })),
  });
  const warnings: string[] = [];
  const write = (line: string) => void warnings.push((JSON.parse(line) as { readonly msg: string }).msg);
  const logger = pino({ level: 'warn' }, { write });
  const now = () => new Date();
  let isIdle = true;
  let looks = 0;
  const isFree = () => {
    looks += 1;
    return isIdle;
  };
  const journal = new LoadJournal({ file: join(folder, 'model_loads.json'), pid: process.pid, logger });
  const steward = new ModelSteward({ config: () => config, journal, now, logger, retryMs: 10, isIdle: isFree });
  t.teardown(() => steward.close(0));
  return {
    steward,
    warnings,
    load: async ({ apiBase }, target, model, timeoutMs = 60_000) => {
      const identity = { kind: 'llama-swap' as const, name: 'llama-swap', apiBase };
      const loader = await openModelLoader(identity, { now, signal: patient });
      if (loader === undefined) throw new Error('a loader was expected');
      const rest = { timeoutMs, signal: patient, tell: () => undefined, pushesOut: 'everything' as const };
      return steward.load({ target, identity, loader, model, ...rest });
    },
    isSettled: () => readdirSync(folder).length === 0,
    setIdle: (idle) => {
      isIdle = idle;
    },
    looks: () => looks,
  };
}

const swapping = (t: Test, stuck: readonly string[] = []) =>
  startLlamaSwap(t, { models: ['a', 'b', 'c'], running: 'c', stuck });

t.test('a load that takes longer than it may is given up, and what was pushed out comes back', async (t) => {
  const server = await swapping(t, ['a']);
  const { steward, load, isSettled } = bench(t, { box: server });
  await t.rejects(load(server, 'box', 'a', 1500), {
    code: 'load_failed',
    message: /did not load a within 1\.5 s \(benchmark\.load_timeout\)/,
  });
  t.equal(server.running(), 'a', 'it is still starting there');
  await steward.restore();
  t.same([server.running(), server.starts], ['c', ['a', 'c']]);
  t.ok(isSettled());
});

t.test('a server that is gone holds up nobody, and is put right once it is back', async (t) => {
  const [dead, alive] = [await swapping(t), await swapping(t)];
  const { steward, load, warnings, isSettled } = bench(t, { dead, alive });
  await load(dead, 'dead', 'a');
  await load(alive, 'alive', 'b');
  dead.setDown(true);
  await steward.restore();
  t.equal(alive.running(), 'c', 'the other one is put right');
  await steward.settled(patient);
  t.ok(steward.isOpen, 'nobody waits for the one that is gone');
  dead.setDown(false);
  await eventually(isSettled);
  t.same([dead.running(), dead.starts], ['c', ['a', 'c']]);
  t.equal(warnings.filter((words) => words.includes('not back yet')).length, 1, 'told once');
});

t.test('while something is measured nothing is tried again', async (t) => {
  const server = await swapping(t);
  const { steward, load, isSettled, setIdle, looks } = bench(t, { box: server });
  await load(server, 'box', 'a');
  setIdle(false);
  server.setDown(true);
  await steward.restore();
  server.setDown(false);
  const asked = server.requests.length;
  await eventually(() => looks() > 3);
  t.same([server.running(), server.requests.length], ['a', asked]);
  setIdle(true);
  await eventually(isSettled);
  t.equal(server.running(), 'c');
});

t.test('what is not back when the process ends is left to the next one', async (t) => {
  const server = await swapping(t);
  const { steward, load, warnings, isSettled } = bench(t, { box: server });
  await load(server, 'box', 'a');
  server.setDown(true);
  await steward.close(50);
  t.notOk(isSettled());
  t.match(warnings.at(-1), /puts them back when it starts next/);
});

t.test('at the end of the process a server that comes back in time is put right', async (t) => {
  const server = await swapping(t);
  const { steward, load, warnings, isSettled } = bench(t, { box: server });
  await load(server, 'box', 'a');
  server.setDown(true);
  const closed = steward.close(60_000);
  await eventually(() => warnings.some((words) => words.includes('not back yet')));
  server.setDown(false);
  await closed;
  t.ok(isSettled());
  t.equal(server.running(), 'c');
});
