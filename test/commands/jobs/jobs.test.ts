import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { runCommandLine } from '../../../src/commands/program.js';
import { pausedJob } from '../../../src/jobs/job.js';
import { commandFixture } from '../../fixtures/command-context.js';
import { finishedJob, runningJob } from '../../fixtures/page-jobs.js';

interface Asked {
  readonly line: string;
  readonly token: string | undefined;
}

const paused = pausedJob(runningJob('b4f1c820', { done: 2, total: 6 }), { resumesItself: false }, new Date());

/** An agent with one job of each state, which takes the pause of any that runs. */
async function agent(t: Test) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    asked.push({ line: `${method} ${url}`, token: headers.authorization });
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (url === '/jobs?status=running&limit=1') return answer(200, [runningJob()]);
    if (url === '/jobs?status=paused&limit=1') return answer(200, [paused]);
    if (url.startsWith('/jobs?')) return answer(200, [runningJob(), paused, finishedJob()]);
    if (url === '/jobs/a3f1c820/pause') return answer(200, { ...runningJob(), pausing: true });
    if (url === '/jobs/b4f1c820/resume') return answer(200, { ...paused, status: 'pending' });
    answer(409, { detail: 'Job is done.' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, url: `http://127.0.0.1:${port}`, port };
}

t.test('lists the jobs of the agent that the configuration names, for people and as JSON', async (t) => {
  const { port } = await agent(t);
  const address = ['--web.listen-address', `:${port}`];
  const text = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['jobs', ...address], text.context), 0, text.stderr());
  t.match(text.stdout(), /^b4f1c820 .* paused +quick +2\/6 +local +fake-model$/m);
  const json = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['jobs', '--json', ...address], json.context), 0);
  t.match(JSON.parse(json.stdout()), [{ status: 'running' }, { status: 'paused' }, { status: 'done' }]);
});

t.test('pauses what runs and resumes what was paused last, unless a job is named', async (t) => {
  const { asked, url } = await agent(t);
  const environment = { TYPHON_AGENT_TOKEN: 'secret' };
  const pause = commandFixture({ directory: t.testdir({}), environment });
  t.equal(await runCommandLine(['jobs', 'pause', '--agent', url], pause.context), 0, pause.stderr());
  t.equal(pause.stdout(), 'Job a3f1c820 pauses after its test.\n');
  const resume = commandFixture({ directory: t.testdir({}), environment });
  t.equal(await runCommandLine(['jobs', '--agent', url, 'resume'], resume.context), 0, resume.stderr());
  t.equal(resume.stdout(), 'Job b4f1c820 goes on as soon as it is its turn.\n');
  t.same(
    asked.map(({ line }) => line),
    [
      'GET /jobs?status=running&limit=1',
      'POST /jobs/a3f1c820/pause',
      'GET /jobs?status=paused&limit=1',
      'POST /jobs/b4f1c820/resume',
    ],
  );
  t.same([...new Set(asked.map(({ token }) => token))], ['Bearer secret']);
  const refused = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['jobs', 'resume', 'c4f1c820', '--agent', url], refused.context), 1);
  t.match(refused.stderr(), 'Job is done.');
});

t.test('says so where no agent answers', async (t) => {
  const nobody = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['jobs', '--agent', 'http://127.0.0.1:1'], nobody.context), 1);
  t.match(nobody.stderr(), /No agent answers at http:\/\/127\.0\.0\.1:1\..*--agent/);
  t.equal(await runCommandLine(['jobs', '--agent', 'here'], nobody.context), 2);
});
