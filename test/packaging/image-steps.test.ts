import { execFile, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { jobSchema } from '../../src/jobs/job.js';
import { execForm, lineageOf, parseDockerfile } from '../fixtures/dockerfile.js';
import { forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { freePort } from '../fixtures/free-port.js';
import { type BuiltImage, builtImage } from '../fixtures/image-steps.js';
import { plainly } from '../fixtures/plain-process.js';
import { TyphonProcess, until } from '../fixtures/typhon-process.js';

// Everything is installed twice, from the registry: where the whole of the project is checked, and there alone.
const skip = process.env['CI'] === 'true' ? false : 'installs all dependencies anew; runs where CI=true';

const stages = parseDockerfile(readFileSync('Dockerfile', 'utf8'));
const [uid = 0, gid = 0] = last('typhon', 'USER').split(':').map(Number);
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { uid, gid } : {};

function last(target: string, keyword: string): string {
  return lineageOf(target, stages).findLast((each) => each.keyword === keyword)?.value ?? '';
}

// Outside of the repository, where nothing of it can be found by mistake, and every user may look.
const folder = mkdtempSync(join(tmpdir(), 'typhon-image-'));
chmodSync(folder, 0o755);
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function built(target: string): BuiltImage {
  return builtImage(target, {
    stages,
    context: '.',
    dockerignore: readFileSync('.dockerignore', 'utf8'),
    into: folder,
  });
}

/** As the image would be started, with further variables and, where there are any, other arguments. */
function started(t: Test, target: string, image: BuiltImage, extra: NodeJS.ProcessEnv, args?: readonly string[]) {
  const command = [...execForm(last(target, 'ENTRYPOINT')), ...(args ?? execForm(last(target, 'CMD')))];
  const [program, ...words] = plainly(command);
  const child = spawn(program, words, {
    ...identity,
    cwd: image.workdir,
    env: { ...image.environment, ...extra },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const typhon = new TyphonProcess(child);
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await typhon.ended();
  });
  return typhon;
}

/** The exit code of the image's health check. */
async function health(target: string, image: BuiltImage, extra: NodeJS.ProcessEnv): Promise<number> {
  const [program, ...args] = plainly(execForm(last(target, 'HEALTHCHECK').replace(/^CMD /, '')));
  const options = { ...identity, cwd: image.workdir, env: { ...image.environment, ...extra } };
  return promisify(execFile)(program, args, options).then(
    () => 0,
    ({ code }) => code,
  );
}

t.test('the steps of the image make an agent that runs without rights', { skip }, async (t) => {
  const image = built('typhon');
  const server = await forkFakeLlmServer({ contextLength: 2048, tokenGapMs: 2, ttftMs: 1 });
  t.teardown(() => server.close());
  const config = join(folder, 'typhon.yaml');
  writeFileSync(
    config,
    JSON.stringify({ targets: [{ name: 'fake', url: server.url }], schedules: [], benchmark: { extra_time: '0s' } }),
  );
  const port = await freePort();
  // Its own, as a container's: in this machine's /tmp other users' benchmarks leave their marks.
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  if (isRoot) chownSync(temporary, uid, gid);
  const place = { TYPHON_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}`, TYPHON_CONFIG_FILE: config };
  const extra = { ...place, TMPDIR: temporary };
  if (!isRoot) chmodSync(image.workdir, 0o555);

  t.not(await health('typhon', image, extra), 0, 'unhealthy before it is started');
  const typhon = started(t, 'typhon', image, extra);
  const [, url = ''] = await typhon.written(/"url":"(http:[^"]+)"/);
  t.equal(url, `http://127.0.0.1:${port}`);
  t.equal(await health('typhon', image, extra), 0);

  const asked = await fetch(`${url}/jobs/run?mode=quick`, { method: 'POST' });
  const { job_id: id } = z.object({ job_id: z.string() }).parse(await asked.json());
  const job = await until(async () => {
    const body = jobSchema.parse(await (await fetch(`${url}/jobs/${id}`)).json());
    return body.status !== 'pending' && body.status !== 'running' && body;
  });
  t.equal(job.status, 'done', `${job.error}`);
  t.match(await (await fetch(`${url}/metrics`)).text(), /^typhon_benchmark_elapsed_seconds\{target="fake"/m);
  // The storage path is the one folder that it may write.
  t.equal(JSON.parse(readFileSync(join(image.root, 'data/last_run.json'), 'utf8')).job_id, id);

  typhon.kill('SIGTERM');
  t.equal((await typhon.ended()).code, 0);
});

t.test('the steps of the demo image bring llama.cpp', { skip }, async (t) => {
  const image = built('reference');
  const storage = join(image.root, 'model');
  mkdirSync(storage);
  if (isRoot) chownSync(storage, uid, gid);
  // The image's own port may be taken on this machine.
  const args = execForm(last('reference', 'CMD')).map((word) => (word === '8099' ? '0' : word));
  const typhon = started(t, 'reference', image, { TYPHON_STORAGE_PATH: storage }, args);
  const [, url = ''] = await typhon.written(/at (http:\S+?),/);
  const [, path = ''] = /8099(\/[^']+)'/.exec(last('reference', 'HEALTHCHECK')) ?? [];
  t.equal((await fetch(`${url}${path}`)).status, 200);
  typhon.kill('SIGTERM');
  await typhon.ended();
});
