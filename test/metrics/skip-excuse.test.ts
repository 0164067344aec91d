import t from 'tap';
import { excusingSkipReasons } from '../../src/metrics/skip-excuse.js';

t.test('what shows that a job hangs excuses nothing, what is on purpose or cannot be helped does', async (t) => {
  for (const symptom of ['still_waiting', 'queue_full'] as const)
    t.notOk(excusingSkipReasons.includes(symptom), symptom);
  for (const excuse of ['server_busy', 'gpu_busy', 'server_asleep', 'paused', 'late'] as const)
    t.ok(excusingSkipReasons.includes(excuse), excuse);
});
