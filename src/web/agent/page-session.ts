/** What the whole page shares: the agent as it was last seen, the run, the token. */
import type { AgentStatus } from '../../api/routes/status.js';
import { type FeedSocket, tokenProtocol } from '../run/job-feed.js';
import { RunControl } from '../run/run-control.js';
import { Cell } from '../ui/cell.js';
import { hrefOf, routeOf } from '../ui/route.js';
import { browserTimer } from '../ui/timer.js';
import { AgentClient, AgentUnreachable } from './agent-client.js';
import { type LastingStatus, lasts } from './lasting-status.js';
import { withSameParts } from './same-parts.js';
import { StatusPoll } from './status-poll.js';
import { TokenKeeper } from './token-keeper.js';

export class PageSession {
  /** The newest answer, also while the agent is away. */
  readonly newest = new Cell<AgentStatus | undefined>(undefined);
  /** The same without what changes with each answer: who watches it is told of a change about once a test. */
  readonly status = new Cell<LastingStatus | undefined>(undefined);
  /** Counts up whenever jobs, results or trends may have changed. */
  readonly changes = new Cell(0);
  /** Counts up when everything on the page is to be asked for again, whether it has changed or not. */
  readonly renewals = new Cell(0);
  /** When the oldest answer on the page was given, where the browser had to remember one; milliseconds since 1970. */
  readonly keptAtMs = new Cell<number | undefined>(undefined);
  /** Whether the agent serves another page by now. */
  readonly isOutdated = new Cell(false);
  /** Counts up when another agent answers at this address, or the same one with another storage path: nothing that is shown is its own. */
  readonly others = new Cell(0);
  readonly tokens: TokenKeeper;
  readonly client: AgentClient;
  readonly run: RunControl;
  readonly poll: StatusPoll;
  #statusKeptAtMs: number | undefined;
  #installation: string | undefined;
  /** Everything was asked for again, and nothing of it was remembered so far. */
  #isRenewing = false;

  /** `build` is that of the page itself. */
  constructor(window: Window & typeof globalThis, build: string) {
    const base = window.document.baseURI;
    this.tokens = new TokenKeeper(window.sessionStorage);
    this.client = new AgentClient({
      base,
      fetch: (...request) => window.fetch(...request),
      tokens: this.tokens,
      onInstallation: (id) => this.#meet(id),
      onKept: (atMs) => {
        this.#isRenewing = false;
        this.keptAtMs.value = Math.min(atMs, this.keptAtMs.value ?? atMs);
      },
      // What is old stays on the page, and is called that, until what is new has come.
      onRest: () => {
        if (this.#isRenewing) this.keptAtMs.value = undefined;
        this.#isRenewing = false;
      },
    });
    const openSocket = (jobId: string): FeedSocket => {
      const url = new URL(`jobs/${jobId}/ws?live=true`, base);
      url.protocol = url.protocol.replace('http', 'ws');
      const { token } = this.tokens;
      return new window.WebSocket(url, token === undefined ? [] : [tokenProtocol(token)]);
    };
    const onChange = () => {
      this.changes.value += 1;
      void this.poll.now();
    };
    this.run = new RunControl({ client: this.client, openSocket, timer: browserTimer, onChange });
    this.poll = new StatusPoll({
      ask: () => this.#askStatus(),
      timer: browserTimer,
      isHidden: () => window.document.hidden,
      onStatus: (status, isBack) => {
        const before = this.status.value;
        this.#show(status);
        const isOtherProcess = before !== undefined && before.started_at !== status.started_at;
        // Whatever happened meanwhile is in its lists.
        if (this.keptAtMs.value !== undefined) {
          if (!this.#isRenewing) this.renew();
        } else if (isOtherProcess || isBack) this.changes.value += 1;
        if (status.page_build !== null && status.page_build !== build) this.isOutdated.value = true;
        this.run.seen(status);
      },
    });
    window.document.addEventListener('visibilitychange', () => {
      if (!window.document.hidden) void this.poll.now();
    });
    window.addEventListener('hashchange', ({ oldURL, newURL }) => {
      // How old another view's answers were does not matter any more; another choice in the same view leaves some of them.
      if (placeIn(oldURL) !== placeIn(newURL)) this.keptAtMs.value = this.#statusKeptAtMs;
    });
  }

  #meet(installation: string): void {
    const before = this.#installation;
    this.#installation = installation;
    if (before === undefined || before === installation) return;
    this.#statusKeptAtMs = undefined;
    this.keptAtMs.value = undefined;
    this.newest.value = undefined;
    this.status.value = undefined;
    this.run.forget();
    this.others.value += 1;
    void this.poll.now();
  }

  #show(status: AgentStatus): void {
    const newest = withSameParts(this.newest.value, status);
    this.newest.value = newest;
    if (!lasts(this.status.value, newest)) this.status.value = newest;
  }

  /** A status that the browser remembers is shown where none was, but the agent is away all the same. */
  async #askStatus(): Promise<AgentStatus> {
    const { value, keptAtMs } = await this.client.answer<AgentStatus>('status');
    this.#statusKeptAtMs = keptAtMs;
    if (keptAtMs === undefined) return value;
    if (this.newest.value === undefined) this.#show(value);
    throw new AgentUnreachable();
  }

  /** The reader wants an answer now, and will give a token for it. */
  async askAgain(): Promise<void> {
    this.tokens.reconsider();
    // Where the status itself was refused, its next answer brings everything else.
    const tellsSomething = this.poll.link.value.state === 'up';
    await this.poll.now();
    if (tellsSomething) this.changes.value += 1;
  }

  /** Asks for everything that is shown once more. */
  renew(): void {
    this.#isRenewing = this.keptAtMs.value !== undefined;
    this.renewals.value += 1;
    this.changes.value += 1;
  }

  close(): void {
    this.poll.close();
  }
}

function placeIn(url: string): string {
  return hrefOf(routeOf(new URL(url).hash));
}
