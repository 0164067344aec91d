import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';

const tool = resolve('tools/count-tests.mjs');

function count(path: string): { line: string; status: number | null } {
  const { stdout, status } = spawnSync(process.execPath, [tool, path], { encoding: 'utf8' });
  return { line: stdout, status };
}

function results(t: Test, tap: string): string {
  return join(t.testdir({ 'results.tap': tap }), 'results.tap');
}

t.test('counts the tests of every file and neither assertions nor files', (t) => {
  const tap = [
    'TAP version 14',
    '# Subtest: test/a.test.ts',
    '    # Subtest: one',
    '        ok 1 - should be equal',
    '        ok 2 - should be equal',
    '        1..2',
    '    ok 1 - one # time=9.772ms',
    '    ok 2 - two',
    '    1..2',
    'ok 1 - test/a.test.ts # time=48.09ms',
    '# Subtest: test/b.test.ts',
    '    ok 1 - three',
    'ok 2 - test/b.test.ts # time=48.09ms',
    '1..2',
  ];
  t.same(count(results(t, tap.join('\n'))), { line: '3 passed, 0 failed\n', status: 0 });
  t.end();
});

t.test('leaves out what was skipped', (t) => {
  // The two directives of TAP 14, by which it tells of a test that was left out: input of the counter, no work left here.
  const tap = ['    ok 1 - one', '    ok 2 - two # SKIP no GPU', '    ok 3 - later # TODO', 'ok 1 - test/a.test.ts'];
  t.same(count(results(t, tap.join('\n'))), { line: '1 passed, 0 failed\n', status: 0 });
  t.end();
});

t.test('counts a failed test once, not its file as well', (t) => {
  const tap = ['    ok 1 - one', '        not ok 1 - inner', '    not ok 2 - two', 'not ok 1 - test/a.test.ts'];
  t.same(count(results(t, tap.join('\n'))), { line: '1 passed, 1 failed\n', status: 1 });
  t.end();
});

t.test('counts a file that could not be loaded as one failed test', (t) => {
  const tap = ['    ok 1 - one', 'ok 1 - test/a.test.ts', 'not ok 2 - test/b.test.ts # time=1ms'];
  t.same(count(results(t, tap.join('\n'))), { line: '1 passed, 1 failed\n', status: 1 });
  t.end();
});

t.test('keeps the failures of a run that was cut off', (t) => {
  const tap = ['    ok 1 - one', '    not ok 2 - two'];
  t.same(count(results(t, tap.join('\n'))), { line: '1 passed, 1 failed\n', status: 1 });
  t.end();
});

t.test('does not call a run without results a success', (t) => {
  t.same(count(join(t.testdir(), 'absent.tap')), { line: '0 passed, 1 failed\n', status: 1 });
  t.end();
});
