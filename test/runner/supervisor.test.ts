import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import { builtInPrompts } from '../../src/benchmark/prompts.js';
import { createLogger } from '../../src/logger.js';
import type { Assignment } from '../../src/runner/parent-message.js';
import {
  discardRunner,
  forkRunner,
  forkRunnerAhead,
  type Runner,
  type RunnerProcess,
  runnerFor,
  startRunner,
} from '../../src/runner/supervisor.js';
import { isGone } from '../fixtures/process-end.js';

// The stand-ins are plain JavaScript: without the test runner's loaders they start in no time.
t.before(() => {
  process.execArgv = [];
});

const assignment: Assignment = {
  server: { kind: 'openai', name: 'OpenAI-compatible server', apiBase: 'http://127.0.0.1:9' },
  model: 'fake-model',
  plan: { mode: 'quick', tests: [], skipped: [] },
  prompts: builtInPrompts,
};

interface Started {
  readonly runner: Runner;
  readonly lines: string[];
  readonly logged: Record<string, unknown>[];
  /** Resolves once the runner has told this line. */
  readonly told: (line: string) => Promise<void>;
}

const pathOf = (program: string) =>
  fileURLToPath(new URL(`../fixtures/runner-programs/${program}.mjs`, import.meta.url));

/** Starts one of the stand-ins for the runner's program, or takes one that was started ahead. */
async function started(t: Test, program: string | RunnerProcess, cancelGraceMs = 60_000): Promise<Started> {
  const lines: string[] = [];
  const logged: Record<string, unknown>[] = [];
  const watchers = new Set<() => void>();
  const destination = { write: (line: string) => logged.push(JSON.parse(line)) };
  const runner = startRunner({
    assignment,
    cancelGraceMs,
    logger: await createLogger({ level: 'trace', format: 'json', destination }),
    process: typeof program === 'string' ? forkRunner(pathOf(program)) : program,
    onEvent: (event: BenchmarkEvent) => {
      if (event.type === 'log') lines.push(event.line);
      for (const watcher of watchers) watcher();
    },
  });
  t.teardown(() => {
    if (runner.pid !== undefined && !isGone(runner.pid)) process.kill(runner.pid, 'SIGKILL');
  });
  const told = (line: string) =>
    new Promise<void>((resolve) => {
      const watcher = () => {
        if (lines.includes(line)) resolve();
      };
      watchers.add(watcher);
      watcher();
    });
  return { runner, lines, logged, told };
}

t.test('passes on what the runner tells, in order, and how it ended', async (t) => {
  const { runner, lines, logged } = await started(t, 'finishes');
  t.same(await runner.ended, { status: 'finished' });
  t.same(lines, ['one', 'two']);
  t.same(logged, []);
  t.same(await runner.exited, { exitCode: 0, signal: undefined });
  t.ok(isGone(runner.pid));
});

t.test('a benchmark that broke is a crash with its words', async (t) => {
  const { runner } = await started(t, 'fails');
  t.same(await runner.ended, {
    status: 'crashed',
    message: 'the runner ended with exit code 0: Error: the plan cannot be read',
    exitCode: 0,
    signal: undefined,
  });
});

t.test('a crash at the start is told with the words of its stderr', async (t) => {
  const { runner, logged } = await started(t, 'crashes-at-start');
  const end = await runner.ended;
  t.match(end, {
    status: 'crashed',
    exitCode: 1,
    message: /^the runner ended with exit code 1: (.|\n)*no such module/,
  });
  t.ok(logged.some((entry) => entry['runner'] === runner.pid && String(entry['msg']).includes('no such module')));
});

t.test('a crash in the middle is told with the last words of its stderr', async (t) => {
  const { runner, lines, logged } = await started(t, 'crashes-midway');
  const end = await runner.ended;
  t.same(lines, ['begun']);
  t.match({ ...end }, { status: 'crashed', exitCode: 3, signal: undefined });
  const message = end.status === 'crashed' ? end.message : '';
  t.ok(message.startsWith('the runner ended with exit code 3: word 12\n'), message);
  t.ok(message.endsWith('word 30\nCUDA error: device lost'));
  t.equal(logged.length, 31, 'the log has all of them');
  t.match(logged[0], { level: 'warn', msg: 'word 1', runner: runner.pid });
});

t.test('a runner ended by a signal is a crash that names it', async (t) => {
  const { runner } = await started(t, 'aborts');
  t.same(await runner.ended, {
    status: 'crashed',
    message: 'the runner ended with SIGSEGV',
    exitCode: undefined,
    signal: 'SIGSEGV',
  });
  t.same(await runner.exited, { exitCode: undefined, signal: 'SIGSEGV' });
});

t.test('ending well without having finished is a crash', async (t) => {
  const { runner } = await started(t, 'quits-silently');
  t.match(
    { ...(await runner.ended) },
    { status: 'crashed', message: 'the runner ended with exit code 0', exitCode: 0 },
  );
});

t.test('a program that is not there is a crash', async (t) => {
  const { runner } = await started(t, 'no-such-program');
  t.match(await runner.ended, { status: 'crashed', exitCode: 1, message: /no-such-program/ });
});

t.test('a runner that does not speak the protocol is ended, and what it says afterwards counts no more', async (t) => {
  const { runner, logged } = await started(t, 'talks-garbage', 50);
  const end = await runner.ended;
  t.match(end, { status: 'crashed', message: /it sent a message that is not of the protocol/ });
  t.match(await runner.exited, { signal: /^SIG(TERM|KILL)$/ });
  t.equal(logged.length, 1, 'said once, however often it happens');
  t.match(logged[0], { level: 'error', runner: runner.pid, problems: [{ path: ['atMs'] }, {}] });
});

