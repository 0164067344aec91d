import { chmodSync, renameSync } from 'node:fs';
import t from 'tap';
import { apiBench } from '../../fixtures/api-bench.js';

t.test('an agent whose storage was taken away lives, but is neither well nor ready until it is back', async (t) => {
  const { url, paths } = await apiBench(t);
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, text: await response.text() };
  };
  t.match(await get('/health'), { status: 200, text: /"status":"ok"/ });
  t.match(await get('/-/ready'), { status: 200, text: 'typhon is ready.\n' });
  for (const taken of [paths.root, paths.runs]) {
    renameSync(taken, `${taken}.away`);
    t.match(await get('/health'), { status: 503, text: /"status":"storage_unavailable".*"detail":"Cannot write to/ });
    t.match(await get('/-/ready'), { status: 503, text: /^Cannot write to .*it does not exist/ });
    t.equal((await get('/-/healthy')).status, 200, 'a restart would not bring it back');
    t.equal((await get('/metrics')).status, 200);
    renameSync(`${taken}.away`, taken);
    t.equal((await get('/health')).status, 200);
    t.equal((await get('/-/ready')).status, 200);
  }
});

t.test('a storage that may not be written to is none', { skip: process.getuid?.() === 0 && 'root may' }, async (t) => {
  const { url, paths } = await apiBench(t);
  chmodSync(paths.runs, 0o500);
  t.equal((await fetch(`${url}/health`)).status, 503);
  chmodSync(paths.runs, 0o755);
  t.equal((await fetch(`${url}/health`)).status, 200);
});

t.test('before everything is loaded it is not ready, but well', async (t) => {
  const { url } = await apiBench(t, { services: { ready: () => false } });
  t.equal((await fetch(`${url}/-/ready`)).status, 503);
  t.equal((await fetch(`${url}/health`)).status, 200);
});
