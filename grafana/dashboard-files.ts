/** The files that the dashboards are generated to. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardOf } from './board.js';
import { boards } from './boards.js';
import { DASHBOARD_TAG } from './uid.js';

/** The text of each file, by its path from the root of the project. */
export function dashboardFiles(): Readonly<Record<string, string>> {
  const files = boards.map((board) => {
    const name = board.uid.replace(`${DASHBOARD_TAG}-`, '');
    return [`grafana/dashboards/${name}.json`, textOf(dashboardOf(board))] as const;
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
