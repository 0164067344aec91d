import t from 'tap';
import { endingSignals, reloadSignal } from '../../src/commands/signals.js';

t.test('a hang-up reads the configuration again, and on Windows, where the console was closed, ends', async (t) => {
  for (const platform of ['linux', 'darwin'] as const) {
    t.equal(reloadSignal(platform), 'SIGHUP');
    t.notOk(endingSignals(platform).includes('SIGHUP'), platform);
  }
  t.equal(reloadSignal('win32'), undefined);
  t.same(endingSignals('win32'), ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP']);
});
