import t from 'tap';
import { createLogger, type LoggerOptions } from '../src/logger.js';

async function loggerWith(options: Partial<LoggerOptions>) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  return { logger: await createLogger({ level: 'info', format: 'json', destination, ...options }), lines };
}

t.test('writes one JSON object a line, with a level in words and an RFC 3339 time', async (t) => {
  const { logger, lines } = await loggerWith({});
  logger.info({ runner_id: 'a3' }, 'started');
  const line = lines[0] ?? '';
  t.ok(line.endsWith('\n'));
  t.match(JSON.parse(line), { level: 'info', time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, runner_id: 'a3', msg: 'started' });
});

t.test('writes nothing below its level', async (t) => {
  const { logger, lines } = await loggerWith({ level: 'warn' });
  logger.info('no');
  logger.warn('yes');
  t.equal(lines.length, 1);
});

t.test('writes for people, with or without colours', async (t) => {
  const plain = await loggerWith({ format: 'pretty' });
  plain.logger.warn({ target: 'mine' }, 'slow');
  t.match(plain.lines.join(''), /^\[[\d:.]+\] WARN: slow\n {4}target: "mine"\n$/);
  const coloured = await loggerWith({ format: 'pretty', colour: true });
  coloured.logger.warn('slow');
  t.match(coloured.lines.join(''), '\u001b[');
});

t.test('blots out keys and tokens, however deep a configuration hides them', async (t) => {
  for (const format of ['json', 'pretty'] as const) {
    const { logger, lines } = await loggerWith({ format });
    logger.info({ apiKey: 'hunter2', headers: { authorization: 'Bearer hunter2' } }, 'one');
    logger.info(
      { config: { targets: [{ name: 'a', apiKey: 'hunter2' }], web: { auth: { token: 'hunter2' } } } },
      'two',
    );
    logger.child({ server: { bearer_token: 'hunter2' } }).error({ api_key: 'hunter2' }, 'three');
    const channel = { secret: 'hunter2', token: 'hunter2', webhookUrl: 'hunter2', login: { password: 'hunter2' } };
    logger.warn({ channel, notifications: [channel], webhook_url: 'hunter2' }, 'four');
    t.notMatch(lines.join(''), 'hunter2');
    t.match(lines.join(''), '[secret]');
  }
});

t.test('for people, shows what would steer their terminal', async (t) => {
  const { logger, lines } = await loggerWith({ format: 'pretty' });
  logger.warn({ model: 'evil\u001b[2J\u0007\u202egnp.exe\u009b' }, 'from \u001b]0;title\u0007');
  const text = lines.join('');
  t.match(text, 'evil\\u001b[2J');
  t.match(text, 'from \\u001b]0;title\\u0007');
  for (const character of ['\u001b', '\u0007', '\u009b', '\u202e']) t.notMatch(text, character);
});

t.test('shows an error with its causes', async (t) => {
  const { logger, lines } = await loggerWith({});
  logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
  t.match(JSON.parse(lines[0] ?? ''), { err: { message: 'outer: inner', stack: /caused by: Error: inner/ } });
});

t.test('tells an error by its words and code, without the bytes of a client that hang on it', async (t) => {
  const { logger, lines } = await loggerWith({ level: 'debug' });
  const error = Object.assign(new Error('Parse Error'), {
    code: 'HPE_INVALID_CHUNK_SIZE',
    rawPacket: Buffer.from('POST / HTTP/1.1\r\nauthorization: Bearer hunter2\r\n\r\nZZZ'),
  });
  logger.debug({ err: error }, 'request failed');
  const { err } = JSON.parse(lines[0] ?? '');
  t.same(Object.keys(err).sort(), ['code', 'message', 'stack', 'type']);
  t.match(err, { type: 'Error', message: 'Parse Error', code: 'HPE_INVALID_CHUNK_SIZE' });
});

t.test('never throws, whatever it is given', async (t) => {
  for (const format of ['json', 'pretty'] as const) {
    const { logger, lines } = await loggerWith({ format });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const trap = {
      get inside(): string {
        throw new Error('not to be read');
      },
    };
    const frozen = Object.freeze({ list: Object.freeze([Object.freeze({ token: 'hunter2' })]) });
    for (const given of [
      circle,
      trap,
      frozen,
      Buffer.from('ZZZ'),
      new Uint8Array(3),
      { token: 1n },
      Object.create(null),
    ]) {
      t.doesNotThrow(() => logger.info({ given }, 'said'));
      t.doesNotThrow(() => logger.info(given, 'said'));
      t.doesNotThrow(() => logger.info({ err: Object.assign(new Error('x'), { given }) }, 'said'));
    }
    t.notMatch(lines.join(''), 'hunter2');
    t.match(lines.join(''), 'a line of the log could not be written: not to be read');
  }
});
