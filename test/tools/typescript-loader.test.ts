/** What tap runs the tests with, as a process of its own. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

const loader = pathToFileURL(resolve('tools/typescript-loader/import.mjs')).href;

function run(program: string, ...more: readonly string[]) {
  const flags = ['--enable-source-maps', `--import=${loader}`];
  const env = { ...process.env, NODE_OPTIONS: '', TAP_TYPE_STRIP_ONLY: '1' };
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, ...more, program], {
    encoding: 'utf8',
    env,
  });
  return { stdout, stderr, status };
}

t.test('`.js` of an import and of a program means the source beside it', (t) => {
  const folder = t.testdir({
    'main.ts': "import { one } from './one.js';\nimport { two } from './two.js';\nconsole.log(one, two);\n",
    'one.ts': 'export const one: number = 1;\n',
    'two.js': 'export const two = 2;\n',
    'package.json': '{ "type": "module" }',
  });
  for (const name of ['main.ts', 'main.js']) {
    t.same(run(join(folder, name)), { stdout: '1 2\n', stderr: '', status: 0 }, name);
  }
  t.end();
});

t.test('a source that has changed is translated anew', (t) => {
  const folder = t.testdir({ 'main.ts': 'console.log(1 as number);\n' });
  t.equal(run(join(folder, 'main.ts')).stdout, '1\n');
  t.equal(run(join(folder, 'main.ts')).stdout, '1\n');
  writeFileSync(join(folder, 'main.ts'), 'console.log(2 as number);\n');
  t.equal(run(join(folder, 'main.ts')).stdout, '2\n');
  t.end();
});

t.test('an error names the place in the source', (t) => {
  const folder = t.testdir({ 'main.ts': 'interface Gone {\n  a: 1;\n}\n\nthrow new Error(import.meta.url);\n' });
  const path = join(folder, 'main.ts');
  const { stderr, status } = run(path);
  t.equal(status, 1);
  t.match(stderr, `${path}:5`);
  t.match(stderr, `Error: ${pathToFileURL(path)}\n`);
  t.end();
});

t.test('what cannot be translated says where', (t) => {
  const folder = t.testdir({ 'main.ts': 'const a = 1;\nconst = 2;\n' });
  const { stderr, status } = run(join(folder, 'main.ts'));
  t.equal(status, 1);
  t.match(stderr, 'main.ts:2:6: ERROR');
  t.end();
});

t.test(
  'its processes leave the compiler out of those that they start, and have no child by it',
  { skip: process.platform === 'win32' ? 'asks ps' : false },
  (t) => {
    const folder = t.testdir({
      'main.ts': `import { execFileSync } from 'node:child_process';
      const children: string = execFileSync('ps', ['-A', '-o', 'ppid=,comm='], { encoding: 'utf8' });
      console.log(JSON.stringify({
        flags: process.execArgv.filter((flag) => flag.startsWith('--import=')),
        only: process.env['TAP_TYPE_STRIP_ONLY'] ?? null,
        children: children.split('\\n').filter((line) => line.trim().startsWith(process.pid + ' ') && !/ps$/.test(line)),
      }));`,
    });
    const compiler = `--import=${pathToFileURL(resolve('node_modules/@tapjs/typescript/dist/esm/import.mjs'))}`;
    const { stdout } = run(join(folder, 'main.ts'), compiler);
    t.same(JSON.parse(stdout), { flags: [`--import=${loader}`], only: null, children: [] });
    t.end();
  },
);
