import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';

const FILE = 'config/prometheus.yml';

const configSchema = z.object({
  rule_files: z.array(z.string()),
  scrape_configs: z.array(
    z.object({ job_name: z.string(), static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
  ),
});
const config = configSchema.parse(parse(readFileSync(FILE, 'utf8')));

const isInstalled = spawnSync('promtool', ['--version']).error === undefined;
// Where everything is to be checked, a tool that is missing must not pass for a check.
const skip = !isInstalled && process.env['CI'] !== 'true' ? 'promtool is not installed' : false;

t.test('the agent of npm run demo is scraped where it listens', async (t) => {
  const [scrape, ...others] = config.scrape_configs;
  t.strictSame(others, []);
  t.equal(scrape?.job_name, 'typhon');
  t.strictSame(scrape?.static_configs, [{ targets: ['127.0.0.1:8000'] }]);
});

t.test('every shipped rule file is read, and no other file', async (t) => {
  t.strictSame(config.rule_files, ['prometheus/rules/*.yml']);
  const folder = join(dirname(FILE), 'prometheus/rules');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));
  t.ok(files.length > 0);
  for (const name of files) {
    const { groups } = z
      .object({ groups: z.array(z.unknown()) })
      .parse(parse(readFileSync(join(folder, name), 'utf8')));
    t.ok(groups.length > 0, name);
  }
});

t.test('promtool accepts the configuration with its rules', { skip }, async (t) => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', FILE], { encoding: 'utf8' });
  t.equal(status, 0, `${stdout}${stderr}`);
  t.match(stdout, /is valid prometheus config/);
  t.match(stdout, /SUCCESS: [1-9]\d* rules found/);
});
