import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { alertGroups } from '../../grafana/alert-groups.js';
import { alertProvisioning } from '../../grafana/alert-provisioning.js';
import { expressionOf } from '../../grafana/alert-rule.js';

const FILE = 'grafana/provisioning/alerting/typhon.yml';

// What Grafana's reader needs of it: pkg/services/provisioning/alerting/rules_types.go.
const fileSchema = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: z.string().min(1),
      folder: z.string().min(1),
      interval: z.string().regex(/^\d+[sm]$/),
      rules: z.array(
        z.strictObject({
          uid: z.string().regex(/^[a-z-]{1,40}$/),
          title: z.string().min(1),
          condition: z.string(),
          data: z.array(
            z.strictObject({
              refId: z.string(),
              relativeTimeRange: z.strictObject({ from: z.number().int().positive(), to: z.literal(0) }),
              datasourceUid: z.string(),
              model: z.looseObject({ refId: z.string(), expr: z.string().optional() }),
            }),
          ),
          noDataState: z.enum(['NoData', 'Alerting', 'OK']),
          execErrState: z.enum(['Error', 'Alerting', 'OK']),
          for: z.string().regex(/^\d+[sm]$/),
          labels: z.record(z.string(), z.string()),
          annotations: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});

const text = readFileSync(FILE, 'utf8');
const file = fileSchema.parse(parse(text));
const rules = file.groups.flatMap((group) => group.rules);

t.test('the file is the one that the code makes', async (t) => {
  t.equal(text, alertProvisioning());
});

t.test('Grafana gets the same rules as Prometheus, and nobody is told of them by it', async (t) => {
  t.same(
    rules.map(({ title, data }) => [title, data[0]?.model.expr]),
    alertGroups.flatMap((group) =>
      group.rules.map((rule) => {
        const expr = expressionOf(rule);
        // Without the metric's name, so that the facts of its texts are found by the labels.
        return [rule.name, rule.facts === undefined ? expr : `(${expr}) * 1`];
      }),
    ),
  );
  t.notMatch(text, /contactPoints|policies|receiver/);
});

t.test("every condition is one of the rule's own queries, and ids are used once", async (t) => {
  for (const { condition, data, title } of rules) {
    const refIds = data.map(({ refId }) => refId);
    t.ok(refIds.includes(condition), title);
    t.same(
      data.map(({ model }) => model.refId),
      refIds,
      title,
    );
  }
  t.equal(new Set(rules.map(({ uid }) => uid)).size, rules.length);
});

t.test('no text is one that Grafana would fill in from its environment', async (t) => {
  t.notMatch(text, /\$\{|\$__file|\$__env/);
});

t.test('what the texts say beside the value is asked for by a query of its own', async (t) => {
  const slower = rules.find(({ title }) => title === 'TyphonSlower');
  const asked = slower?.data.map(({ refId, model }) => [refId, model.expr]) ?? [];
  t.ok(asked.some(([refId, expr]) => refId === 'E' && expr === '(typhon_slowdown_tokens_per_second) * 1'));
  const { facts = {} } = alertGroups.flatMap((group) => group.rules).find(({ name }) => name === 'TyphonSlower') ?? {};
  t.equal(asked.length, 3 + Object.keys(facts).length);
  t.match(slower?.annotations.description, '{{ $now := 0.0 }}{{ with $values.E }}{{ $now = .Value }}{{ end }}');
  t.match(
    slower?.annotations.description,
    '{{ $cause := "" }}{{ with $values.M }}{{ $cause = .Labels.cause }}{{ end }}',
  );
});
