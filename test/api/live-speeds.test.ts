import t from 'tap';
import { type LiveSpeed, LiveSpeeds } from '../../src/api/live-speeds.js';

t.test('passes on the speed of one job to those who watch it', async (t) => {
  const speeds = new LiveSpeeds();
  const heard: LiveSpeed[] = [];
  const end = speeds.subscribe('a3f1c820', (speed) => heard.push(speed));
  const live = { type: 'live', testId: 'long_gen', chunks: 41, chunksPerSecond: 82 } as const;
  speeds.onEvent('a3f1c820', live);
  speeds.onEvent('00000000', live);
  speeds.onEvent('a3f1c820', { type: 'log', line: 'no speed' });
  end();
  speeds.onEvent('a3f1c820', live);
  t.same(heard, [{ test_id: 'long_gen', chunks: 41, chunks_per_second: 82 }]);
});
