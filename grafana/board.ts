/** A dashboard before it is put together, and how it is: rows of panels from left to right, as many as fit. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type Annotation, annotationQuery } from './annotation.js';
import { dashboardLinks } from './link.js';
import { GRID_WIDTH, type PanelPlan } from './panel.js';
import { DASHBOARD_TAG, type DashboardUid } from './uid.js';
import { variables } from './variable.js';

export interface BoardRow {
  readonly title: string;
  readonly panels: readonly PanelPlan[];
}

export interface Board {
  readonly uid: DashboardUid;
  readonly title: string;
  readonly description: string;
  /** What is shown at first, such as `now-24h`. */
  readonly from: string;
  readonly refresh: string;
  readonly annotations: readonly Annotation[];
  readonly rows: readonly BoardRow[];
}

/** Ids of rows start above those of panels. */
const FIRST_ROW_ID = 1000;
const ROW_HEIGHT = 1;

export function dashboardOf(board: Board): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.description)
    .tags([DASHBOARD_TAG])
    .timezone('browser')
    .time({ from: board.from, to: 'now' })
    .refresh(board.refresh)
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(variables())
    .annotations(board.annotations.map(annotationQuery))
    .link(dashboardLinks());
  let y = 0;
  for (const [index, row] of board.rows.entries()) {
    // Once for each data source that is selected: a fleet may have several.
    builder.withRow(
      new RowBuilder(`${row.title} · \${datasource:text}`)
        .id(FIRST_ROW_ID + index)
        .repeat('datasource')
        .gridPos({ x: 0, y, w: GRID_WIDTH, h: ROW_HEIGHT }),
    );
    const { panels, endY } = placed(row.panels, y + ROW_HEIGHT);
    for (const panel of panels) builder.withPanel(panel);
    y = endY;
  }
  return builder.build();
}

function placed(plans: readonly PanelPlan[], startY: number) {
  const panels: Builder<Panel>[] = [];
  let [x, y, tallest] = [0, startY, 0];
  for (const { width, height, build } of plans) {
    if (x + width > GRID_WIDTH) [x, y, tallest] = [0, y + tallest, 0];
    panels.push(build({ x, y, w: width, h: height }));
    x += width;
    tallest = Math.max(tallest, height);
  }
  return { panels, endY: y + tallest };
}
