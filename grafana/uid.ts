/** What the dashboards are called, for good: links and bookmarks hold it. */

export const uids = {
  fleet: 'typhon-fleet',
  benchmarks: 'typhon-benchmarks',
  degradation: 'typhon-degradation',
  agent: 'typhon-agent',
} as const;
export type DashboardUid = (typeof uids)[keyof typeof uids];

export const DASHBOARD_TAG = 'typhon';
