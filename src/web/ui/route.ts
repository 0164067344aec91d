/** Which view is asked for: it stands behind the `#`, so that no server has to know of it. */
export type PageRoute =
  | { readonly view: 'overview' }
  | { readonly view: 'trends' }
  | { readonly view: 'history' }
  | { readonly view: 'machine' }
  | { readonly view: 'job'; readonly jobId: string };

/** The view that an address names; the overview where it names none. */
export function routeOf(hash: string): PageRoute {
  const [view, id] = hash.replace(/^#\/?/, '').split('/');
  if (view === 'trends' || view === 'history' || view === 'machine') return { view };
  if (view === 'jobs' && id !== undefined && /^[0-9a-f]{8}$/.test(id)) return { view: 'job', jobId: id };
  return { view: 'overview' };
}

/** The address of a view, as {@link routeOf} reads it. */
export function hrefOf(route: PageRoute): string {
  if (route.view === 'overview') return '#/';
  return route.view === 'job' ? `#/jobs/${route.jobId}` : `#/${route.view}`;
}
