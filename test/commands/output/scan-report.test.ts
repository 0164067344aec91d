import t from 'tap';
import { scanReport } from '../../../src/commands/output/scan-report.js';
import type { HardwareProfile } from '../../../src/hardware/inventory/profile.js';
import type { FailedTarget, FoundServer } from '../../../src/servers/survey.js';

const profile: HardwareProfile = {
  machine_id: '233e32e1e4f87278645d05b94db0ece9',
  read_at: '2026-11-21T14:30:45.123Z',
  cpu: { name: 'AMD Ryzen 9 7950X', vendor: 'AuthenticAMD', physical_cores: 16, logical_cores: 32, max_clock_ghz: 5.9 },
  ram: { total_bytes: 67_430_000_000, total_gb: 62.8, type: 'DDR5', speed_mts: 5600 },
  gpus: [],
  os: { platform: 'linux', distro: 'Debian GNU/Linux', release: '12', kernel: '6.1.0', arch: 'x64' },
  warnings: [],
};
const gpu: HardwareProfile['gpus'][number] = {
  index: 0,
  name: 'NVIDIA GeForce RTX 4090',
  vendor: 'nvidia',
  memory: 'dedicated',
  vram_total_bytes: 25_757_220_864,
  vram_gb: 24,
  driver: 'nvidia',
  driver_version: '550.54',
  uuid: 'GPU-1',
  pci_bus: '0000:01:00.0',
};
const found: FoundServer = {
  state: 'found',
  target: 'mine',
  kind: 'llama.cpp',
  name: 'llama.cpp (llama-server)',
  version: 'b9310',
  api_base: 'http://localhost:8080',
  models: [
    { id: 'hermes', loaded: true },
    { id: 'asleep', loaded: false },
  ],
  context_length: 32_768,
  busy: false,
  busy_unknown: null,
  no_model: null,
  asleep: false,
};
const failed: FailedTarget = {
  state: 'failed',
  target: 'gone',
  api_base: 'http://localhost:9',
  error: 'unreachable',
  error_detail: 'Cannot reach http://localhost:9.',
};

t.test('shows machine, servers and what could not be reached', async (t) => {
  const report = scanReport({ ...profile, gpus: [gpu] }, { servers: [found, failed], tried: [] });
  t.equal(
    report,
    [
      'CPU      AMD Ryzen 9 7950X, 16 cores, 32 threads',
      'RAM      62.8 GiB DDR5',
      'GPU 0    NVIDIA GeForce RTX 4090, 24 GiB, driver 550.54',
      'OS       Debian GNU/Linux 12 x64',
      'Machine  233e32e1e4f87278645d05b94db0ece9',
      '',
      'TARGET  SERVER                          URL                    MODEL   CONTEXT  STATE',
      'mine    llama.cpp (llama-server) b9310  http://localhost:8080  hermes  32,768   idle',
      'gone    –                               http://localhost:9     –       –        unreachable',
      '',
      '✗ Cannot reach http://localhost:9.',
    ].join('\n'),
  );
});

t.test('lists what was tried where nothing answers, and what the profile warns of', async (t) => {
  const report = scanReport(
    { ...profile, warnings: ['nvidia-smi is silent.'] },
    { servers: [], tried: ['http://a:1'] },
  );
  t.match(report, 'GPU      none');
  t.match(report, 'No LLM server detected. Tried:\n  http://a:1\n\n! nvidia-smi is silent.');
});

t.test('shows a dash, not a zero, for what is unknown', async (t) => {
  const unknown: HardwareProfile = {
    ...profile,
    cpu: { name: null, vendor: null, physical_cores: null, logical_cores: null, max_clock_ghz: null },
    ram: { total_bytes: null, total_gb: null, type: null, speed_mts: null },
    gpus: [{ ...gpu, vram_gb: null, driver_version: null }],
    os: { platform: 'linux', distro: null, release: null, kernel: null, arch: null },
  };
  const silent: FoundServer = {
    ...found,
    ...{ target: null, version: null, models: [], context_length: null, busy: null },
    busy_unknown: 'it says nothing',
  };
  const report = scanReport(unknown, { servers: [silent], tried: [] });
  t.match(report, 'CPU      –\nRAM      –\nGPU 0    NVIDIA GeForce RTX 4090\nOS       linux\n');
  t.match(report, '–       llama.cpp (llama-server)  http://localhost:8080  –      –        unknown');
  t.match(report, '? Cannot tell whether somebody uses http://localhost:8080: it says nothing.');
  const sleeping = { ...found, busy: false, asleep: true };
  t.match(scanReport(profile, { servers: [sleeping], tried: [] }), /32,768 +asleep/);
  t.notMatch(report, /\b0\b(?! {3})/);
});

t.test('counts the models beyond the first and tells when none is loaded', async (t) => {
  const listed = { ...found, busy: true, models: [1, 2, 3].map((n) => ({ id: `model-${n}`, loaded: null })) };
  t.match(scanReport(profile, { servers: [listed], tried: [] }), /model-1 and 2 more +32,768 +busy/);
  const asleep = { ...found, models: [{ id: 'asleep', loaded: false }] };
  t.match(scanReport(profile, { servers: [asleep], tried: [] }), 'none loaded');
  const idle = { ...asleep, no_model: 'It has asleep, not loaded.' };
  t.notMatch(scanReport(profile, { servers: [idle], tried: [] }), 'not loaded', 'which the table says already');
  const open = { ...listed, no_model: 'It has model-1, model-2. Name one.' };
  t.match(scanReport(profile, { servers: [open], tried: [] }), /\n\n! It has model-1, model-2\. Name one\.$/);
  const shared = { ...gpu, memory: 'unified' as const, vram_gb: 48 };
  t.match(scanReport({ ...profile, gpus: [shared] }, { servers: [], tried: [] }), '48 GiB shared');
});
