import t from 'tap';
import { type FlightEntry, FlightRecorder } from '../../../src/runner/diagnostics/flight-recorder.js';

function entry(event: string): FlightEntry {
  return { at: '2026-11-21T14:30:45.000Z', phase: 'idle', event, detail: null, attrs: {}, taskId: null };
}

t.test('keeps everything up to 128 entries, oldest first', async (t) => {
  const recorder = new FlightRecorder();
  t.same(recorder.entries, []);
  for (let index = 1; index <= 128; index += 1) recorder.record(entry(`event ${index}`));
  t.equal(recorder.entries.length, 128);
  t.equal(recorder.entries[0]?.event, 'event 1');
  t.equal(recorder.entries[127]?.event, 'event 128');
});

t.test('from then on each new entry takes the place of the oldest', async (t) => {
  const recorder = new FlightRecorder();
  for (let index = 1; index <= 1000; index += 1) recorder.record(entry(`event ${index}`));
  t.equal(recorder.entries.length, 128);
  t.equal(recorder.entries[0]?.event, 'event 873');
  t.equal(recorder.entries.at(-1)?.event, 'event 1000');
});
