/** One endpoint: what it takes, what it answers and what it does, so that validation and the OpenAPI document agree. */
import type { Context } from 'koa';
import type { z } from 'zod';
import type { ApiServices } from './api-services.js';

export type HttpMethod = 'get' | 'post' | 'put' | 'delete';

/** An answer as it stands in the document; a schema where the body is JSON, a media type where it is
 * text, both where the client chooses. */
export interface RouteAnswer {
  readonly description: string;
  readonly schema?: z.ZodType | undefined;
  readonly mediaType?: string | undefined;
}

export interface RouteInput<Params extends z.ZodType, Query extends z.ZodType> {
  readonly params: z.infer<Params>;
  readonly query: z.infer<Query>;
}

export interface RouteDefinition<Params extends z.ZodType, Query extends z.ZodType> {
  readonly method: HttpMethod;
  /** With parameters in braces: `/jobs/{job_id}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** Asked once, with the first request, as `query` and `answers` are: most starts serve few of the routes. */
  readonly params: () => Params;
  /** A strict object: what is not known is refused. A request that changes something may have it in its body instead. */
  readonly query: () => Query;
  /** Whether it starts, stops or alters something: then it is guarded more strictly. */
  readonly changes: boolean;
  /** How long a body may be where the usual limit is too short; of a path without parameters. */
  readonly mostBodyBytes?: number | undefined;
  /** A second path with the same handler, for clients written for another layout. */
  readonly alias?: string | undefined;
  readonly answers: () => Readonly<Record<number, RouteAnswer>>;
  /** Sets status and body. */
  readonly handle: (input: RouteInput<Params, Query>, services: ApiServices, context: Context) => Promise<void> | void;
}

/** A route whose parameter types are forgotten: what the registry, the router and the document hold. */
export interface Route extends Omit<RouteDefinition<z.ZodType, z.ZodType>, 'handle'> {
  readonly handle: (
    input: { readonly params: unknown; readonly query: unknown },
    services: ApiServices,
    context: Context,
  ) => Promise<void> | void;
}

/** Ties a handler's types to its schemas; the router calls it with what those schemas have parsed. */
export function route<Params extends z.ZodType, Query extends z.ZodType>(
  definition: RouteDefinition<Params, Query>,
): Route {
  const params = once(definition.params);
  const query = once(definition.query);
  const answers = once(definition.answers);
  return {
    ...definition,
    params,
    query,
    answers,
    handle: (input, services, context) =>
      definition.handle({ params: params().parse(input.params), query: query().parse(input.query) }, services, context),
  };
}

function once<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
