/** What the system's signals mean. */

/**
 * Those that end a command. Windows has no hang-up: it says so when the console is closed, and ends whoever is still there
 * some seconds later; Ctrl-Break is its other Ctrl-C. Source: https://nodejs.org/api/process.html#signal-events
 */
export function endingSignals(platform: NodeJS.Platform): readonly NodeJS.Signals[] {
  return platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];
}

/** The one at which the agent reads its configuration again; `undefined` where there is none: `POST /-/reload` does it. */
export function reloadSignal(platform: NodeJS.Platform): NodeJS.Signals | undefined {
  return platform === 'win32' ? undefined : 'SIGHUP';
}
