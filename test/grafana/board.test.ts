import { readFileSync } from 'node:fs';
import t from 'tap';
import { alertGroups } from '../../grafana/alert-groups.js';
import { dashboardOf } from '../../grafana/board.js';
import { boards } from '../../grafana/boards.js';
import { dashboardFiles } from '../../grafana/dashboard-files.js';
import { runbookPlace } from '../../grafana/runbook.js';
import { dashboardSchema, panelsOf } from '../fixtures/dashboard.js';
import { groupingLabelsIn, madeLabelsIn, selectorsIn } from '../fixtures/promql-tree.js';

const texts = Object.values(dashboardFiles());
const dashboards = texts.map((text) => dashboardSchema.parse(JSON.parse(text)));
const uids = dashboards.map(({ uid }) => uid);
const isRunbook = (url: unknown) => String(url).startsWith(`${runbookPlace}#`);
const SELECTIONS = ['datasource', 'job', 'machine', 'instance', 'target', 'model', 'test'];

t.test('there are four dashboards, found by one tag', async (t) => {
  t.same(uids, ['typhon-fleet', 'typhon-benchmarks', 'typhon-degradation', 'typhon-agent']);
  for (const { tags, description } of dashboards) {
    t.same(tags, ['typhon']);
    t.ok(description.length > 0);
  }
});

for (const [index, dashboard] of dashboards.entries()) {
  const panels = panelsOf(dashboard);
  t.test(dashboard.title, async (t) => {
    t.test('panels and rows have ids of their own', async (t) => {
      const ids = dashboard.panels.map(({ id }) => id);
      t.equal(new Set(ids).size, ids.length);
    });

    t.test('nothing overlaps, nothing is wider than the page, and what is shown at once fits a laptop', async (t) => {
      const taken = new Map<string, string>();
      const twice: string[] = [];
      for (const { title, gridPos } of dashboard.panels) {
        t.ok(gridPos.x + gridPos.w <= 24, title);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            if (taken.has(`${x} ${y}`)) twice.push(`${title} over ${taken.get(`${x} ${y}`)}`);
            taken.set(`${x} ${y}`, title);
          }
        }
      }
      t.same(twice, []);
      for (const { title, type, gridPos } of panels) {
        // 1366 pixels are 24 columns of some 54: a graph with a legend needs six of them, a table eight.
        const least = { stat: 4, timeseries: 6, 'state-timeline': 12, table: 8, barchart: 8 }[type];
        t.ok(gridPos.w >= least, `${title} is ${gridPos.w} wide`);
        t.ok(gridPos.h <= 12, `${title} is ${gridPos.h} tall`);
      }
    });

    t.test('rows stand above their panels, once for each data source', async (t) => {
      t.equal(dashboard.panels[0]?.type, 'row');
      for (const panel of dashboard.panels) if (panel.type === 'row') t.equal(panel.repeat, 'datasource');
    });

    t.test('panels say what they show, of the data source that is selected', async (t) => {
      for (const { title, description, datasource, fieldConfig, targets } of panels) {
        t.match(description, /^[A-Z].*\.$/, title);
        t.not(fieldConfig.defaults.unit, '');
        t.equal(datasource.uid, '${datasource}');
        t.same(
          targets.map(({ refId }) => refId),
          targets.map((_, place) => String.fromCharCode(65 + place)),
        );
      }
    });

    t.test('a series is named by labels that the query leaves it', async (t) => {
      for (const { title, type, options, targets } of panels) {
        if (type !== 'timeseries' && type !== 'state-timeline') continue;
        t.equal(options.legend?.showLegend, true, title);
        for (const { expr, legendFormat } of targets) {
          const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].flatMap(([, label]) => label ?? []);
          t.ok(named.length > 0, `${title}: ${legendFormat}`);
          const left = groupingLabelsIn(expr);
          for (const label of named) t.ok(left.includes(label), `${title}: ${label}`);
        }
      }
    });

    t.test('a table shows every label that the query leaves, and styles columns that it has', async (t) => {
      for (const { title, type, targets, transformations, fieldConfig } of panels) {
        if (type !== 'table') continue;
        const organize = transformations.find(({ id }) => id === 'organize')?.options as {
          renameByName: Record<string, string>;
          excludeByName: Record<string, boolean>;
        };
        const columns = Object.keys(organize.renameByName);
        for (const { expr } of targets) {
          const left = [...expr.matchAll(/^\w+ by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
          for (const label of left) t.ok(columns.includes(label), `${title}: ${label}`);
        }
        const headers = Object.values(organize.renameByName);
        t.equal(new Set(headers).size, headers.length, title);
        for (const { matcher } of fieldConfig.overrides) t.ok(headers.includes(String(matcher.options)), title);
        const shown = targets.filter(({ refId }) =>
          columns.includes(targets.length === 1 ? 'Value' : `Value #${refId}`),
        );
        const hidden = targets.filter(
          ({ refId }) => organize.excludeByName[`Value #${refId}`] || organize.excludeByName['Value'],
        );
        t.equal(shown.length + hidden.length, targets.length, title);
      }
    });

    t.test('variables are there, take several values and All', async (t) => {
      const { list } = dashboard.templating;
      t.same(
        list.map(({ name }) => name),
        SELECTIONS,
      );
      for (const variable of list) {
        t.equal(variable.multi, true, variable.name);
        t.equal(variable.includeAll, true, variable.name);
        t.equal(variable.hide, ['job', 'instance'].includes(variable.name) ? 2 : 0, variable.name);
      }
    });

    t.test('every variable that is used is one of them, or of Grafana', async (t) => {
      const used = [...(texts[index] ?? '').matchAll(/\$\{?([a-z_]\w*)/g)].flatMap(([, name]) => name ?? []);
      t.ok(used.length > 0);
      const builtIn = [
        '__all',
        '__rate_interval',
        '__interval',
        '__interval_ms',
        '__range',
        '__data',
        '__url_time_range',
      ];
      t.same(
        used.filter((name) => !SELECTIONS.includes(name) && !builtIn.includes(name)),
        [],
      );
    });

    t.test('links lead to dashboards that are there and keep the selection and the time', async (t) => {
      t.same(
        dashboard.links.map(({ tags }) => tags),
        [['typhon']],
      );
      const urls = [...(texts[index] ?? '').matchAll(/"url": "(.*?)(?<!\\)"/g)].map(([, url = '']) =>
        JSON.parse(`"${url}"`),
      );
      for (const url of urls.filter((link) => !isRunbook(link))) {
        const [path = '', query = ''] = String(url).split('?');
        t.ok(uids.includes(path.replace('/d/', '')), url);
        const parts = query.split('&');
        t.ok(parts.includes('${__url_time_range}'), url);
        for (const name of SELECTIONS.filter((selection) => selection !== 'job')) {
          const isKept = parts.some((part) => part === `\${${name}:queryparam}` || part.startsWith(`var-${name}=`));
          t.ok(isKept, `${name} in ${url}`);
        }
      }
    });

    t.test('runs are marked, and what changed', async (t) => {
      const { list } = dashboard.annotations;
      t.ok(list.some(({ name }) => name === 'Runs'));
      for (const { name, expr, target, textFormat, useValueForTime } of list) {
        t.equal(target.expr, expr, name);
        t.equal(useValueForTime, / \* 1000$/.test(expr), name);
        const labels = [...groupingLabelsIn(expr), ...madeLabelsIn(expr)];
        for (const [, label = ''] of textFormat.matchAll(/\{\{(\w+)\}\}/g))
          t.ok(labels.includes(label), `${name}: ${label}`);
        t.ok(selectorsIn(expr).length > 0);
      }
    });
  });
}

