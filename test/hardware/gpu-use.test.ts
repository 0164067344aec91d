import t from 'tap';
import { blankSample } from '../../src/hardware/gpu-sample.js';
import { gpuUseByOthers } from '../../src/hardware/gpu-use.js';
import { NONE } from '../fixtures/none.js';

const sample = (utilRatio: number | undefined) => ({ ...blankSample('nvidia', 0, 0), utilRatio });
const process = (pid: number, memoryBytes: number | undefined) => ({ pid, name: 'x', memoryBytes });

t.test('the busiest GPU counts, and unknown utilisation stays unknown', async (t) => {
  const use = { processes: undefined, serverPids: undefined };
  t.equal(gpuUseByOthers({ ...use, samples: [sample(0.1), sample(0.7), sample(undefined)] }).utilRatio, 0.7);
  t.equal(gpuUseByOthers({ ...use, samples: [sample(undefined)] }).utilRatio, undefined);
});

t.test("the server's own processes are not others", async (t) => {
  const processes = [process(1, 100), process(2, 30), process(3, 4)];
  t.same(gpuUseByOthers({ samples: [], processes, serverPids: [1] }), {
    utilRatio: undefined,
    memoryBytes: 34,
    processes: [process(2, 30), process(3, 4)],
  });
});

t.test('where the server cannot be told from others nothing is claimed of them', async (t) => {
  t.match(gpuUseByOthers({ samples: [], processes: [process(1, 100)], serverPids: undefined }), {
    memoryBytes: undefined,
    processes: undefined,
  });
});

t.test('nobody on the GPU is nobody else, even so', async (t) => {
  t.match(gpuUseByOthers({ samples: [], processes: [], serverPids: undefined }), { memoryBytes: 0, processes: NONE });
});

t.test('memory of which one part is unknown is unknown', async (t) => {
  const use = gpuUseByOthers({ samples: [], processes: [process(1, 100), process(2, undefined)], serverPids: [] });
  t.equal(use.memoryBytes, undefined);
  t.equal(use.processes?.length, 2);
});
