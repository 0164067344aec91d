/** How long a server that went away during a benchmark is waited for, and how often it is asked, in milliseconds. */
export const COMEBACK = { forMs: 30_000, everyMs: 500 } as const;
