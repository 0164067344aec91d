/** The ways from one dashboard to another; all keep the variables and the time range. */
import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { CellLink } from './panels/table.js';
import { DASHBOARD_TAG, type DashboardUid } from './uid.js';

/** In the bar of each dashboard, to all of them. */
export function dashboardLinks(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('typhon')
    .type(DashboardLinkType.Dashboards)
    .tags([DASHBOARD_TAG])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true);
}

/** From a table's cell; `fromRow` maps a variable to the header of the column that it takes its value from. */
export function rowLink(title: string, uid: DashboardUid, fromRow: Readonly<Record<string, string>>): CellLink {
  const kept = ['datasource', 'machine', 'instance', 'target', 'model', 'test'].filter(
    (name) => fromRow[name] === undefined,
  );
  const parts = [
    ...Object.entries(fromRow).map(([name, header]) => `var-${name}=\${__data.fields["${header}"]:percentencode}`),
    ...kept.map((name) => `\${${name}:queryparam}`),
    '${__url_time_range}',
  ];
  return { title, url: `/d/${uid}?${parts.join('&')}` };
}
