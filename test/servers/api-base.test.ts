import t from 'tap';
import { looksLikeUrl, mayHoldSecret, parseApiBase, refuseSecretIn } from '../../src/servers/api-base.js';

t.test('reduces what people write to the bare base', async (t) => {
  const written = {
    'http://localhost:8080': 'http://localhost:8080',
    'http://localhost:8080/': 'http://localhost:8080',
    'http://localhost:8080/v1': 'http://localhost:8080',
    'http://localhost:8080/v1/': 'http://localhost:8080',
    'http://localhost:8080/v1/models': 'http://localhost:8080',
    'http://localhost:8080/v1/chat/completions': 'http://localhost:8080',
    ' HTTPS://Example.org/llm/v1/ ': 'https://example.org/llm',
    'http://example.org/v1beta': 'http://example.org/v1beta',
    'localhost:8080': 'http://localhost:8080',
    '10.0.0.5:8000/v1': 'http://10.0.0.5:8000',
    'http://[::1]:8080/v1': 'http://[::1]:8080',
  };
  for (const [input, base] of Object.entries(written)) t.equal(parseApiBase(input), base, input);
});

t.test('refuses what is no base, says what is wrong and shows one that works', async (t) => {
  const wrong = {
    'http://': 'cannot be read',
    'http://host:99999': 'cannot be read',
    'ftp://host/x': 'scheme ftp:',
    'http://host:80/?key=1': 'query',
    'http://host:80/#top': 'fragment',
  };
  for (const [input, reason] of Object.entries(wrong)) {
    t.throws(
      () => parseApiBase(input),
      { code: 'bad_url', message: new RegExp(`${reason}.*http://localhost:8080`) },
      input,
    );
  }
});

t.test('a password in a URL is refused without being repeated', async (t) => {
  try {
    parseApiBase('http://user:hunter2@host:8080');
    t.fail('was accepted');
  } catch (error) {
    t.match(error, { code: 'bad_url', message: /api_key/ });
    t.notMatch(String(error), /hunter2/);
  }
});

t.test('no error repeats what may be a password or a key, however the URL is broken', async (t) => {
  const inputs = [
    'http://me:hunter2/x@host',
    'http://me:h@hunter2@host:99999',
    'ftp://me:hunter2@host',
    'http://h/?k=hunter2',
  ];
  for (const input of inputs) {
    try {
      parseApiBase(input);
      t.fail('was accepted');
    } catch (error) {
      t.match(error, { code: 'bad_url' }, input);
      t.notMatch(String(error), /hunter2/, input);
    }
  }
});

t.test('a target that may hold a password or a key is told from one that does not', async (t) => {
  for (const target of ['http://me:p@host', 'me:p@host:80', 'http://host/v1?key=p', 'https://host#p', 'p@host'])
    t.ok(mayHoldSecret(target), target);
  for (const target of ['workstation', 'http://host:8080/v1', 'localhost:80', '[::1]:8080', 'box.lan'])
    t.notOk(mayHoldSecret(target), target);
  t.throws(() => refuseSecretIn('me:hunter2@host'), { code: 'bad_url', exitCode: 2, message: /targets\[\]\.api_key/ });
  t.throws(() => refuseSecretIn('me:hunter2@host'), { message: /^(?!.*hunter2)/s });
  t.doesNotThrow(() => refuseSecretIn('workstation'));
  t.doesNotThrow(() => refuseSecretIn(undefined));
});

t.test('tells an address from a name', async (t) => {
  for (const url of ['http://x', 'https://x/v1', 'localhost', 'localhost:80', '10.0.0.5:8000/v1', '[::1]:8080']) {
    t.ok(looksLikeUrl(url), url);
  }
  for (const name of ['workstation', 'my-gpu', 'box.lan', 'a b:80']) t.notOk(looksLikeUrl(name), name);
});
