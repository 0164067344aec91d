/** Everything that the dashboards ask Prometheus. */
import type { Board } from './board.js';
import { boards } from './boards.js';
import { refIdOf } from './panel.js';
import type { QueryNeed } from './query.js';
import { labelVariables } from './variable.js';

interface Asked {
  /** The dashboard's uid. */
  readonly dashboard: string;
  /** Where in it, for people: `panel 10 (Decode speed), query A`. */
  readonly place: string;
  /** PromQL with Grafana's variables (`$machine`, `$__rate_interval`, …) still in it. */
  readonly expr: string;
  /** Without which it answers with nothing. */
  readonly needs: readonly QueryNeed[];
}

/**
 * `range` and `instant`: of a panel, for `/api/v1/query_range` and `/api/v1/query`. `annotation`: a range too.
 * `labelValues`: of a variable, the values of `label` of the series that the selector `expr` finds.
 */
export type DashboardQuery =
  | (Asked & { readonly kind: 'range' | 'instant' | 'annotation' })
  | (Asked & { readonly kind: 'labelValues'; readonly label: string });

export function dashboardQueries(): readonly DashboardQuery[] {
  return boards.flatMap((board) => [...variableQueries(board), ...annotationQueries(board), ...panelQueries(board)]);
}

function variableQueries({ uid }: Board): DashboardQuery[] {
  return labelVariables.map(({ name, selector, of }) => ({
    kind: 'labelValues',
    dashboard: uid,
    place: `variable ${name}`,
    expr: selector,
    label: of,
    needs: [],
  }));
}

function annotationQueries({ uid, annotations }: Board): DashboardQuery[] {
  return annotations.map(({ name, query: { expr, needs } }) => ({
    kind: 'annotation',
    dashboard: uid,
    place: `annotation ${name}`,
    expr,
    needs,
  }));
}

function panelQueries({ uid, rows }: Board): DashboardQuery[] {
  return rows
    .flatMap(({ panels }) => panels)
    .flatMap(({ id, title, kind, queries }) =>
      queries.map(({ expr, needs }, index) => ({
        kind,
        dashboard: uid,
        place: `panel ${id} (${title}), query ${refIdOf(index)}`,
        expr,
        needs,
      })),
    );
}
