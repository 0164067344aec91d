/** The OpenAPI 3.1 document, made from the schemas that validate. */
import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { AccessRules } from './access/access.js';
import { errorBodySchema } from './api-error.js';
import type { Route, RouteAnswer } from './route.js';

const FIRST_ERROR = 400;

function responseOf(status: number, { description, schema, mediaType }: RouteAnswer) {
  if (status >= FIRST_ERROR && mediaType === undefined) {
    return { description, content: { 'application/json': { schema: errorBodySchema } } };
  }
  const text = { [mediaType ?? 'text/plain']: { schema: { type: 'string' as const } } };
  if (schema === undefined) return { description, content: text };
  return { description, content: { 'application/json': { schema }, ...(mediaType === undefined ? {} : text) } };
}

export interface Secured {
  /** Which requests need the token; `undefined`: none. */
  readonly token: AccessRules['protect'] | undefined;
  /** Whether every request needs a user's password, or the token in its place. */
  readonly passwords: boolean;
}

type Security = readonly Readonly<Record<string, never[]>>[];

/** What a request may give, one of them; `undefined`: it needs nothing. */
function securityOf({ changes }: Route, { token, passwords }: Secured): Security | undefined {
  const bearer = token === undefined ? [] : [{ bearer: [] }];
  if (passwords) return [{ basic: [] }, ...bearer];
  return token === 'all' || (token === 'changes' && changes) ? bearer : undefined;
}

type Answers = ReturnType<Route['answers']>;

/** What the server says whatever the endpoint. */
const anyAnswers: Answers = {
  403: { description: 'The Host or the Origin is none of this agent' },
  414: { description: 'The URL is too long' },
  422: { description: 'A parameter is wrong or unknown' },
  431: { description: 'The headers, with the URL, are too large' },
  503: { description: 'Every connection that the agent takes is in use' },
};

/** Beside them, where it asks who the client is. */
const loginAnswers: Answers = {
  401: { description: 'A token or a password is needed, or not the right one' },
  429: { description: 'Too many passwords are being looked at' },
};

/** Beside them, to any body. */
const bodyAnswers: Answers = {
  413: { description: 'The body is too large' },
  415: { description: 'The body is neither JSON nor a form' },
  422: { description: 'A parameter is wrong, unknown, or stands both in the query and in the body' },
};

/** Parameters stand in the query or in the body: no single place needs to have them. */
function requestOf(route: Route): Pick<ZodOpenApiOperationObject, 'requestParams' | 'requestBody'> {
  const { changes } = route;
  const query = route.query();
  const path = route.params() as never;
  if (!changes || !(query instanceof z.ZodObject) || Object.keys(query.shape).length === 0)
    return { requestParams: { path, query: query as never } };
  const content = { 'application/json': { schema: query }, 'application/x-www-form-urlencoded': { schema: query } };
  return { requestParams: { path, query: query.partial() }, requestBody: { required: false, content } };
}

function operationOf(route: Route, secured: Secured): ZodOpenApiOperationObject {
  const security = securityOf(route, secured);
  const all = {
    ...anyAnswers,
    ...(security === undefined ? {} : loginAnswers),
    ...(route.changes ? bodyAnswers : {}),
    ...route.answers(),
  };
  const answers = Object.entries(all).map(([status, answer]) => [status, responseOf(Number(status), answer)]);
  return {
    summary: route.summary,
    tags: [route.tag],
    ...requestOf(route),
    responses: Object.fromEntries(answers),
    ...(security === undefined ? {} : { security: [...security] }),
  };
}

/** The document as plain JSON. */
export function openApiDocument(routes: readonly Route[], version: string, secured: Secured): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    for (const path of [route.path, ...(route.alias === undefined ? [] : [route.alias])]) {
      paths[path] = { ...paths[path], [route.method]: operationOf(route, secured) };
    }
  }
  const securitySchemes = {
    ...(secured.passwords ? { basic: { type: 'http', scheme: 'basic' } as const } : {}),
    ...(secured.token === undefined ? {} : { bearer: { type: 'http', scheme: 'bearer' } as const }),
  };
  const document = {
    openapi: '3.1.0' as const,
    info: { title: 'typhon', version, description: 'Benchmarks of the LLM servers of this machine' },
    paths,
    ...(Object.keys(securitySchemes).length === 0 ? {} : { components: { securitySchemes } }),
  };
  return createDocument(document, { override: ({ jsonSchema }) => writeTuple(jsonSchema) });
}

/**
 * A pair of figures as a list of two: many readers of documents know nothing of `prefixItems`, or take it for the older
 * form of `items`, which OpenAPI 3.1 does not have.
 */
function writeTuple(schema: { items?: unknown; prefixItems?: unknown }): void {
  const { items, prefixItems = items } = schema;
  if (!Array.isArray(prefixItems)) return;
  const { length } = prefixItems;
  const [first, ...others] = prefixItems.map((item) => JSON.stringify(item));
  if (others.some((other) => other !== first)) return;
  delete schema.prefixItems;
  Object.assign(schema, { items: prefixItems[0], minItems: length, maxItems: length });
}
