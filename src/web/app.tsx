import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type VerdictLook, type VerdictTone, verdictLook } from '../shared/verdict-state.js';
import type { LastingStatus } from './agent/lasting-status.js';
import type { PageSession } from './agent/page-session.js';
import { TokenDialog } from './agent/token-dialog.js';
import { HistoryView } from './history/history-view.js';
import { JobView } from './history/job-view.js';
import { Banners } from './overview/banners.js';
import { firstRunOf, firstRunTitle } from './overview/first-run.js';
import { MachineView } from './overview/machine-view.js';
import { OverviewView } from './overview/overview-view.js';
import { SettingsView } from './settings/settings-view.js';
import { TrendsView } from './trends/trends-view.js';
import { Announcer } from './ui/announcer.js';
import { LazyView } from './ui/lazy-view.js';
import { hrefOf, type PageRoute, routeOf } from './ui/route.js';
import { ThemeButton } from './ui/theme-button.js';
import { useHash } from './ui/use-address.js';
import { useCell, useCellPart } from './ui/use-cell.js';

const tabs = [
  { route: { view: 'overview' }, name: 'Overview' },
  { route: { view: 'trends' }, name: 'Trends' },
  { route: { view: 'models' }, name: 'Models' },
  { route: { view: 'history' }, name: 'History' },
  { route: { view: 'machine' }, name: 'Machine' },
  { route: { view: 'settings' }, name: 'Settings' },
] as const satisfies readonly { route: PageRoute; name: string }[];

const loadModels = async () => (await import('./models/models-view.js')).ModelsView;
const loadCompare = async () => (await import('./models/compare-view.js')).CompareView;

export function App({ session }: { readonly session: PageSession }) {
  const route = useRoute();
  const host = useCellPart(session.status, (status) => status?.host_name);
  const dashboards = useCellPart(session.status, (status) => status?.dashboards_url ?? undefined);
  const version = useCellPart(session.status, (status) => status?.version);
  const isLater = useRef(false);
  const isDown = useCellPart(session.poll.link, ({ state }) => state === 'down');
  const word = useCellPart(session.status, (status) => (isDown ? undefined : verdictWord(status)));
  const tone = useCellPart(session.status, (status) => (isDown ? undefined : lookOf(status)?.tone));
  useEffect(() => {
    const parts = [word, titleOf(route), host, 'typhon'];
    document.title = parts.filter((part) => part !== undefined).join(' · ');
  }, [word, route, host]);
  useEffect(() => showIcon(tone), [tone]);
  // What is shown draws itself anew where it has changed.
  const others = useCell(session.others);
  const view = useMemo(() => <View key={others} route={route} session={session} />, [hrefOf(route), session, others]);
  useEffect(() => {
    // The link that led here is gone with its view: the keyboard goes on at the start of the new one.
    if (document.activeElement === document.body && isLater.current) document.getElementById('main')?.focus();
    isLater.current = true;
  }, [hrefOf(route)]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <div class="top-line">
          <a class="brand" href="#/">
            <Mark />
            <h1>typhon</h1>
          </a>
          {host !== undefined && <span class="host">{host}</span>}
          <nav aria-label="Views">
            {tabs.map(({ route: target, name }) => (
              <a key={name} href={hrefOf(target)} aria-current={isWithin(route, target) ? 'page' : undefined}>
                {name}
              </a>
            ))}
          </nav>
          <ThemeButton />
        </div>
      </header>
      <Announcer session={session} />
      <Banners session={session} />
      <main id="main" tabIndex={-1}>
        {view}
      </main>
      <footer>
        <nav class="more" aria-label="More">
          <a href="metrics">/metrics</a>
          <a href="docs">/docs</a>
          {dashboards !== undefined && <a href={dashboards}>Dashboards</a>}
          <a href="openapi.json">/openapi.json</a>
        </nav>
        {version !== undefined && <span>typhon {version}</span>}
      </footer>
      <TokenDialog tokens={session.tokens} />
    </>
  );
}

/** How the machine is, for the tab; `undefined` where that is not known. */
function lookOf(status: LastingStatus | undefined): VerdictLook | undefined {
  return status === undefined ? undefined : verdictLook(status.verdict);
}

function verdictWord(status: LastingStatus | undefined): string | undefined {
  const first = status === undefined ? undefined : firstRunOf(status);
  return first === undefined ? lookOf(status)?.word : firstRunTitle(first);
}

function showIcon(tone: VerdictTone | undefined): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (icon === null) return;
  icon.dataset['plain'] ??= icon.getAttribute('href') ?? '';
  icon.href = icon.dataset[tone ?? 'plain'] ?? icon.dataset['plain'];
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <path class="mark" d="M6 10h20M9 15h15M12 20h9M15 25h3" />
    </svg>
  );
}

function useRoute(): PageRoute {
  const route = routeOf(useHash());
  const place = hrefOf(route);
  const isLater = useRef(false);
  useEffect(() => {
    // Other choices in the same view leave the reader where he is.
    if (isLater.current) window.scrollTo(0, 0);
    isLater.current = true;
  }, [place]);
  return route;
}

function isWithin(route: PageRoute, tab: PageRoute): boolean {
  if (route.view === 'compare') return tab.view === 'models';
  return route.view === tab.view || (route.view === 'job' && tab.view === 'history');
}

function titleOf(route: PageRoute): string | undefined {
  if (route.view === 'job') return `Job ${route.jobId}`;
  if (route.view === 'compare') return 'Compare';
  return route.view === 'overview' ? undefined : tabs.find(({ route: { view } }) => view === route.view)?.name;
}

function View({ route, session }: { readonly route: PageRoute; readonly session: PageSession }) {
  switch (route.view) {
    case 'overview':
      return <OverviewView session={session} />;
    case 'trends':
      return <TrendsView session={session} />;
    case 'models':
      return <LazyView load={loadModels} props={{ session }} />;
    case 'compare':
      return <LazyView load={loadCompare} props={{ session }} />;
    case 'history':
      return <HistoryView session={session} />;
    case 'machine':
      return <MachineView session={session} />;
    case 'settings':
      return <SettingsView session={session} />;
    case 'job':
      return <JobView key={route.jobId} jobId={route.jobId} session={session} />;
  }
}
