import t from 'tap';
import { ollamaHost } from '../../../../src/servers/kinds/ollama/ollama-host.js';

// As envconfig/config_test.go of ollama/ollama has them, with what a client connects to.
const read: Readonly<Record<string, string | undefined>> = {
  '1.2.3.4': 'http://1.2.3.4:11434',
  ':1234': 'http://127.0.0.1:1234',
  '1.2.3.4:': 'http://1.2.3.4:11434',
  'example.com': 'http://example.com:11434',
  'example.com:56789': 'http://example.com:56789',
  'http://1.2.3.4': 'http://1.2.3.4:80',
  'https://1.2.3.4': 'https://1.2.3.4:443',
  'https://1.2.3.4:56789': 'https://1.2.3.4:56789',
  'example.com/ollama': 'http://example.com:11434/ollama',
  'https://example.com:56789/ollama/': 'https://example.com:56789/ollama',
  'example.com:99999': 'http://example.com:11434',
  'example.com:-1': 'http://example.com:11434',
  '[::1]': 'http://[::1]:11434',
  '[::1]:1337': 'http://[::1]:1337',
  '::1': 'http://[::1]:11434',
  '0.0.0.0': 'http://127.0.0.1:11434',
  '0.0.0.0:8080': 'http://127.0.0.1:8080',
  '[::]:8080': 'http://[::1]:8080',
  ' "127.0.0.1:4321" ': 'http://127.0.0.1:4321',
  "'localhost'": 'http://localhost:11434',
  '127.0.0.1:0': undefined,
  'unix:///run/ollama.sock': undefined,
  'bad host': undefined,
  '': undefined,
};

t.test('reads every form that Ollama does', async (t) => {
  for (const [value, base] of Object.entries(read)) t.equal(ollamaHost(value), base, `'${value}'`);
  t.equal(ollamaHost(undefined), undefined);
});
