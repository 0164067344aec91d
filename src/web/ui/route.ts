/**
 * The address of what is shown: which view, and what is chosen in it. It stands behind the `#`, so that no server has to
 * know of it: `#/trends?model=…&range=30d`.
 */
export type PageRoute =
  | { readonly view: 'overview' }
  | { readonly view: 'trends' }
  | { readonly view: 'history' }
  | { readonly view: 'models' }
  | { readonly view: 'compare' }
  | { readonly view: 'machine' }
  | { readonly view: 'settings' }
  | { readonly view: 'job'; readonly jobId: string };

/** What is chosen in a view, by name; what is `undefined`, empty or an empty list stands not in the address. */
export type Choices = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The view that an address names; the overview where it names none. */
export function routeOf(hash: string): PageRoute {
  const [view, id] = pathOf(hash).split('/');
  if (view === 'trends' || view === 'history' || view === 'machine' || view === 'settings') return { view };
  if (view === 'models' || view === 'compare') return { view };
  if (view === 'jobs' && id !== undefined && /^[0-9a-f]{8}$/.test(id)) return { view: 'job', jobId: id };
  return { view: 'overview' };
}

/** What an address says is chosen in its view. Anybody may have written it: whoever reads it checks it. */
export function choicesOf(hash: string): URLSearchParams {
  const at = hash.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : hash.slice(at + 1));
}

/** The address of a view, as {@link routeOf} and {@link choicesOf} read it. */
export function hrefOf(route: PageRoute, choices: Choices = {}): string {
  return withQuery(route.view === 'overview' ? '' : placeOf(route), changed(new URLSearchParams(), choices));
}

function placeOf(route: PageRoute): string {
  return route.view === 'job' ? `jobs/${route.jobId}` : route.view;
}

/** The same view with other choices; those that are not named stay. */
export function withChoices(hash: string, choices: Choices): string {
  return withQuery(pathOf(hash), changed(choicesOf(hash), choices));
}

function pathOf(hash: string): string {
  return hash.replace(/\?.*$/s, '').replace(/^#\/?/, '');
}

function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === '' ? `#/${path}` : `#/${path}?${text}`;
}

function changed(query: URLSearchParams, choices: Choices): URLSearchParams {
  for (const [name, value] of Object.entries(choices)) {
    query.delete(name);
    for (const one of [value ?? []].flat()) if (one !== '') query.append(name, one);
  }
  return query;
}
