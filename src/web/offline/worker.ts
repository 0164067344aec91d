/** The browser's part of the page that goes on without the agent; `tools/build-web.mjs` makes a file of its own of it. */
import { browserTimer } from '../ui/timer.js';
import { AnswerKeeper } from './answer-keeper.js';
import { isKept } from './kept-request.js';
import { PageKeeper } from './page-keeper.js';
import { PatientFetch } from './patient-fetch.js';

/** As much as is used of what the types of a window do not know. */
interface LifeEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface AskedEvent extends LifeEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  readonly caches: CacheStorage;
  fetch(request: Request): Promise<Response>;
  skipWaiting(): Promise<void>;
  addEventListener(kind: 'install' | 'activate', handle: (event: LifeEvent) => void): void;
  addEventListener(kind: 'fetch', handle: (event: AskedEvent) => void): void;
}
declare const self: Worker;
/** Both put in by the build. */
declare const PAGE_BUILD: string;
declare const PAGE_FILES: readonly string[];

const { scope } = self.registration;
const clock = { nowMs: () => Date.now(), ...browserTimer };
const fetch = (request: Request) => self.fetch(request);
const network = new PatientFetch({ fetch, clock });
const { caches } = self;
const page = new PageKeeper({ caches, fetch, network, scope, build: PAGE_BUILD, files: PAGE_FILES });
const answers = new AnswerKeeper({ open: () => page.openAnswers(), network, clock });

self.addEventListener('install', (event) => event.waitUntil(page.install().then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(page.activate().then(() => self.clients.claim())));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode === 'navigate') {
    if (request.method === 'GET' && request.url.replace(/[?#].*/, '') === scope) event.respondWith(page.page(request));
  } else if (isKept(request, scope)) {
    const answer = answers.answer(request);
    event.respondWith(answer);
    event.waitUntil(answer.then(() => answers.settled()).catch(() => undefined));
  } else if (request.method === 'GET' && request.url.startsWith(`${scope}assets/`)) {
    event.respondWith(page.file(request));
  }
});
