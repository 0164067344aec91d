import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { dashboardFiles } from '../../grafana/dashboard-files.js';
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

function exprsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'expr' && typeof inner === 'string' ? [inner] : exprsIn(inner),
  );
}
