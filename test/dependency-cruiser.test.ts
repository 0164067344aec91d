import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { plainly } from './fixtures/plain-process.js';

const run = promisify(execFile);
const depcruise = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const rules = resolve('.dependency-cruiser.cjs');

// Written out a second time on purpose: the rules are generated from a table, and a slip there must show here.
const allowed: Record<string, { modules: string[]; types?: string[] }> = {
  config: { modules: [] },
  benchmark: { modules: ['config'] },
  servers: { modules: ['benchmark', 'config'] },
  hardware: { modules: ['config'], types: ['benchmark'] },
  runner: { modules: ['benchmark', 'servers', 'hardware', 'config'] },
  chronicle: { modules: ['benchmark'] },
  trends: { modules: ['benchmark'], types: ['chronicle'] },
  jobs: { modules: ['runner', 'benchmark', 'chronicle', 'config'] },
  metrics: { modules: ['benchmark', 'hardware', 'trends'], types: ['jobs'] },
  notifications: { modules: ['benchmark', 'trends', 'config'] },
  judging: { modules: ['trends', 'chronicle', 'benchmark'], types: ['config'] },
  ask: { modules: ['servers', 'trends', 'chronicle', 'benchmark', 'config'], types: ['judging'] },
  api: {
    modules: [
      'config',
      'benchmark',
      'servers',
      'hardware',
      'runner',
      'chronicle',
      'trends',
      'judging',
      'ask',
      'jobs',
      'metrics',
      'notifications',
    ],
  },
  web: { modules: [], types: ['api', 'benchmark', 'jobs', 'runner', 'trends'] },
  reference: { modules: [], types: ['benchmark'] },
  shared: { modules: [] },
};
const folders = Object.keys(allowed);

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

