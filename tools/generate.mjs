/** Writes the files that are made from code; with `--check` says which of them are out of date instead. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

/** @param {string} module path below dist/ */
const built = (module) => import(new URL(`../dist/${module}`, import.meta.url).href);

/** @param {string} module path below grafana/ */
const grafana = (module) => import(new URL(`../dist-grafana/grafana/${module}`, import.meta.url).href);

const { configJsonSchema } = await built('config/json-schema.js');
const { sharedFiguresJsonSchema } = await built('trends/sharing/shared-figures.js');
const { prometheusRuleManifest, prometheusRules } = await grafana('prometheus-rules.js');
const { alertProvisioning } = await grafana('alert-provisioning.js');
const { withRunbookLinks } = await grafana('runbook.js');
const { metricsReference } = await built('metrics/metrics-reference.js');
const { dashboardFiles, importFiles } = await grafana('dashboard-files.js');

const RULE_TESTS = 'config/prometheus/rules/tests';

/** @type {Record<string, string>} */
const dashboards = dashboardFiles();

/** @type {Record<string, string>} */
const files = {
  'config/share.schema.json': sharedFiguresJsonSchema(),
  'config/typhon.schema.json': configJsonSchema(),
  'config/prometheus/rules/typhon.yml': prometheusRules(),
  ...Object.fromEntries(
    readdirSync(RULE_TESTS).map((name) => [
      `${RULE_TESTS}/${name}`,
      withRunbookLinks(readFileSync(`${RULE_TESTS}/${name}`, 'utf8')),
    ]),
  ),
  'docs/metrics.md': metricsReference(),
  'grafana/provisioning/alerting/typhon.yml': alertProvisioning(),
  ...dashboards,
  ...importFiles(),
  // A chart has what lies in its folder alone.
  'packaging/helm/files/prometheus-rules.yml': prometheusRules(),
  ...Object.fromEntries(
    Object.entries(dashboards).map(([path, text]) => [path.replace(/^grafana/, 'packaging/helm/files'), text]),
  ),
  'packaging/kubernetes/monitoring/prometheus-rule.yaml': prometheusRuleManifest(),
};

const check = process.argv.includes('--check');
for (const [path, text] of Object.entries(files)) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (check) {
    console.error(`${path} is out of date: npm run generate`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}
