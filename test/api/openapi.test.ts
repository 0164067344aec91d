import t from 'tap';
import { z } from 'zod';
import { openApiDocument } from '../../src/api/openapi.js';
import { routes } from '../../src/api/registry.js';
import { apiBench } from '../fixtures/api-bench.js';

const operationSchema = z.object({
  summary: z.string().min(1),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query']),
        required: z.boolean().optional(),
        schema: z.looseObject({}),
      }),
    )
    .optional(),
  requestBody: z.looseObject({}).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.object({
      description: z.string().min(1),
      content: z.record(z.string(), z.object({ schema: z.looseObject({}) })).optional(),
    }),
  ),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
});

const documentSchema = z.object({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'put', 'delete']), operationSchema),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

function resolved(document: unknown, pointer: string): unknown {
  const steps = pointer.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], document);
}

t.test('is an OpenAPI 3.1 document that names every endpoint', async (t) => {
  const { url } = await apiBench(t);
  const served = await (await fetch(`${url}/openapi.json`)).json();
  const document = documentSchema.parse(served);
  t.equal(document.info.version, '1.2.3');
  for (const { path, alias, method, answers, changes } of routes) {
    for (const place of alias === undefined ? [path] : [path, alias]) {
      const operation = document.paths[place]?.[method];
      t.ok(operation, `${method} ${place}`);
      const expected = new Set([
        ...Object.keys(answers()),
        ...['403', '414', '422', '431', '503'],
        ...(changes ? ['413', '415'] : []),
      ]);
      t.same(Object.keys(operation?.responses ?? {}).sort(), [...expected].sort(), `answers of ${method} ${place}`);
      const inPath = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'path');
      t.same(
        inPath.map(({ name }) => `{${name}}`),
        place.match(/\{\w+\}/g) ?? [],
        `parameters of ${place}`,
      );
      for (const { name, required } of inPath) t.equal(required, true, `${name} of ${place}`);
    }
  }
  const pointers = new Set(references(served));
  t.ok(pointers.size > 0);
  for (const pointer of pointers) t.ok(resolved(served, pointer), pointer);
  t.match(document.paths['/jobs/run']?.post?.parameters, [
    { name: 'mode', in: 'query' },
    { name: 'target' },
    { name: 'model' },
    { name: 'on_busy' },
  ]);
});

t.test(
  'parameters of what changes something stand in the query or in the body, so that no place must have them',
  async (t) => {
    const { paths } = documentSchema.parse(openApiDocument(routes, '1.0.0', { token: undefined, passwords: false }));
    const { parameters, requestBody } = paths['/trends/baseline']?.post ?? {};
    t.match(parameters, [{ name: 'reason', required: undefined }]);
    t.match(requestBody, {
      content: { 'application/json': { schema: { required: ['reason'], additionalProperties: false } } },
    });
    t.ok(paths['/jobs/run']?.post?.requestBody);
    t.equal(paths['/jobs/{job_id}/cancel']?.post?.requestBody, undefined);
    t.equal(paths['/jobs']?.get?.requestBody, undefined);
  },
);

t.test('says where a token or a password is needed', async (t) => {
  const securityIn = (token: 'changes' | 'all' | undefined, passwords = false) => {
    const { paths } = documentSchema.parse(openApiDocument(routes, '1.0.0', { token, passwords }));
    return [paths['/jobs/run']?.post?.security, paths['/jobs']?.get?.security];
  };
  t.same(securityIn(undefined), [undefined, undefined]);
  t.same(securityIn('changes'), [[{ bearer: [] }], undefined]);
  t.same(securityIn('all'), [[{ bearer: [] }], [{ bearer: [] }]]);
  const either = [{ basic: [] }, { bearer: [] }];
  t.same(securityIn('changes', true), [either, either]);
  t.same(securityIn(undefined, true), [[{ basic: [] }], [{ basic: [] }]]);
  t.match(openApiDocument(routes, '1.0.0', { token: undefined, passwords: true }), {
    components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } },
  });
});

t.test('writes a pair as a list of two, and names what any endpoint may answer', async (t) => {
  const document = openApiDocument(routes, '1.0.0', { token: 'all', passwords: false });
  const text = JSON.stringify(document);
  t.notMatch(text, /"items":\[|prefixItems/);
  t.match(text, '"items":{"type":"number"},"minItems":2,"maxItems":2');
  const { paths } = document as { paths: Record<string, Record<string, { responses: object }>> };
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      for (const status of ['401', '403', '422']) t.ok(status in responses, `${method} ${path}: ${status}`);
    }
  }
});
