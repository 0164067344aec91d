import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { alertGroups } from '../../grafana/alert-groups.js';
import { prometheusRules } from '../../grafana/prometheus-rules.js';
import { skipWithoutPrometheus } from '../fixtures/prometheus-package.js';

const RULES = 'config/prometheus/rules/typhon.yml';
const TESTS = 'config/prometheus/rules/tests';
const rules = alertGroups.flatMap((group) => group.rules);
const skip = skipWithoutPrometheus();
const testFiles = readdirSync(TESTS).map((name) => join(TESTS, name));

const testFileSchema = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z
        .array(z.object({ alertname: z.string(), exp_alerts: z.array(z.object({ exp_annotations: z.unknown() })) }))
        .default([]),
    }),
  ),
});
const tests = testFiles.flatMap((file) => testFileSchema.parse(parse(readFileSync(file, 'utf8'))).tests);
const expectations = tests.flatMap((test) => test.alert_rule_test);

t.test('the rule file is the one that the code makes', async (t) => {
  t.equal(readFileSync(RULES, 'utf8'), prometheusRules());
});

t.test('promtool takes the rules without a warning', { skip }, async (t) => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', RULES], {
    encoding: 'utf8',
  });
  t.match(stdout, `SUCCESS: ${rules.length} rules found`);
  t.equal(stderr, '');
  t.equal(status, 0);
});

t.test('the rules do what their tests expect', { skip, timeout: 120_000 }, async (t) => {
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', ...testFiles], { encoding: 'utf8' });
  t.equal(status, 0, `${stdout}${stderr}`);
  t.equal(stdout.match(/SUCCESS/g)?.length, testFiles.length);
});

for (const rule of rules) {
  t.test(`${rule.name} is tested, explained and graded`, async (t) => {
    const ofRule = expectations.filter(({ alertname }) => alertname === rule.name);
    t.ok(
      ofRule.some(({ exp_alerts }) => exp_alerts.length > 0),
      'a test in which it fires',
    );
    t.ok(
      ofRule.some(({ exp_alerts }) => exp_alerts.length === 0),
      'a time at which it does not',
    );
    t.match(rule.severity, /^(critical|warning|info)$/);
    t.match(rule.summary, '$labels.instance', 'the summary names the machine');
    t.match(rule.description, '$value', 'the description has the number');
  });
}

t.test('every rule is tested for quiet: on one bad run, on a restart, on a missed run', async (t) => {
  for (const pattern of [
    /one (bad|hot) run|one missed run|one does not/,
    /restart|began? anew|beginning anew/,
    /missed run/,
  ]) {
    t.ok(
      tests.some(({ name }) => pattern.test(name)),
      String(pattern),
    );
  }
});

t.test('rules are named once', async (t) => {
  t.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
});
