/** Every configuration that docs/fleet.md shows is one that its program takes. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { loadConfigFile } from '../src/config/load.js';
import { skipWithoutPrometheus } from './fixtures/prometheus-package.js';
import { startPrometheus } from './fixtures/prometheus-server.js';
import { until } from './fixtures/typhon-process.js';

const skip = skipWithoutPrometheus();
const guide = readFileSync('docs/fleet.md', 'utf8');
/** Each begins with the name of its file. */
const shown = [...guide.matchAll(/^```yaml\n# (\S+)( \(agent mode\))?\n([\s\S]*?)^```$/gm)].map(
  ([, file = '', agentMode, text = '']) => ({ file, agentMode: agentMode !== undefined, text }),
);

function of(wanted: string) {
  return shown.filter(({ file }) => file === wanted);
}

/** `--syntax-only`: the files with keys and certificates that it names are not here. */
function checkConfig(file: string, agentMode: boolean): { status: number | null; words: string } {
  const args = ['check', 'config', '--syntax-only', ...(agentMode ? ['--agent'] : []), file];
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, words: `${stdout}${stderr}` };
}

t.test('every block of YAML is one of those that are checked', async (t) => {
  t.equal(shown.length, guide.match(/^```yaml$/gm)?.length);
  t.same([...new Set(shown.map(({ file }) => file))].sort(), ['collector.yaml', 'prometheus.yml', 'typhon.yaml']);
});

t.test('Prometheus takes each of its configurations', { skip }, async (t) => {
  const folder = t.testdir({});
  for (const [index, { text, agentMode }] of of('prometheus.yml').entries()) {
    const file = join(folder, `${index}.yml`);
    writeFileSync(file, text);
    const { status, words } = checkConfig(file, agentMode);
    t.equal(status, 0, words);
  }
});

t.test("what the collector's receiver is told is a configuration of Prometheus", { skip }, async (t) => {
  const schema = z.object({ receivers: z.object({ prometheus: z.object({ config: z.unknown() }) }) });
  for (const { text } of of('collector.yaml')) {
    const { receivers } = schema.parse(parse(text));
    const file = join(t.testdir({}), 'prometheus.yml');
    writeFileSync(file, stringify(receivers.prometheus.config));
    const { status, words } = checkConfig(file, false);
    t.equal(status, 0, words);
  }
});

t.test('typhon takes its own', async (t) => {
  for (const { text } of of('typhon.yaml')) {
    const file = join(t.testdir({}), 'typhon.yaml');
    writeFileSync(file, text);
    const { web } = await loadConfigFile(file, {});
    t.equal(web.listenAddress.port, 8000);
  }
});

t.test('addresses and host names stay apart under the relabelling that is shown', { skip }, async (t) => {
  const configSchema = z.looseObject({
    scrape_configs: z.array(z.looseObject({ relabel_configs: z.array(z.unknown()).optional() })).default([]),
  });
  const relabelled = of('prometheus.yml').flatMap(({ text }) =>
    configSchema.parse(parse(text)).scrape_configs.flatMap((scrape) => scrape.relabel_configs ?? []),
  );
  t.ok(relabelled.length > 0);
  const targets = [
    '192.168.1.10:8000',
    '192.168.1.11:8000',
    '192.168.1.11:8001',
    '[fd00::10]:8000',
    '[fd00::11]:8000',
    'gpu-1.lab.example.org:8000',
    'gpu-1.attic.example.org:8000',
    'gpu-2:8000',
    'gpu-2:8001',
  ];
  const prometheus = await startPrometheus(t, {
    folder: join(t.testdir({}), 'prometheus'),
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      // None of them is asked: whether a scrape succeeds is another matter.
      scrape_configs: [
        {
          job_name: 'typhon',
          proxy_url: 'http://127.0.0.1:1',
          static_configs: [{ targets }],
          relabel_configs: relabelled,
        },
      ],
    },
  });
  const instances = await until(async () => {
    const seen = (await prometheus.query('up')).map(({ metric }) => metric['instance']);
    return seen.length >= targets.length && seen;
  });
  t.same(instances.toSorted(), [
    '192.168.1.10',
    '192.168.1.11',
    '192.168.1.11:8001',
    '[fd00::10]',
    '[fd00::11]',
    'gpu-1.attic.example.org',
    'gpu-1.lab.example.org',
    'gpu-2',
    'gpu-2:8001',
  ]);
});
