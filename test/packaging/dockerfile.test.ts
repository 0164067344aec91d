import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { execForm, isInContext, lineageOf, pairsOf, parseDockerfile } from '../fixtures/dockerfile.js';

const stages = parseDockerfile(readFileSync('Dockerfile', 'utf8'));
const dockerignore = readFileSync('.dockerignore', 'utf8');
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const names = stages.map(({ name }) => name);
const targets = ['typhon', 'reference'] as const;

function lastOf(target: string, keyword: string): string {
  return lineageOf(target, stages).findLast((each) => each.keyword === keyword)?.value ?? '';
}

function environmentOf(target: string): ReadonlyMap<string, string> {
  const values = lineageOf(target, stages).filter(({ keyword }) => keyword === 'ENV');
  return new Map(values.flatMap(({ value }) => pairsOf(value)));
}

t.test('every stage builds on one before it or on the Node.js image, pinned by its tag', async (t) => {
  for (const [index, { base }] of stages.entries()) {
    const known = names.slice(0, index).includes(base);
    t.ok(known || /^node:\d+(\.\d+)*-(\w+-)?slim$/.test(base), base);
  }
  t.equal(names.at(-1), 'typhon', 'what is built without --target');
});

t.test('everything that is copied from the repository exists and is sent to the builder', async (t) => {
  const copies = stages.flatMap(({ instructions }) => instructions).filter(({ keyword }) => keyword === 'COPY');
  const sources = copies
    .filter(({ flags }) => flags['from'] === undefined)
    .flatMap(({ value }) => value.split(/\s+/).slice(0, -1));
  t.ok(sources.includes('src'));
  for (const source of sources) {
    t.ok(existsSync(source), source);
    t.ok(isInContext(source, dockerignore), `${source} in .dockerignore`);
  }
  for (const path of ['node_modules', 'dist', '.git', 'data', 'test', 'src.bak']) {
    t.notOk(isInContext(path, dockerignore), path);
  }
});

t.test('everything that is copied from a stage comes from one before it', async (t) => {
  for (const [index, { instructions }] of stages.entries()) {
    for (const { flags } of instructions.filter(({ keyword }) => keyword === 'COPY')) {
      if (flags['from'] !== undefined) t.ok(names.slice(0, index).includes(flags['from']), flags['from']);
    }
  }
});

for (const target of targets) {
  t.test(`${target} runs as a user without rights, and nothing in it was installed as root`, async (t) => {
    t.match(lastOf(target, 'USER'), /^[1-9]\d*:[1-9]\d*$/, 'a number, which Kubernetes can tell from root');
    t.equal(lastOf(target, 'VOLUME'), environmentOf(target).get('TYPHON_STORAGE_PATH'));
    const own = stages.filter(({ name }) => ['agent', target].includes(name)).flatMap((stage) => stage.instructions);
    t.equal(own.filter(({ keyword }) => keyword === 'RUN').length, 0);
    t.equal(execForm(lastOf(target, 'ENTRYPOINT'))[0], 'typhon');
  });

  t.test(`${target} is checked by Node.js alone, seldom`, async (t) => {
    const check = lineageOf(target, stages).findLast(({ keyword }) => keyword === 'HEALTHCHECK');
    t.equal(execForm(check?.value.replace(/^CMD /, '') ?? '')[0], 'node');
    t.ok(Number.parseInt(check?.flags['interval'] ?? '', 10) >= 60);
  });
}

t.test('the agent answers other machines, as the documentation says of the image', async (t) => {
  const environment = environmentOf('typhon');
  t.equal(environment.get('TYPHON_WEB_LISTEN_ADDRESS'), '0.0.0.0:8000');
  t.equal(lastOf('typhon', 'EXPOSE'), '8000');
  t.equal(environment.get('NVIDIA_VISIBLE_DEVICES'), 'all');
  t.equal(environment.get('NVIDIA_DRIVER_CAPABILITIES'), 'utility');
});

t.test('the labels say what package.json says', async (t) => {
  const labels = new Map(pairsOf(lastOf('typhon', 'LABEL')));
  t.equal(labels.get('org.opencontainers.image.title'), manifest.name);
  t.equal(labels.get('org.opencontainers.image.version'), manifest.version);
  t.equal(labels.get('org.opencontainers.image.licenses'), manifest.license);
  t.match(labels.get('org.opencontainers.image.description'), /benchmarks/i);
  t.match(labels.get('org.opencontainers.image.base.name'), new RegExp(`/${stages[0]?.base}$`));
});

t.test('no development dependency is installed for the image', async (t) => {
  const [installed] = stages.filter(({ name }) => name === 'dependencies');
  const runs = installed?.instructions.filter(({ keyword }) => keyword === 'RUN').map(({ value }) => value);
  t.strictSame(runs, ['npm ci --omit=dev --no-progress']);
  t.equal(environmentOf('typhon').get('NODE_ENV'), 'production');
});
