/** The HTTP application: guard, router, errors. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Router } from '@koa/router';
import Koa, { type Context } from 'koa';
import { INSTALLATION_HEADER } from '../shared/installation-header.js';
import { type AccessRules, challengeOf } from './access/access.js';
import type { FailedLogins } from './access/failed-logins.js';
import { answerOf } from './api-error.js';
import type { ApiServices } from './api-services.js';
import { docsPage } from './docs-page.js';
import { landingPage } from './landing-page.js';
import { dropUnread, WRITE_TIMEOUT_MS } from './listener/client-write-timeout.js';
import { RequestTurns } from './listener/request-turns.js';
import type { Secured } from './openapi.js';
import { parametersOf } from './parameters.js';
import type { Route } from './route.js';

export interface AppOptions {
  readonly services: ApiServices;
  readonly routes: readonly Route[];
  /** Asked at each request: a reload may change them. */
  readonly rules: () => AccessRules;
  readonly failedLogins: FailedLogins;
  /** Of every answer, beside its own; asked at each. */
  readonly headers?: (() => Readonly<Record<string, string>>) | undefined;
  /** How long an answer that is written waits to be taken. Default 30 s. */
  readonly writeTimeoutMs?: number | undefined;
  /** Whether a connection was let in for whoever watches the agent, and for nobody else. */
  readonly isReserved?: ((connection: Duplex) => boolean) | undefined;
}

/** What tells whether the agent lives, and its metrics: answered also where there is no place for anything else. */
const WATCHED: ReadonlySet<string> = new Set(['/health', '/-/healthy', '/-/ready', '/metrics']);
// A browser's page asks a dozen at once; nothing of ours asks for a hundred before the first is answered.
const MOST_WAITING = 128;

const MAX_BODY_BYTES = 64 * 1024;
// Read to its end and dropped: whoever is still sending when the connection closes never reads why. More is cut off.
const MAX_DROPPED_BYTES = 32 * 2 ** 20;
const MAX_URL_CHARACTERS = 4096;

const MCP_PATH = '/mcp';