async function violations(root: string, folder = 'src'): Promise<Violation[]> {
  const [program, ...args] = plainly([process.execPath, depcruise, '--config', rules, '--output-type', 'json', folder]);
  const child = run(program, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  const output = await child.catch((error: { stdout: string }) => error);
  return (JSON.parse(output.stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

interface Tree {
  [name: string]: string | Record<string, string>;
}

/** A source tree in which every folder offers a thing and the named files import what they are told to. */
function tree(files: Record<string, string>): { src: Tree; 'tsconfig.json': string } {
  const src: Tree = {
    'main.ts': 'export const thing = 1;\n',
    'logger.ts': 'export const thing = 1;\n',
    agent: { 'thing.ts': 'export const thing = 1;\n' },
    commands: { 'thing.ts': 'export const thing = 1;\n' },
    executable: { 'thing.ts': 'export const thing = 1;\n' },
  };
  for (const folder of folders) src[folder] = { 'thing.ts': 'export const thing = 1;\n' };
  for (const [path, text] of Object.entries(files)) {
    const [folder = '', name] = path.split('/');
    if (name === undefined) src[folder] = text;
    else src[folder] = { ...(src[folder] as Record<string, string> | undefined), [name]: text };
  }
  return { src, 'tsconfig.json': '{"compilerOptions":{"module":"NodeNext","moduleResolution":"NodeNext"}}' };
}

function direction(found: Violation[]): string[] {
  const edges = found.filter((violation) => violation.rule.name !== 'no-cycle');
  return [...new Set(edges.map(({ from, to }) => `${place(from)} -> ${place(to)}`))].sort();
}

function place(path: string): string {
  return path.split('/')[1] ?? path;
}

t.test('refuses every import between folders that the architecture does not draw, and no other', async (t) => {
  const files: Record<string, string> = {};
  const expected: string[] = [];
  for (const from of folders) {
    for (const to of folders.filter((folder) => folder !== from)) {
      files[`${from}/to-${to}.ts`] = `import { thing } from '../${to}/thing.js';\nexport const own = thing;\n`;
      if (to !== 'shared' && !allowed[from]?.modules.includes(to)) expected.push(`${from} -> ${to}`);
    }
    files[`${from}/to-logger.ts`] = `import { thing } from '../logger.js';\nexport const own = thing;\n`;
    files[`${from}/to-commands.ts`] = `import { thing } from '../commands/thing.js';\nexport const own = thing;\n`;
    expected.push(`${from} -> commands`);
  }
  t.same(direction(await violations(t.testdir(tree(files)))), expected.sort());
});

t.test('lets types alone through where only types are allowed', async (t) => {
  const files: Record<string, string> = {};
  const expected: string[] = [];
  for (const from of folders) {
    for (const to of folders.filter((folder) => folder !== from)) {
      files[`${from}/to-${to}.ts`] =
        `import type { thing } from '../${to}/thing.js';\nexport type Own = typeof thing;\n`;
      const { modules = [], types = [] } = allowed[from] ?? {};
      if (![...modules, ...types, 'shared'].includes(to)) expected.push(`${from} -> ${to}`);
    }
  }
  t.same(direction(await violations(t.testdir(tree(files)))), expected.sort());
});

t.test('lets the configuration and the metrics have what cron means, which takes nothing else along', async (t) => {
  const uses = `import { cron } from '../jobs/cron.js';\nexport const own = cron;\n`;
  const files = {
    'jobs/cron.ts': `import { thing } from '../shared/thing.js';\nexport const cron = thing;\n`,
    'config/schedule.ts': uses,
    'metrics/schedule.ts': uses,
    'trends/schedule.ts': uses,
  };
  t.same(direction(await violations(t.testdir(tree(files)))), ['trends -> jobs']);
  const greedy = { ...files, 'jobs/cron.ts': `import { thing } from './thing.js';\nexport const cron = thing;\n` };
  t.same(direction(await violations(t.testdir(tree(greedy)))), ['jobs -> jobs', 'trends -> jobs']);
});

t.test('follows dynamic imports', async (t) => {
  const files = { 'benchmark/late.ts': `export const late = () => import('../servers/thing.js');\n` };
  t.same(direction(await violations(t.testdir(tree(files)))), ['benchmark -> servers']);
});

t.test('keeps the top of the tree in its place', async (t) => {
  const files = {
    'main.ts': `import './commands/thing.js';\nimport './config/thing.js';\nimport './agent/thing.js';\nexport const thing = 1;\n`,
    'agent/wiring.ts': `import './thing.js';\nimport '../jobs/thing.js';\nimport '../commands/other.js';\n`,
    'logger.ts': `import './config/thing.js';\nexport const thing = 1;\n`,
    'commands/other.ts': 'export const other = 1;\n',
    'commands/back.ts': `import '../main.js';\nimport '../executable/thing.js';\nimport '../agent/thing.js';\n`,
    'executable/starting.ts': `import '../commands/thing.js';\nimport '../runner/thing.js';\nimport '../api/thing.js';\n`,
  };
  t.same(direction(await violations(t.testdir(tree(files)))), [
    'agent -> commands',
    'commands -> executable',
    'commands -> main.ts',
    'executable -> api',
    'logger.ts -> config',
    'main.ts -> agent',
    'main.ts -> config',
  ]);
});

t.test('refuses a folder nobody drew', async (t) => {
  const files = {
    'utils/alone.ts': 'export const alone = 1;\n',
    'utils/importing.ts': `import { thing } from '../config/thing.js';\nexport const own = thing;\n`,
    'beside-main.ts': `import './logger.js';\n`,
  };
  const found = await violations(t.testdir(tree(files)));
  t.same(found.map(({ from, rule }) => `${from}: ${rule.name}`).sort(), [
    'src/beside-main.ts: unknown-place',
    'src/utils/alone.ts: unknown-place-alone',
    'src/utils/importing.ts: unknown-place',
  ]);
});

t.test('refuses a cycle, of types alone, too', async (t) => {
  const files = {
    'benchmark/one.ts': `import { two } from './two.js';\nexport const one = () => two;\n`,
    'benchmark/two.ts': `import { one } from './one.js';\nexport const two = () => one;\n`,
    'config/one.ts': `import { two } from './two.js';\nexport const one = () => two;\n`,
    'config/two.ts': `import type { one } from './one.js';\nexport const two = (given: typeof one) => given;\n`,
  };
  const found = await violations(t.testdir(tree(files)));
  t.same(
    new Set(found.map(({ from, rule }) => `${place(from)}: ${rule.name}`)),
    new Set(['benchmark: no-cycle', 'config: no-cycle']),
  );
});

t.test('lets the dashboards and the alert rules know the metrics alone', async (t) => {
  const uses = (path: string) => `import { thing } from '../src/${path}/thing.js';\nexport const own = thing;\n`;
  const grafana = { 'names.ts': uses('metrics'), 'more.ts': uses('config'), 'yet-more.ts': uses('trends') };
  const found = await violations(t.testdir({ ...tree({}), grafana }), 'grafana');
  t.same(found.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`).sort(), [
    'grafana-direction: grafana/more.ts -> src/config/thing.ts',
    'grafana-direction: grafana/yet-more.ts -> src/trends/thing.ts',
  ]);
});
