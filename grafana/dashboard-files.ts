/** The files that the dashboards are generated to. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardOf } from './board.js';
import { boards } from './boards.js';
import { DATA_SOURCE_NAME, DATA_SOURCE_UID } from './data-source.js';
import { DASHBOARD_TAG } from './uid.js';

/** The text of each file, by its path from the root of the project. */
export function dashboardFiles(): Readonly<Record<string, string>> {
  const files = boards.map((board) => {
    const name = board.uid.replace(`${DASHBOARD_TAG}-`, '');
    return [`grafana/dashboards/${name}.json`, textOf(dashboardOf(board))] as const;
  });
  return Object.fromEntries(files);
}

/** What stands for the data source that the one who imports chooses. */
const CHOSEN = '${DS_PROMETHEUS}';

/**
 * The same dashboards for *Import* by hand: Grafana asks for a data source, and puts it where `CHOSEN` stands.
 * https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/#export-a-dashboard-as-json
 */
export function importFiles(): Readonly<Record<string, string>> {
  const files = Object.entries(dashboardFiles()).map(([path, text]) => {
    const dashboard: object = JSON.parse(
      text
        .replaceAll(JSON.stringify(DATA_SOURCE_UID), JSON.stringify(CHOSEN))
        .replaceAll(JSON.stringify(DATA_SOURCE_NAME), JSON.stringify(CHOSEN)),
    );
    const asked = {
      __inputs: [
        {
          name: 'DS_PROMETHEUS',
          label: 'Prometheus',
          description: 'The Prometheus that scrapes typhon.',
          type: 'datasource',
          pluginId: 'prometheus',
          pluginName: 'Prometheus',
        },
      ],
      __requires: [{ type: 'datasource', id: 'prometheus', name: 'Prometheus', version: '1.0.0' }],
    };
    return [
      path.replace('/dashboards/', '/import/'),
      `${JSON.stringify({ ...asked, ...dashboard }, null, 2)}\n`,
    ] as const;
  });
  return Object.fromEntries(files);
}

function textOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, withoutPlacement, 2)}\n`;
}

/** The library's default would hide links and annotations in a menu. */
function withoutPlacement(key: string, value: unknown): unknown {
  return key === 'placement' && value === 'inControlsMenu' ? undefined : value;
}
