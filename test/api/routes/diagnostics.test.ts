import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { FailedLogins } from '../../../src/api/access/failed-logins.js';
import type { ApiServices } from '../../../src/api/api-services.js';
import { createApp } from '../../../src/api/app.js';
import { captureDiagnostics } from '../../../src/api/diagnostics-capture.js';
import { routes } from '../../../src/api/registry.js';
import { nodeDiagnosticsSchema } from '../../../src/runner/diagnostics/diagnostics-schema.js';
import { diagnosticsWith } from '../../fixtures/diagnosed-runner.js';
import { listening } from '../../fixtures/listening.js';

/** The whole API with nothing behind it but diagnostics. */
async function served(t: Test, token?: string) {
  const root = t.testdir({});
  const diagnostics = diagnosticsWith({ nodeId: () => 'node' });
  const services = {
    version: '0.1.0',
    installationId: '0123456789abcdef0123456789abcdef',
    diagnostics,
    captureDiagnostics: () => captureDiagnostics(diagnostics, { root }),
    onAnswer: () => undefined,
  };
  const rules = () => ({ token, protect: 'changes', loopbackOnly: true, hostNames: [] }) as const;
  const failedLogins = new FailedLogins({
    nowMs: () => 0,
    logger: { warn: () => undefined },
    wait: async () => undefined,
  });
  const app = createApp({ services: services as unknown as ApiServices, routes, rules, failedLogins });
  const port = await listening(t, createServer(app.callback()));
  return (path: string, options: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, options);
}

t.test('tells the diagnostics of the node', async (t) => {
  const ask = await served(t);
  const response = await ask('/v1/diagnostics/node');
  t.equal(response.status, 200);
  const document: unknown = await response.json();
  t.same(nodeDiagnosticsSchema.parse(document), document);
  t.match(document, { runtime: { nodeId: 'node', typhonVersion: '0.1.0' } });
});

t.test('captures them to a file and tells where', async (t) => {
  const ask = await served(t);
  const response = await ask('/v1/diagnostics/node/capture', { method: 'POST' });
  t.equal(response.status, 200);
  const { path, document } = z
    .object({ path: z.string(), document: nodeDiagnosticsSchema })
    .parse(await response.json());
  t.same(JSON.parse(await readFile(path, 'utf8')), document);
});

t.test('reading is free where only changes are protected, capturing is not', async (t) => {
  const ask = await served(t, 'secret');
  t.equal((await ask('/v1/diagnostics/node')).status, 200);
  t.equal((await ask('/v1/diagnostics/node/capture', { method: 'POST' })).status, 401);
  const headers = { authorization: 'Bearer secret' };
  t.equal((await ask('/v1/diagnostics/node/capture', { method: 'POST', headers })).status, 200);
});

t.test('both stand in the OpenAPI document with the shape that validates', async (t) => {
  const ask = await served(t);
  const document: unknown = await (await ask('/openapi.json')).json();
  const answer = { responses: { 200: { content: { 'application/json': {} } } } };
  t.match(document, {
    paths: { '/v1/diagnostics/node': { get: answer }, '/v1/diagnostics/node/capture': { post: answer } },
    components: {
      schemas: {
        NodeDiagnostics: {
          properties: { supervisorRunners: { items: { $ref: '#/components/schemas/RunnerDiagnostics' } } },
        },
        RunnerDiagnostics: { properties: { flightRecorder: { maxItems: 128 } } },
      },
    },
  });
});
