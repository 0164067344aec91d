import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { dashboardFiles } from '../../grafana/dashboard-files.js';

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
