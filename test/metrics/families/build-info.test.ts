import t from 'tap';
import { metricsBench, SOON_AFTER } from '../../fixtures/metrics-bench.js';

t.test('the build and the machine say what they are', async (t) => {
  const { metrics, read } = metricsBench(t);
  t.match(await read('typhon_build_info'), [{ labels: { version: '1.2.3', node_version: process.version }, value: 1 }]);
  t.same(await read('typhon_machine_info'), [], 'not read yet');
  const cpu = { name: 'AMD Ryzen 9 5950X', vendor: null, physical_cores: 16, logical_cores: 32, max_clock_ghz: null };
  const ram = { total_bytes: null, total_gb: null, type: null, speed_mts: null };
  const os = { platform: 'linux', distro: 'Debian', release: '12', kernel: null, arch: 'x64' };
  metrics.observeMachine({ machine_id: '5f0c', cpu, ram, os, gpus: [] });
  t.match(await read('typhon_machine_info'), [
    {
      labels: { machine_id: '5f0c', cpu: 'AMD Ryzen 9 5950X', gpu: '', os: 'Debian 12', kernel: '', arch: 'x64' },
      value: 1,
    },
  ]);
});

t.test('a configuration that is refused shows, and when that in force was read', async (t) => {
  const { metrics, value, world } = metricsBench(t);
  const startedAt = Date.parse(SOON_AFTER) / 1000;
  t.equal(await value('typhon_config_last_reload_successful'), 1);
  world.now = new Date((startedAt + 60) * 1000);
  metrics.observeReload(false);
  t.equal(await value('typhon_config_last_reload_successful'), 0);
  t.equal(await value('typhon_config_last_reload_success_timestamp_seconds'), startedAt);
  metrics.observeReload(true);
  t.equal(await value('typhon_config_last_reload_successful'), 1);
  t.equal(await value('typhon_config_last_reload_success_timestamp_seconds'), startedAt + 60);
});
