/**
 * Which folder of src/ may import which. `types` may be imported for their types alone. The logger and `shared/` may be
 * imported anywhere; a folder may import itself; what is not listed is refused. `files` are single files of a folder that
 * may not be imported as a whole.
 */
const mayImport = {
  config: { modules: [], files: ['jobs/cron.ts'] },
  benchmark: { modules: ['config'] },
  servers: { modules: ['benchmark', 'config'] },
  hardware: { modules: ['config'], types: ['benchmark'] },
  runner: { modules: ['benchmark', 'servers', 'hardware', 'config'] },
  chronicle: { modules: ['benchmark'] },
  trends: { modules: ['benchmark'], types: ['chronicle'] },
  jobs: { modules: ['runner', 'benchmark', 'chronicle', 'config'] },
  metrics: { modules: ['benchmark', 'hardware', 'trends'], types: ['jobs'], files: ['jobs/cron.ts'] },
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
  // What a terminal shows a model reads as well.
  mcp: {
    modules: ['api', 'judging', 'trends', 'jobs', 'benchmark', 'config'],
    files: ['commands/output/comparison-text.ts', 'commands/output/result-table.ts'],
  },
  // It runs in a browser: of the agent it knows the types of its answers.
  web: { modules: [], types: ['api', 'benchmark', 'jobs', 'runner', 'trends'] },
  reference: { modules: [], types: ['benchmark'] },
  // Pure values that every folder may need, the page included.
  shared: { modules: [] },
};

const folders = Object.keys(mayImport);
const knownPlaces = `^src/((${[...folders, 'agent', 'commands', 'executable', 'loading'].join('|')})/|(main|logger)\\.ts$)`;

function directionRules(folder) {
  const { modules, types = [], files = [] } = mayImport[folder];
  const fileNames = files.map((file) => `^src/${file.replace('.', '\\.')}$`);
  const reachable = [folder, 'shared', ...modules, ...types].join('|');
  const rules = [
    {
      name: `${folder}-direction`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: [`^src/(${reachable})/`, '^src/logger\\.ts$', ...fileNames] },
    },
  ];
  if (types.length === 0) return rules;
  return [
    ...rules,
    {
      name: `${folder}-types-only`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: `^src/(${types.join('|')})/`, pathNot: fileNames, dependencyTypesNot: ['type-only'] },
    },
  ];
}

module.exports = {
  forbidden: [
    ...folders.flatMap(directionRules),
    {
      name: 'logger-direction',
      comment: 'everything imports the logger, so it imports nothing of ours but pure values',
      severity: 'error',
      from: { path: '^src/logger\\.ts$' },
      to: { path: '^src/', pathNot: '^src/shared/' },
    },
    {
      name: 'cron-direction',
      comment: 'the configuration and the metrics import it by itself, so it takes nothing of its folder along',
      severity: 'error',
      from: { path: '^src/jobs/cron\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(shared/|logger\\.ts$)' },
    },
    {
      name: 'main-direction',
      comment: 'the binary maps arguments to a command and does nothing else',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(commands|loading)/' },
    },
    {
      name: 'agent-direction',
      comment: 'it wires everything, the commands start it',
      severity: 'error',
      from: { path: '^src/agent/' },
      to: { path: '^src/(commands/|executable/|main\\.ts$)' },
    },
    {
      name: 'commands-direction',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: { path: '^src/(executable/|main\\.ts$)' },
    },
    {
      name: 'executable-direction',
      comment: 'the single program starts commands and its own processes, and brings what `main.js` finds beside it',
      severity: 'error',
      from: { path: '^src/executable/' },
      to: { path: '^src/', pathNot: '^src/(executable|commands|runner|judging|reference|chronicle)/' },
    },
    {
      name: 'unknown-place',
      comment: 'a new folder or file at the top of src/ needs its line in this file',
      severity: 'error',
      from: { path: '^src/', pathNot: knownPlaces },
      to: {},
    },
    {
      name: 'unknown-place-alone',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: knownPlaces },
      to: {},
    },
    {
      name: 'out-of-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|tools|grafana)/' },
    },
    {
      name: 'grafana-direction',
      comment: 'names of metrics, and nothing that runs',
      severity: 'error',
      from: { path: '^grafana/' },
      to: { path: '^(src|test|bench|tools)/', pathNot: '^src/metrics/' },
    },
    {
      name: 'no-cycle',
      comment: 'types count: whoever reads one file of a ring must read them all',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'development-dependency',
      comment:
        'only the reference model may use one: node-llama-cpp is an optional peer; the page and the protocol for agents are built with their own',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(web/|mcp/sdk\\.ts$)' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/node-llama-cpp/' },
    },
    {
      name: 'protocol-by-one-door',
      comment: 'it is large: built into a file of its own, which nothing else loads',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/mcp/sdk\\.ts$' },
      to: { path: 'node_modules/@modelcontextprotocol/' },
    },
    {
      name: 'llama-in-reference-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/reference/' },
      to: { path: 'node_modules/node-llama-cpp/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
