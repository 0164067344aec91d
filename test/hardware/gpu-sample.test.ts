import t from 'tap';
import { blankSample, isThrottled, throttleKindOf, throttleReasons } from '../../src/hardware/gpu-sample.js';

t.test('a GPU is throttled when one known reason is active, and not when all known ones are not', async (t) => {
  const sample = blankSample('nvidia', 0, 0);
  t.equal(isThrottled({ ...sample, throttle: { sw_power_cap: false, hw_thermal_slowdown: true } }), true);
  t.equal(isThrottled({ ...sample, throttle: { sw_power_cap: false } }), false);
});

t.test('whether a GPU is throttled is unknown where the driver tells no reason', async (t) => {
  t.equal(isThrottled(blankSample('intel', 0, 0)), undefined);
});

t.test('every reason is of heat or of power', async (t) => {
  const thermal = throttleReasons.filter((reason) => throttleKindOf(reason) === 'thermal');
  t.same(thermal, ['hw_thermal_slowdown', 'sw_thermal_slowdown', 'thermal']);
  t.equal(throttleReasons.filter((reason) => throttleKindOf(reason) === 'power').length, throttleReasons.length - 3);
});

t.test('a blank sample claims no figure', async (t) => {
  const { atMs, vendor, index, memoryKind, throttle, throttledMs, ...figures } = blankSample('amd', 3, 12.5);
  t.same({ atMs, vendor, index, memoryKind }, { atMs: 12.5, vendor: 'amd', index: 3, memoryKind: 'dedicated' });
  t.same({ throttle, throttledMs }, { throttle: {}, throttledMs: {} });
  for (const [name, value] of Object.entries(figures)) t.equal(value, undefined, name);
});
