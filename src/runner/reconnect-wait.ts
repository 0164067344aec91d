/** How long a server that went away during a benchmark is waited for, and how often it is asked, in milliseconds. */
export const RECONNECT_WAIT = { forMs: 30_000, everyMs: 500 } as const;
