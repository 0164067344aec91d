import t from 'tap';
import { badgeSvg } from '../../../src/api/pictures/badge-svg.js';

t.test('grows with its words, up to a limit', async (t) => {
  const widthOf = (label: string) =>
    Number(/ width="(\d+)"/.exec(badgeSvg({ label, value: 'well', tone: 'good' }))?.[1]);
  t.ok(widthOf('workstation') > widthOf('box'));
  t.equal(widthOf('a'.repeat(1000)), widthOf('a'.repeat(60)));
});

t.test('control characters, which XML refuses, become spaces', async (t) => {
  t.match(badgeSvg({ label: 'a\u0000\nb', value: 'c', tone: 'rest' }), '<title>a b: c</title>');
});

t.test('has another label in the dark', async (t) => {
  t.match(badgeSvg({ label: 'typhon', value: 'slower', tone: 'bad' }), /prefers-color-scheme:dark/);
});
