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

t.test('leaves an escaped variable and everything that is none', async (t) => {
  t.same(parseConfigDocument('a: $${X} $X ${not a name} $5\n', { X: 'x' }).value, { a: '${X} $X ${not a name} $5' });
});

t.test('names every missing variable with path and line', async (t) => {
  const text = 'a:\n  - b: ${ONE}\n  - ${TWO}\nc: ${ONE}\n';
  t.throws(() => parseConfigDocument(text, {}), {
    code: 'config_invalid',
    problems: [
      { path: 'a[0].b', line: 2, expected: 'the environment variable ONE to be set' },
      { path: 'a[1]', line: 3, expected: 'the environment variable TWO to be set' },
      { path: 'c', line: 4, expected: 'the environment variable ONE to be set' },
    ],
  });
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