/** The whole HTTP application, to be given to a server. Its routes answer errors as `{"detail": …}`. */
export function createApp(options: AppOptions): Koa {
  const { services, routes, rules, headers = () => ({}), writeTimeoutMs = WRITE_TIMEOUT_MS } = options;
  const app = new Koa();
  // Handlers' errors end in withErrors: what comes here befell the connection or a streamed answer.
  app.on('error', (error: unknown) => {
    services.logger[isLeaving(error) ? 'debug' : 'error']({ err: error }, 'request failed');
  });
  app.use(async ({ res, path }, next) => {
    dropUnread(res, writeTimeoutMs, () => services.logger.debug({ path }, 'a reader that took nothing is dropped'));
    await next();
  });
  app.use(async (context, next) => {
    await next();
    // They were asked for: they win over the agent's own.
    context.set({ ...headers() });
  });
  app.use(inTurn(options));
  const router = new Router();
  app.use(counted(router, services));
  app.use(withErrors(services));
  app.use(withHeaders(services));
  app.use(withLimits(routes));
  // Reading tools come as POST as well: the endpoint asks again for those that change something.
  app.use(guarded(options, ({ method, path }) => !SAFE_METHODS.has(method) && path !== MCP_PATH));
  for (const route of routes) {
    for (const path of [route.path, ...(route.alias === undefined ? [] : [route.alias])]) {
      router[route.method](
        path.replace(/\{(\w+)\}/g, ':$1'),
        guarded(options, () => route.changes),
        (context) => {
          return route.handle({ params: context.params, query: parameters(context) }, services, context);
        },
      );
    }
  }
  const documents = new Map<string, Promise<string>>();
  router.get('/openapi.json', async (context) => {
    const { token, protect, passwords } = rules();
    const access = { token: token === undefined ? undefined : protect, passwords: passwords !== undefined };
    const key = JSON.stringify(access);
    const document = documents.get(key) ?? openApiText(options, access);
    documents.set(key, document);
    context.type = 'application/json';
    context.body = await document;
  });
  router.post(MCP_PATH, mcp(options, 'POST'));
  router.delete(MCP_PATH, mcp(options, 'DELETE'));
  router.get('/docs', (context) => page(context, docsPage(services.version)));
  router.get('/', (context) => {
    if (services.page === undefined) return page(context, landingPage(services.version));
    return services.page.send('/', context);
  });
  for (const path of ['/manifest.webmanifest', '/worker.js', '/assets/:name']) {
    router.get(path, async (context, next) => {
      if (services.page?.has(context.path) !== true) return next();
      await services.page.send(context.path, context);
    });
  }
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** A message of a client of the Model Context Protocol; its answer may take minutes, and is sent piece by piece. */
function mcp({ services, rules, failedLogins }: AppOptions, method: 'POST' | 'DELETE') {
  return async (context: Context): Promise<void> => {
    const { headers, socket } = context.req;
    const single = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    const answer = await services.mcp({
      method,
      headers: Object.fromEntries(single),
      body: new Uint8Array(bodies.get(context.req) ?? []),
      changeRefusal: async () => (await failedLogins.refusalOf({ headers, changes: true }, rules(), socket))?.detail,
    });
    context.status = answer.status;
    context.set(Object.fromEntries(answer.headers));
    // Both are the same streams; only their types are declared twice.
    context.body = answer.body === null ? null : Readable.fromWeb(answer.body as ReadableStream);
  };
}

/** Loaded and written when somebody asks: no other request needs it, and it takes 20 ms. */
async function openApiText({ routes, services }: AppOptions, access: Secured): Promise<string> {
  const { openApiDocument } = await import('./openapi.js');
  return JSON.stringify(openApiDocument(routes, services.version, access));
}

/** Has requests begin in turns; what would only say that the agent lives does not wait. */
function inTurn({ isReserved }: AppOptions) {
  const turns = new RequestTurns(MOST_WAITING);
  return async (context: Context, next: Next): Promise<void> => {
    const { path } = context;
    const { socket } = context.req;
    const isWatched = WATCHED.has(path);
    if (!isWatched && isReserved?.(socket) === true) {
      context.set({ connection: 'close', 'retry-after': '10' });
      context.status = 503;
      context.body = { detail: 'Every connection that the agent takes is in use.' };
      return;
    }
    if ((isWatched && path !== '/metrics') || (await turns.next(socket))) return next();
    // Its client has left: nobody is to be answered.
    context.respond = false;
  };
}

interface Page {
  readonly html: string;
  readonly policy: string;
}

function page(context: Context, { html, policy }: Page): void {
  context.type = 'text/html; charset=utf-8';
  context.set('content-security-policy', policy);
  context.body = html;
}

type Next = () => Promise<void>;

/** By the endpoint's path, so that nobody's invented paths become label values. */
function counted(router: Router, { onAnswer }: ApiServices) {
  return async (context: Context, next: Next): Promise<void> => {
    await next();
    const { path: atPath, pathAndMethod } = router.match(context.path, context.method);
    const endpoint = (pathAndMethod[0] ?? atPath[0])?.path;
    const path = typeof endpoint === 'string' ? endpoint.replace(/:(\w+)/g, '{$1}') : 'other';
    onAnswer(path, context.status);
  };
}

function withErrors({ logger }: ApiServices) {
  return async (context: Context, next: Next): Promise<void> => {
    try {
      await next();
      nameRefusal(context);
    } catch (error) {
      const answer = answerOf(error);
      if (answer === undefined) {
        logger[isLeaving(error) ? 'debug' : 'error']({ err: error, path: context.path }, 'request failed');
      }
      context.status = answer?.status ?? 500;
      context.body = answer?.body ?? { detail: 'The agent failed to answer; its log says why.' };
    }
  };
}

const clientLeft: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Whether it tells no more than that the client went away, in the middle of its request or of the answer. */
function isLeaving(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return clientLeft.has(code) || code.startsWith('HPE_');
}

/** Gives the router's own refusals, which are a status alone, a body. */
function nameRefusal(context: Context): void {
  const { method, path } = context;
  // That no endpoint at all has the method is the client's mistake as well, and not the server's.
  const status = context.status === 501 ? 405 : context.status;
  // Koa makes it 200 where a body is set and no status was.
  const answer = (detail: string) => Object.assign(context, { status, body: { detail } });
  if (status === 404 && context.body === undefined) {
    answer(`There is nothing at ${path}. The endpoints are listed at /docs.`);
  } else if (status === 405) answer(`${path} does not answer ${method}: ${context.response.get('allow')} it does.`);
}

function withHeaders({ installationId }: ApiServices) {
  return async (context: Context, next: Next): Promise<void> => {
    context.set({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    context.set(INSTALLATION_HEADER, installationId);
    // What was opened by a token or a password is not kept by the page either, whose worker cannot see the password.
    if (context.get('authorization') !== '') context.vary('Authorization');
    await next();
  };
}

const bodies = new WeakMap<IncomingMessage, Uint8Array>();

/** A body that is sent is read whole, as no endpoint takes a long one. */
function withLimits(routes: readonly Route[]) {
  const longer = new Map(routes.flatMap(({ path, mostBodyBytes: most }) => (most === undefined ? [] : [[path, most]])));
  return (context: Context, next: Next): Promise<void> =>
    withLimit(longer.get(context.path) ?? MAX_BODY_BYTES, context, next);
}

async function withLimit(maxBodyBytes: number, context: Context, next: Next): Promise<void> {
  if (context.url.length > MAX_URL_CHARACTERS)
    context.throw(414, `The URL is longer than ${MAX_URL_CHARACTERS} characters.`);
  const announced = Number(context.get('content-length') || 0);
  const isTooLarge = announced > maxBodyBytes;
  // Nobody waits for the end of a body that does not say how long it is.
  const most = isTooLarge ? MAX_DROPPED_BYTES : maxBodyBytes;
  const chunks: Uint8Array[] = [];
  let received = 0;
  if (announced <= most) {
    for await (const chunk of context.req) {
      received += chunk.length;
      if (received > most) break;
      if (!isTooLarge) chunks.push(chunk);
    }
  }
  if (announced > most || received > most) context.set('connection', 'close');
  if (isTooLarge || received > most) context.throw(413, `The body is larger than ${maxBodyBytes} bytes.`);
  bodies.set(context.req, Buffer.concat(chunks));
  await next();
}

/** The body of a request that only asks has no meaning (RFC 9110, section 9.3.1). */
function parameters(context: Context): Readonly<Record<string, unknown>> {
  const bytes = SAFE_METHODS.has(context.method) ? undefined : bodies.get(context.req);
  if (bytes === undefined) return context.query;
  return parametersOf(context.query, { bytes, contentType: context.get('content-type') });
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

function guarded({ services: { page }, rules, failedLogins }: AppOptions, changes: (context: Context) => boolean) {
  return async (context: Context, next: Next): Promise<void> => {
    const isChange = changes(context);
    // The page holds nothing but itself, and without it a browser has no place to give a token.
    const isPage = !isChange && page?.has(context.path) === true;
    const asked = rules();
    const { token, passwords } = asked;
    const refusal = await failedLogins.refusalOf(
      { headers: context.headers, changes: isChange },
      // A browser asks for a password by itself.
      { ...asked, token: isPage && passwords === undefined ? undefined : token },
      context.req.socket,
    );
    if (refusal !== undefined) {
      if (refusal.status === 401) context.set('www-authenticate', challengeOf(asked));
      if (refusal.status === 429) context.set('retry-after', '1');
      context.status = refusal.status;
      context.body = { detail: refusal.detail };
      return;
    }
    await next();
  };
}
