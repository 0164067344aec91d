import t from 'tap';
import { statusSchema } from '../../../src/api/routes/status.js';
import { blankSample } from '../../../src/hardware/gpu-sample.js';
import type { TargetState } from '../../../src/metrics/target-prober.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { NONE } from '../../fixtures/none.js';

async function statusOf(url: string) {
  return statusSchema.parse(await (await fetch(`${url}/status`)).json());
}

t.test('an agent at rest', async (t) => {
  const { url } = await apiBench(t);
  t.match(await statusOf(url), {
    version: '1.2.3',
    page_build: null,
    host_name: 'studio',
    running: null,
    waiting: NONE,
    runner: null,
    targets: NONE,
    gpus: NONE,
    cpu: null,
  });
});

t.test('jobs, targets and readings as they are', async (t) => {
  const labels = {};
  const server = {
    kind: 'llama.cpp',
    version: undefined,
    model: 'hermes',
    contextLength: 8192,
    busy: 'unknown',
  } as const;
  const targets: TargetState[] = [
    { name: 'local', labels, state: 'up', server },
    { name: 'attic', labels, state: 'down' },
    { name: 'empty', labels, state: 'no_model', detail: 'It has a, b. Name one.' },
    { name: 'cellar', labels, state: 'up', server: { ...server, kind: 'of tomorrow', contextLength: undefined } },
  ];
  const { url, queue, begin } = await apiBench(t, {
    services: {
      look: () => ({
        targets,
        gpus: [{ ...blankSample('nvidia', 0, 0), tempC: 71 }],
        gpuHealth: {
          collectors: [
            {
              vendor: 'nvidia',
              isUp: true,
              lastSuccess: new Date('2026-11-21T14:40:00.000Z'),
              failures: 1,
              problem: undefined,
            },
          ],
          expected: 2,
          seen: 1,
          problems: ['GPU 1 no longer answers.'],
        },
        host: { atMs: 0, energyJ: undefined, powerW: 35, tempC: undefined, utilRatio: 0.25 },
      }),
    },
  });
  const running = await queue.submit({ mode: 'quick', trigger: 'api' }, 'reject');
  const waiting = await queue.submit({ mode: 'full', trigger: 'api' }, 'queue');
  await begin(0);
  const status = await statusOf(url);
  t.equal(status.running?.job_id, running.job_id);
  t.same(
    status.waiting.map(({ job_id: id }) => id),
    [waiting.job_id],
  );
  t.match(status.targets, [
    {
      name: 'local',
      configured: false,
      state: 'up',
      server_kind: 'llama.cpp',
      server_version: null,
      model: 'hermes',
      no_model: null,
      context_length: 8192,
      asleep: false,
      busy: 'unknown',
    },
    { name: 'attic', state: 'down', server_kind: null, model: null, no_model: null },
    { name: 'empty', state: 'up', server_kind: null, model: null, no_model: 'It has a, b. Name one.' },
    { name: 'cellar', state: 'up', server_kind: null, context_length: null },
  ]);
  t.match(status.gpus, [{ index: 0, uuid: null, memory: 'dedicated', temp_c: 71, power_w: null }]);
  t.same(status.gpu_health, {
    collectors: [{ vendor: 'nvidia', up: true, last_success: '2026-11-21T14:40:00.000Z', failures: 1 }],
    expected: 2,
    seen: 1,
    problems: ['GPU 1 no longer answers.'],
  });
  t.match(status.cpu, { power_w: 35, util_pct: 25, temp_c: null });
});
