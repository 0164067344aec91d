import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';

const reporter = pathToFileURL(resolve('tools/test-reporter.mjs')).href;
const program = `import Reporter from '${reporter}'; process.stdin.pipe(new Reporter()).pipe(process.stdout);`;

function reported(t: Test, tap: readonly string[]): { output: string; kept: string } {
  const cwd = t.testdir({});
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', input: `${tap.join('\n')}\n` });
  return { output: stdout, kept: readFileSync(join(cwd, '.tap/results.tap'), 'utf8') };
}

t.test('prints one line for a file that passed', async (t) => {
  const { output } = reported(t, [
    'TAP version 14',
    '# Subtest: test/a.test.ts',
    '    # Subtest: one',
    '        ok 1 - should be equal',
    '    ok 1 - one # time=9.772ms',
    '    ok 2 - two # SKIP no GPU',
    'ok 1 - test/a.test.ts # time=1248.09ms',
  ]);
  t.equal(output, 'ok     test/a.test.ts (2 tests, 1.2 s)\n');
});

t.test('prints all of a failed test, and nothing of those that passed beside it', async (t) => {
  const failed = [
    '    # Subtest: two',
    '        not ok 1 - inner',
    '          ---',
    '          diff: here',
    '          ...',
    '    not ok 2 - two',
    '      ---',
    '      at: there',
    '      ...',
  ];
  const { output } = reported(t, [
    '    # Subtest: one',
    '    ok 1 - one',
    ...failed,
    '    ok 3 - three',
    'not ok 1 - test/a.test.ts',
  ]);
  t.equal(output, `${failed.join('\n')}\nFAILED test/a.test.ts (3 tests, 0.0 s)\n`);
});

t.test('prints failures that follow each other once each', async (t) => {
  const failed = ['    not ok 1 - one', '      ---', '      ...', '    not ok 2 - two', '      ---', '      ...'];
  const { output } = reported(t, [...failed, 'not ok 1 - test/a.test.ts']);
  t.equal(output, `${failed.join('\n')}\nFAILED test/a.test.ts (2 tests, 0.0 s)\n`);
});

t.test('keeps the raw results', async (t) => {
  const tap = ['TAP version 14', '    ok 1 - one', 'ok 1 - test/a.test.ts'];
  t.equal(reported(t, tap).kept, `${tap.join('\n')}\n`);
});
