import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { dashboardFiles, importFiles } from '../../grafana/dashboard-files.js';
import { DATA_SOURCE_UID } from '../../grafana/data-source.js';
import { dashboardQueries } from '../../grafana/queries.js';

t.test('the committed dashboards are those that the code makes', async (t) => {
  const files = dashboardFiles();
  t.same(
    Object.keys(files).sort(),
    readdirSync('grafana/dashboards').map((name) => `grafana/dashboards/${name}`),
  );
  for (const [path, text] of Object.entries(files)) t.equal(readFileSync(path, 'utf8'), text, path);
});

t.test('they are the same each time they are made', async (t) => {
  t.same(dashboardFiles(), dashboardFiles());
});

t.test('links and annotations stand in the open, not in a menu', async (t) => {
  for (const text of Object.values(dashboardFiles())) t.notMatch(text, 'inControlsMenu');
});

t.test('what the files ask is all that is asked of a real Prometheus in a test', async (t) => {
  const listed = new Set(dashboardQueries().map(({ expr }) => expr));
  const inFiles = new Set(Object.values(dashboardFiles()).flatMap((text) => exprsIn(JSON.parse(text))));
  for (const expr of inFiles) t.ok(listed.has(expr), expr);
  const ofVariables = dashboardQueries().flatMap(({ kind, expr }) => (kind === 'labelValues' ? [expr] : []));
  t.same(
    [...listed].filter((expr) => !inFiles.has(expr) && !ofVariables.includes(expr)),
    [],
  );
});

t.test('those to import by hand ask for the data source, and are the same otherwise', async (t) => {
  const provisioned = dashboardFiles();
  const imported = importFiles();
  t.equal(Object.keys(imported).length, Object.keys(provisioned).length);
  for (const [path, text] of Object.entries(imported)) {
    t.equal(readFileSync(path, 'utf8'), text, path);
    t.notMatch(text, `"${DATA_SOURCE_UID}"`, 'nothing is looked for that only provisioning brings');
    const { __inputs: inputs, __requires: _requires, ...dashboard } = JSON.parse(text);
    t.match(inputs, [{ name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus' }]);
    t.match(dashboard.templating.list[0].current.value, ['${DS_PROMETHEUS}']);
    const other = JSON.parse(provisioned[path.replace('/import/', '/dashboards/')] ?? '');
    t.same(exprsIn(dashboard), exprsIn(other));
    for (const unfilled of text.matchAll(/\$\{(DS_\w+)\}/g)) t.equal(unfilled[1], 'DS_PROMETHEUS');
  }
});

function exprsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'expr' && typeof inner === 'string' ? [inner] : exprsIn(inner),
  );
}
