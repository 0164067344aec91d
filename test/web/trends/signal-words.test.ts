import t from 'tap';
import { signalNames, signalText, signalWords } from '../../../src/web/trends/signal-words.js';

t.test('every figure that is judged has words and a unit', async (t) => {
  t.same(Object.fromEntries(signalNames.map((name) => [signalWords[name], signalText(name, 42)])), {
    'Decode speed': '42.0 tokens/s',
    'Prefill speed': '42.0 tokens/s',
    'Time to first token': '42.0 s',
    'Energy per token': '42.0 J',
    'Peak temperature': '42 °C',
    'Model load time': '42.0 s',
  });
});

t.test('what is unknown is no figure', async (t) => {
  for (const name of signalNames) t.match(signalText(name, undefined), /^–/);
});
