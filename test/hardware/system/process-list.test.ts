import t from 'tap';
import { listPids, seesHostProcesses, withDescendants } from '../../../src/hardware/system/process-list.js';

t.test('processes are the numbered folders', async (t) => {
  const root = t.testdir({ proc: { 1: {}, 42: {}, self: {}, cpuinfo: '' } });
  t.same([...(await listPids(root))].sort(), [1, 42]);
  t.same(await listPids(t.testdir({})), []);
});

t.test("the whole machine is in sight where the kernel's own thread is", async (t) => {
  t.equal(await seesHostProcesses(t.testdir({ proc: { 2: { comm: 'kthreadd\n' } } })), true);
  t.equal(await seesHostProcesses(t.testdir({ proc: { 2: { comm: 'node\n' } } })), false);
  t.equal(await seesHostProcesses(t.testdir({})), false);
});

t.test('descendants are found however deep, in whatever order, under whatever names', async (t) => {
  const root = t.testdir({
    proc: {
      10: { stat: '10 (ollama) S 1 10 10 0\n' },
      30: { stat: '30 (runner) R 20 10 10 0\n' },
      20: { stat: '20 (a) S 7 (b) S 10 10 10 0\n' },
      40: { stat: '40 (other) S 1 40 40 0\n' },
      50: {},
    },
  });
  t.same([...(await withDescendants(root, [10]))].sort(), [10, 20, 30]);
  t.same(await withDescendants(root, []), []);
});
