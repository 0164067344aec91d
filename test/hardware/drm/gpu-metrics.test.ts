import t from 'tap';
import { throttleOfGpuMetrics } from '../../../src/hardware/drm/gpu-metrics.js';
import { gpuMetrics13 } from '../../fixtures/sysfs/trees.js';

t.test('each kind of cause has its bits', async (t) => {
  const none = { power_limit: false, current_limit: false, thermal: false };
  t.same(throttleOfGpuMetrics(gpuMetrics13(0n)), none);
  t.same(throttleOfGpuMetrics(gpuMetrics13(1n << 0n)), { ...none, power_limit: true });
  t.same(throttleOfGpuMetrics(gpuMetrics13(1n << 22n)), { ...none, current_limit: true });
  t.same(throttleOfGpuMetrics(gpuMetrics13((1n << 34n) | (1n << 47n))), { ...none, thermal: true });
  t.same(throttleOfGpuMetrics(gpuMetrics13(1n << 56n)), none, 'reliability limits are neither heat nor power');
});

t.test('another layout, a short file and a field that is not filled tell nothing', async (t) => {
  t.same(throttleOfGpuMetrics(undefined), {});
  t.same(throttleOfGpuMetrics(gpuMetrics13(1n, 2)), {});
  t.same(throttleOfGpuMetrics(gpuMetrics13(1n).subarray(0, 119)), {});
  t.same(throttleOfGpuMetrics(gpuMetrics13(0xffff_ffff_ffff_ffffn)), {});
});
