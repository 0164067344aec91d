import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { forkPlainly } from '../fixtures/plain-process.js';
import { startTyphon } from '../fixtures/typhon-process.js';

const PAIRS = 6;
const NO_DIFFERENCE = /^Verdict: no difference$/m;

/** Forks a program of the fixtures; resolves with its first message. */
async function started(t: Test, program: string, args: readonly string[]) {
  const child = forkPlainly(fileURLToPath(new URL(`../fixtures/${program}.ts`, import.meta.url)), args);
  t.teardown(() => ended(child));
  const [message] = await once(child, 'message');
  return { child, pid: child.pid ?? 0, message: String(message) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exit;
}

t.test('two runs of one server do not differ, a throttled one is worse', async (t) => {
  const storage = t.testdir({});
  const server = await started(t, 'reference-server-process', [join(storage, 'reference')]);
  const typhon = async (...args: readonly string[]) => startTyphon(t, [...args, '--storage.path', storage]).ended();
  // What is compared is plain after few runs of each test.
  const config = join(storage, 'typhon.yaml');
  writeFileSync(config, 'benchmark: { extra_time: 20s }\n');
  const run = async () => {
    const end = await typhon('run', '--mode', 'quick', '--target', server.message, '--config.file', config);
    t.equal(end.code, 0, end.stderr);
    t.comment(end.stdout);
  };

  // Other tests share the cores, and one that begins between two runs makes a difference that is real.
  await run();
  let honest = '';
  for (let pair = 0; pair < PAIRS && !NO_DIFFERENCE.test(honest); pair += 1) {
    await run();
    const end = await typhon('compare', 'previous', 'last');
    honest = end.stdout;
    t.equal(end.code, /^Verdict: worse$/m.test(honest) ? 3 : 0);
  }
  t.match(honest, NO_DIFFERENCE);

  // A fifth of its speed: more than what two crowded cores do to a run.
  const throttle = await started(t, 'throttle-process', [String(server.pid), '0.8']);
  await run();
  await ended(throttle.child);
  const throttled = await typhon('compare', 'previous', 'last');
  t.match(throttled.stdout, /^Verdict: worse$/m);
  t.equal(throttled.code, 3);

  const answer = await typhon('ask', 'How fast is it?');
  t.equal(answer.code, 0, answer.stderr);
  t.ok(answer.stdout.trim().length > 0, 'the server that was measured answers');
});
