import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import t from 'tap';
import { portInUseMessage } from '../../src/commands/port-in-use.js';
import { listening, serveFixture } from '../fixtures/servers/fixture-server.js';
import { ollama } from '../fixtures/servers/ollama.js';
import { certificatePem, serverCertificate } from '../fixtures/tls/certificate.js';

const signal = new AbortController().signal;

t.test('names the inference server that answers, and the flag', async (t) => {
  const { port } = await serveFixture(t, ollama);
  const message = await portInUseMessage({ host: '127.0.0.1', port, flag: '--port' }, signal);
  t.match(message, `Port ${port} is in use: Ollama`);
  t.match(message, `answers at http://127.0.0.1:${port}. Choose another port with --port.`);
});

t.test('knows its own agent', async (t) => {
  const agent = http.createServer((request, response) => {
    response.statusCode = request.url === '/health' ? 200 : 404;
    response.end(request.url === '/health' ? '{"status":"ok","timestamp":"2026-11-21T14:30:45Z"}' : '');
  });
  const { port } = await listening(t, agent);
  t.match(
    await portInUseMessage({ host: undefined, port, flag: '-p' }, signal),
    "typhon's own agent answers at http://127.0.0.1",
  );
});

t.test('tells another web server from something that speaks no HTTP', async (t) => {
  const web = await listening(
    t,
    http.createServer((_request, response) => void response.end('hello')),
  );
  t.match(
    await portInUseMessage({ host: '0.0.0.0', port: web.port, flag: '-p' }, signal),
    'an HTTP server that is no LLM server',
  );
  const other = await listening(
    t,
    net.createServer((socket) => void socket.end('220 ready\r\n')),
  );
  t.match(
    await portInUseMessage({ host: '127.0.0.1', port: other.port, flag: '-p' }, signal),
    'something that speaks no HTTP',
  );
});

t.test('knows its own agent behind TLS, with a password too, and names the scheme', async (t) => {
  const health = '{"status":"ok","timestamp":"2026-11-21T14:30:45Z"}';
  const open = https.createServer(serverCertificate('self-signed'), (request, response) => {
    response.statusCode = request.url === '/health' ? 200 : 404;
    response.end(request.url === '/health' ? health : '');
  });
  const locked = https.createServer(serverCertificate('expired'), (_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="typhon", charset="UTF-8"' }).end();
  });
  for (const server of [open, locked]) {
    const { port } = await listening(t, server);
    t.match(
      await portInUseMessage({ host: undefined, port, flag: '-p' }, signal),
      `typhon's own agent answers at https://127.0.0.1:${port}. Choose`,
    );
  }
});

t.test('says of one that wants a certificate first that it speaks TLS', async (t) => {
  const rules = { ca: certificatePem('authority'), requestCert: true, rejectUnauthorized: true };
  const strict = https.createServer({ ...serverCertificate('self-signed'), ...rules });
  const { port } = await listening(t, strict);
  t.match(
    await portInUseMessage({ host: '127.0.0.1', port, flag: '-p' }, signal),
    `something that speaks TLS answers at https://127.0.0.1:${port}. Choose`,
  );
});