t.test('an alert that fires leads to its section of the runbook, whose anchor is its name', async (t) => {
  const links = texts.flatMap((text) =>
    [...text.matchAll(/"url": "(.*?)(?<!\\)"/g)].map(([, url]) => JSON.parse(`"${url}"`)),
  );
  t.same(links.filter(isRunbook), [`${runbookPlace}#\${__data.fields["Alert"]}`]);
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  for (const { name } of alertGroups.flatMap((group) => group.rules))
    t.match(runbook, `<a id="${name}"></a>\n\n### ${name}\n`);
});

t.test('an empty board is a dashboard without panels', async (t) => {
  const [board] = boards;
  if (board === undefined) throw new Error('there is no board');
  t.same(dashboardOf({ ...board, rows: [] }).panels, undefined);
});

t.test('a panel that does not fit beside the others goes below the tallest of them', async (t) => {
  const [board] = boards;
  const [row] = board?.rows ?? [];
  const [panel] = row?.panels ?? [];
  if (board === undefined || row === undefined || panel === undefined) throw new Error('there is no panel');
  const panels = [
    { ...panel, width: 10, height: 3 },
    { ...panel, width: 10, height: 5 },
    { ...panel, width: 10, height: 2 },
  ];
  const built = dashboardOf({
    ...board,
    rows: [
      { ...row, panels },
      { ...row, panels },
    ],
  });
  t.same(
    built.panels?.map(({ gridPos }) => [gridPos?.x, gridPos?.y]),
    [
      [0, 0],
      [0, 1],
      [10, 1],
      [0, 6],
      [0, 8],
      [0, 9],
      [10, 9],
      [0, 14],
    ],
  );
});
