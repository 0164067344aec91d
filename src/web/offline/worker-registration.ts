import type { PageSession } from '../agent/page-session.js';

/** Not among the types of a window yet; Firefox and Safari have had it since 2025 and 2026. */
interface WithTrustedTypes {
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(text: string): string };
  };
}

/** The one script whose address the page names itself: its policy allows no other. */
function workerAddress(window: Window & WithTrustedTypes): string {
  const url = new URL('worker.js', window.document.baseURI).href;
  return window.trustedTypes?.createPolicy('offline-worker', { createScriptURL: () => url }).createScriptURL('') ?? url;
}

/**
 * Has the browser keep the page and what it has seen. It does so in a secure context alone (https, or the machine
 * itself), and not in every private window; elsewhere nothing is kept, and nothing else is different.
 */
export function keepForOffline(window: Window, session: Pick<PageSession, 'renew' | 'isOutdated'>): void {
  const { navigator } = window;
  if (!('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  // What came before the worker did was not kept.
  serviceWorker.addEventListener('controllerchange', () => {
    session.renew();
  });
  const register = () => serviceWorker.register(workerAddress(window)).catch(() => undefined);
  // The page comes first.
  if (window.document.readyState === 'complete') void register();
  else window.addEventListener('load', () => void register());
  session.isOutdated.watch(() => {
    void serviceWorker
      .getRegistration()
      .then((registration) => registration?.update())
      .catch(() => undefined);
  });
}
