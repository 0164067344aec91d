import t from 'tap';
import { visibleText } from '../../../src/shared/text/visible-text.js';

t.test('leaves what people read as it is', async (t) => {
  for (const text of ['', 'Qwen3-30B „größer“ 模型 🚀', 'a\tb\nc\r\nd', 'path\\u001b as it stands', 'שלום']) {
    t.equal(visibleText(text), text);
  }
});

t.test('shows what would steer a terminal, and JSON reads it as it was', async (t) => {
  const hostile: Record<string, string> = {
    'a\u001b[2Jb': 'a\\u001b[2Jb',
    'a\rb': 'a\\u000db',
    '\u0000\u0007\u0008\u007f': '\\u0000\\u0007\\u0008\\u007f',
    'a\u009b2J': 'a\\u009b2J',
    'a\u202egnp.exe': 'a\\u202egnp.exe',
    '\u2028\u2066\u2069\u200f': '\\u2028\\u2066\\u2069\\u200f',
  };
  for (const [text, visible] of Object.entries(hostile)) {
    t.equal(visibleText(text), visible);
    t.equal(JSON.parse(`"${visible}"`), text);
  }
});
