import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';

const tool = resolve('tools/coverage.mjs');

function report(t: Test, percent: number, loaded: string[]): { output: string; status: number | null } {
  const root = t.testdirName;
  const all = (figure: { readonly total: number; readonly covered: number }) => ({
    statements: figure,
    branches: figure,
    functions: figure,
    lines: figure,
  });
  const files = [
    ...loaded.map((file) => [join(root, 'src', file), all({ total: 200, covered: 2 * percent })]),
    // What a package bundled into the program does not use says nothing of this project's tests.
    [join(root, 'node_modules/yaml/index.js'), all({ total: 9000, covered: 1 })],
  ];
  t.testdir({
    src: { 'a.ts': '', 'b.ts': '', 'types.ts': '' },
    dist: {
      'a.js': 'go();\n',
      'b.js': 'go();\n',
      'types.js': '/** Only shapes. */\nexport {};\n//# sourceMappingURL=x\n',
    },
    '.tap': { report: { 'coverage-summary.json': JSON.stringify(Object.fromEntries(files)) } },
  });
  const { stdout, stderr, status } = spawnSync(process.execPath, [tool], { cwd: root, encoding: 'utf8' });
  return { output: stdout + stderr, status };
}

t.test('accepts a run that covers enough and loads every file with code', (t) => {
  t.same(report(t, 99, ['a.ts', 'b.ts']), {
    output: 'coverage: statements 99 %, branches 99 %, functions 99 %, lines 99 %\n',
    status: 0,
  });
  t.end();
});

t.test('names each figure below its number', (t) => {
  const { output, status } = report(t, 12.5, ['a.ts', 'b.ts']);
  for (const what of ['statements', 'branches', 'functions', 'lines']) {
    t.match(output, new RegExp(`${what}: expected at least \\d+ %, got 12.5 %`));
  }
  t.equal(status, 1);
  t.end();
});

t.test('names a file that no test loads', (t) => {
  const { output, status } = report(t, 99, ['a.ts']);
  t.match(output, 'coverage: src/b.ts: no test loads it');
  t.notMatch(output, 'src/types.ts');
  t.equal(status, 1);
  t.end();
});

t.test('refuses to judge without a report', (t) => {
  const { stderr, status } = spawnSync(process.execPath, [tool], { cwd: t.testdir({ src: {} }), encoding: 'utf8' });
  t.match(stderr, 'coverage-summary.json is missing');
  t.equal(status, 1);
  t.end();
});
