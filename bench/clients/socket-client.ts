/** Reads streams from a bare socket, looking only for where tokens are: what no client can do better. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { monotonicMs } from '../../src/benchmark/clock.js';
import { type ClientReading, chatBody, givenLoad, reading, readLoad } from './stream-load.js';

const load = givenLoad();
const { hostname, port } = new URL(load.url);
const TOKEN = Buffer.from('"content":"');
const END = Buffer.from('0\r\n\r\n');

async function read(nonce: string, maxTokens: number): Promise<ClientReading> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const body = JSON.stringify(chatBody(nonce, maxTokens));
  const head = ['POST /v1/chat/completions HTTP/1.1', `Host: ${hostname}:${port}`, `Content-Length: ${body.length}`];
  return new Promise((resolve) => {
    const stampsMs: number[] = [];
    const onData = (bytes: Buffer): void => {
      const nowMs = monotonicMs();
      for (let at = bytes.indexOf(TOKEN); at !== -1; at = bytes.indexOf(TOKEN, at + 1)) stampsMs.push(nowMs);
      if (bytes.subarray(-END.length).compare(END) !== 0) return;
      socket.destroy();
      resolve(reading(nonce, startMs, stampsMs, maxTokens));
    };
    socket.on('data', onData);
    const startMs = monotonicMs();
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}

await readLoad(load, read);
