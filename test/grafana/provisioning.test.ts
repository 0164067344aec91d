import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { DATA_SOURCE_NAME, DATA_SOURCE_UID } from '../../grafana/data-source.js';

const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));

const dataSourcesSchema = z.object({
  apiVersion: z.literal(1),
  datasources: z.tuple([
    z.object({
      name: z.string(),
      uid: z.string(),
      type: z.literal('prometheus'),
      url: z.url(),
      jsonData: z.object({ timeInterval: z.string() }),
    }),
  ]),
});

const providersSchema = z.object({
  apiVersion: z.literal(1),
  providers: z.tuple([
    z.object({
      type: z.literal('file'),
      folder: z.string(),
      allowUiUpdates: z.literal(false),
      options: z.object({ path: z.string() }),
    }),
  ]),
});

const composeSchema = z.object({
  services: z.object({
    grafana: z.object({ volumes: z.array(z.string()), environment: z.record(z.string(), z.string()) }),
  }),
});
const { grafana } = composeSchema.parse(read('compose.yaml')).services;

t.test('the data source is the one that dashboards and alerts select, at the pace of Prometheus', async (t) => {
  const { datasources } = dataSourcesSchema.parse(read('grafana/provisioning/datasources/prometheus.yml'));
  const [source] = datasources;
  t.equal(source.uid, DATA_SOURCE_UID);
  t.equal(source.name, DATA_SOURCE_NAME);
  const { global } = z
    .object({ global: z.object({ scrape_interval: z.string() }) })
    .parse(read('config/prometheus.yml'));
  t.equal(source.jsonData.timeInterval, global.scrape_interval);
});

t.test('the dashboards are looked for where compose mounts them', async (t) => {
  const { providers } = providersSchema.parse(read('grafana/provisioning/dashboards/typhon.yml'));
  const { path } = providers[0].options;
  t.ok(grafana.volumes.includes(`./grafana/dashboards:${path}:ro`));
  t.ok(grafana.volumes.includes('./grafana/provisioning:/etc/grafana/provisioning:ro'));
  const home = grafana.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  t.ok(home.startsWith(`${path}/`));
  t.match(readFileSync(home.replace(path, 'grafana/dashboards'), 'utf8'), '"uid": "typhon-fleet"');
});
