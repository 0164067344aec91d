import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { apiBench } from '../../fixtures/api-bench.js';
import { DONE } from '../../fixtures/job-bench.js';

const MAX_CONNECTIONS = 256;

t.test('so many connections and no more; one that leaves makes room', async (t) => {
  const { port } = await apiBench(t);
  const sockets = Array.from({ length: MAX_CONNECTIONS }, () => connect(port, '127.0.0.1'));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const health = () => fetch(`http://127.0.0.1:${port}/health`);
  await t.rejects(health(), 'one too many is cut off');
  const [first] = sockets;
  first?.destroy();
  const answered = async (): Promise<number> => health().then(({ status }) => status, answered);
  t.equal(await answered(), 200);
});

t.test('the end of the server is not the end of what is being said', async (t) => {
  const { url, web, queue, begin } = await apiBench(t);
  const { job_id } = await queue.submit({ mode: 'quick', trigger: 'api' }, 'reject');
  const { work, end } = await begin(0);
  work.log.write('one');
  const followed = await fetch(`${url}/jobs/${job_id}/logs?follow=true`);
  end(DONE);
  await queue.stop('the agent stops');
  await web.close();
  t.match(await followed.text(), /one\n.*Done\. Recorded as/);
});
