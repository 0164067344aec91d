import t from 'tap';
import { readProcessFacts } from '../../src/runner/process-facts.js';

// As Linux 6.1 writes them, shortened; the name holds what separates fields.
const status = 'Name:\tnode) S 1 (x\nState:\tS (sleeping)\nPPid:\t4242\nVmRSS:\t   61232 kB\nThreads:\t11\n';
const stat = '77 (node) S 1 (x) S 4242 77 77 0 -1 4194304 9000 0 3 0 250 50 0 0 20 0 11 0 123456 700000000 15308';

t.test('reads state, parent, threads, memory and CPU time of a process', async (t) => {
  const root = t.testdir({ proc: { 77: { status, stat } } });
  t.same(await readProcessFacts(77, root), {
    alive: true,
    state: 'S (sleeping)',
    parentPid: 4242,
    threads: 11,
    rssBytes: 61232 * 1024,
    cpuSeconds: 3,
  });
});

t.test('a zombie is not alive, and has no memory that could be told', async (t) => {
  const zombie = 'Name:\tnode\nState:\tZ (zombie)\nPPid:\t4242\nThreads:\t1\n';
  const root = t.testdir({ proc: { 77: { status: zombie, stat } } });
  t.match(await readProcessFacts(77, root), { alive: false, state: 'Z (zombie)', rssBytes: undefined });
});

t.test('without procfs only whether the process takes signals is known', async (t) => {
  const root = t.testdir({});
  const unknown = { state: undefined, parentPid: undefined, threads: undefined, rssBytes: undefined };
  t.same(await readProcessFacts(process.pid, root), { alive: true, ...unknown, cpuSeconds: undefined });
  // Above the largest process id that Linux gives: 2^22.
  t.same(await readProcessFacts(2 ** 22 + 1, root), { alive: false, ...unknown, cpuSeconds: undefined });
});

t.test('a file that says something else tells nothing', async (t) => {
  const root = t.testdir({ proc: { 77: { status: 'VmRSS:\tmuch\n', stat: '77 (node) S' } } });
  t.match(await readProcessFacts(77, root), { alive: true, rssBytes: undefined, cpuSeconds: undefined });
});