t.test('a message that cannot be read may have been a result: such a run has not finished', async (t) => {
  const { runner, lines } = await started(t, 'finishes-after-garbage');
  t.match(await runner.ended, { status: 'crashed', message: /not of the protocol/ });
  t.same(lines, ['one']);
});

t.test('a runner that obeys is cancelled by asking, and asked once', async (t) => {
  const { runner, lines, told } = await started(t, 'obeys');
  await told('begun');
  runner.cancel();
  runner.cancel();
  t.same(await runner.ended, { status: 'cancelled' });
  t.same(await runner.exited, { exitCode: 0, signal: undefined });
  t.same(lines, ['begun', 'told to stop 1 times']);
  t.doesNotThrow(() => runner.cancel(), 'and once more when it is gone');
});

t.test('a cancel before the runner is ready is not lost', async (t) => {
  const { runner } = await started(t, 'obeys');
  runner.cancel();
  t.same(await runner.ended, { status: 'cancelled' });
  t.same(await runner.exited, { exitCode: 0, signal: undefined });
});

t.test('a runner that does not listen is ended by SIGTERM', async (t) => {
  const { runner, told } = await started(t, 'ignores-cancel', 40);
  await told('begun');
  runner.cancel();
  t.same(await runner.ended, { status: 'cancelled' });
  t.match({ ...(await runner.exited) }, { exitCode: undefined, signal: /^SIG(TERM|KILL)$/ });
  t.ok(isGone(runner.pid));
});

t.test('one that ignores SIGTERM, or is wedged in a loop, is ended by SIGKILL', async (t) => {
  for (const program of ['ignores-sigterm', 'wedged']) {
    const { runner, told } = await started(t, program, 40);
    await told('begun');
    runner.cancel();
    t.same(await runner.ended, { status: 'cancelled' }, program);
    t.same(await runner.exited, { exitCode: undefined, signal: 'SIGKILL' });
    t.ok(isGone(runner.pid));
  }
});

t.test('a cancelled runner is cancelled, however it ends', async (t) => {
  const { runner, told } = await started(t, 'ignores-cancel');
  await told('begun');
  runner.cancel();
  process.kill(runner.pid ?? 0, 'SIGKILL');
  t.same(await runner.ended, { status: 'cancelled' });
});

t.test('a process that was started ahead gets its assignment when that is known', async (t) => {
  const early = await started(t, forkRunner(pathOf('finishes')));
  t.same(await early.runner.ended, { status: 'finished' });
  t.same(early.lines, ['one', 'two']);
  const ahead = forkRunner(pathOf('waits-loudly'));
  // By then it has said that it is ready, to nobody.
  await new Promise((resolve) => ahead.child.stderr?.once('data', resolve));
  const late = await started(t, ahead);
  t.equal(late.runner.pid, ahead.child.pid);
  t.same(await late.runner.ended, { status: 'finished' });
  t.same(late.lines, ['one']);
});

t.test('a process that died before its work was known is a crash', async (t) => {
  const ahead = forkRunner(pathOf('crashes-at-start'));
  await ahead.closed;
  const { runner } = await started(t, ahead);
  t.match(await runner.ended, { status: 'crashed', exitCode: 1, message: /^the runner ended with exit code 1/ });
});

t.test('what a process said before it died is told, though it died before its work was known', async (t) => {
  const ahead = forkRunner(pathOf('says-a-word-and-dies'));
  await ahead.closed;
  const { runner, lines } = await started(t, ahead);
  t.match(await runner.ended, { status: 'crashed', signal: 'SIGKILL' });
  t.same(lines, ['here']);
});

t.test('a process that is not needed is ended at once', async (t) => {
  const ahead = forkRunner(pathOf('ignores-sigterm'));
  discardRunner(ahead);
  t.same(await ahead.exited, { exitCode: undefined, signal: 'SIGKILL' });
  t.ok(isGone(ahead.child.pid));
  t.doesNotThrow(() => discardRunner(ahead), 'twice');
});

t.test('further authorities are read by a runner that speaks TLS, and by no other', async (t) => {
  const program = pathOf('says-whom-it-trusts');
  const authorities = fileURLToPath(new URL('../fixtures/runner-programs', import.meta.url));
  const start = { program, environment: { ...process.env, NODE_EXTRA_CA_CERTS: authorities } };
  const plain = forkRunnerAhead(start);
  t.equal(runnerFor('http://127.0.0.1:9', plain, start), plain);
  const inPlain = await started(t, plain);
  t.same(await inPlain.runner.ended, { status: 'finished' });
  t.same(inPlain.lines, ['nobody else']);
  const ahead = forkRunnerAhead(start);
  const overTls = await started(t, runnerFor('https://127.0.0.1:9', ahead, start));
  t.same(await overTls.runner.ended, { status: 'finished' });
  t.same(overTls.lines, [authorities]);
  t.match(await ahead.exited, { signal: 'SIGKILL' }, 'the other one is not left over');
});

t.test("without further authorities a runner that was started ahead is any server's", async (t) => {
  const start = { program: pathOf('finishes'), environment: { ...process.env, NODE_EXTRA_CA_CERTS: undefined } };
  const ahead = forkRunnerAhead(start);
  t.equal(runnerFor('https://127.0.0.1:9', ahead, start), ahead);
  const { runner } = await started(t, ahead);
  t.same(await runner.ended, { status: 'finished' });
});
