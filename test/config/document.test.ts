import t from 'tap';
import { parseConfigDocument } from '../../src/config/document.js';

t.test('takes an empty file as one without any key', async (t) => {
  t.same(parseConfigDocument('', {}).value, {});
  t.same(parseConfigDocument('# nothing\n', {}).value, {});
});

t.test('expands variables in values, several in one and in lists, and not in keys', async (t) => {
  const text = 'a: ${X}-${Y}\nb: ["${X}", {c: "${Y}"}]\n"${X}": 1\nd: ${EMPTY}\n';
  t.same(parseConfigDocument(text, { X: 'x', Y: '${X}', EMPTY: '' }).value, {
    a: 'x-${X}',
    b: ['x', { c: '${X}' }],
    '${X}': 1,
    d: '',
  });
});

t.test('expands variables in flow style, where braces are YAML’s own', async (t) => {
  const text = 'a: { b: ${X}, c: [${X}, p-${X}/$${X}], ${X}: 1, $${X}: 2 } # ${X}\n';
  t.same(parseConfigDocument(text, { X: '{x}' }).value, {
    a: { b: '{x}', c: ['{x}', 'p-{x}/${X}'], '${X}': 1, '$${X}': 2 },
  });
});

t.test('leaves an escaped variable and a dollar sign that begins none', async (t) => {
  t.same(parseConfigDocument('a: $${X} $X $5 $${}\n', { X: 'x' }).value, { a: '${X} $X $5 ${}' });
});

t.test('names every missing variable of one value', async (t) => {
  const { problems } = parseConfigDocument('a: "http://${HOST}:${PORT}"', {});
  t.same(
    problems.map(({ expected }) => expected),
    ['the environment variable HOST to be set', 'the environment variable PORT to be set'],
  );
});

t.test('names every missing variable with path and line, and goes on', async (t) => {
  const text = 'a:\n  - b: ${ONE}\n  - ${TWO}\nc: ${ONE} ${X}\n';
  const { problems, value, lineOf } = parseConfigDocument(text, { X: 'x' });
  const got = 'no such variable';
  t.same(problems, [
    { path: ['a', 0, 'b'], expected: 'the environment variable ONE to be set', got },
    { path: ['a', 1], expected: 'the environment variable TWO to be set', got },
    { path: ['c'], expected: 'the environment variable ONE to be set', got },
  ]);
  t.same(
    problems.map(({ path }) => lineOf(path)),
    [2, 3, 4],
  );
  t.same(value, { a: [{ b: '${ONE}' }, '${TWO}'], c: '${ONE} ${X}' });
});

t.test('knows the defaults and messages of compose files, in block and in flow style', async (t) => {
  const environment = { SET: 'set', EMPTY: '' };
  const expansions: Record<string, string> = {
    '${SET:-other}': 'set',
    '${EMPTY:-other}': 'other',
    '${EMPTY-other}': '',
    '${NONE:-other}': 'other',
    '${NONE-}': '',
    '${NONE:-http://a:1/b, c #d "e" [f]}': 'http://a:1/b, c #d "e" [f]',
    '${SET:?needed}': 'set',
    '${EMPTY?needed}': '',
    '${SET:+given}': 'given',
    '${EMPTY:+given}': '',
    '${EMPTY+given}': 'given',
    'a-${NONE:-b}-$${NONE:-c}': 'a-b-${NONE:-c}',
  };
  for (const [reference, expected] of Object.entries(expansions)) {
    t.same(parseConfigDocument(`a: ${reference}\n`, environment).value, { a: expected }, reference);
    t.same(parseConfigDocument(`{ a: [${reference}] }\n`, environment).value, { a: [expected] }, `[${reference}]`);
  }
  t.match(parseConfigDocument('a: ${NONE:?ask Ann for it}', environment).problems, [
    { expected: 'the environment variable NONE to be set (ask Ann for it)', got: 'no such variable' },
  ]);
  t.match(parseConfigDocument('a: ${EMPTY:?}', environment).problems, [{ got: 'an empty one' }]);
});

t.test('refuses a reference in any other form, whatever it was to mean', async (t) => {
  for (const reference of ['${not a name}', '${}', '${1}', '${X:=y}', '${X:y}', '${X', 'b ${X:-${Y}}', '${X:-é}']) {
    const { problems } = parseConfigDocument(`a: "${reference}"\n`, { X: 'x', Y: 'y' });
    t.match(problems, [{ path: ['a'], expected: /^\$\{NAME\}, / }], reference);
  }
});

t.test('expands a value once however often it is used', async (t) => {
  const { value } = parseConfigDocument('a: &key ${X}\nb: *key\n', { X: '$${Y}' });
  t.same(value, { a: '$${Y}', b: '$${Y}' });
});

t.test('knows the line of keys, list entries and things behind an alias', async (t) => {
  const { lineOf } = parseConfigDocument('a: &shared\n  - x: 1\n    y:\n      2\n\nb: *shared\n', {});
  t.equal(lineOf(['a']), 1);
  t.equal(lineOf(['a', 0, 'x']), 2);
  t.equal(lineOf(['a', 0, 'y']), 3);
  t.equal(lineOf(['b']), 6);
  t.equal(lineOf(['b', 0, 'y']), 3);
});

t.test('gives the line of what is around something absent', async (t) => {
  const { lineOf } = parseConfigDocument('\na:\n  b: 1\n', {});
  t.equal(lineOf(['a', 'c', 'd']), 2);
  t.equal(lineOf(['a', 'b', 'c']), 3);
  t.equal(lineOf(['z']), 2);
  t.equal(parseConfigDocument('', {}).lineOf(['z']), undefined);
});
