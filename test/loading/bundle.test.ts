import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../src/loading/bundle.js';
import { forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { keepingCode } from '../fixtures/kept-code.js';
import { plainly } from '../fixtures/plain-process.js';
import { startTyphon } from '../fixtures/typhon-process.js';

const program = (name: string, answer: string) =>
  `// ${name}\nconst { basename } = require('node:path');\nexports.answer = () => '${answer}';\nexports.self = basename(__filename);\nexports.later = () => (module.importModule ?? ((name) => import(name)))('node:os');\n`;

function written(folder: string, name = '0123456789abcdef', answer = 'one'): string {
  const file = join(folder, 'bundle.cjs');
  writeFileSync(file, program(name, answer));
  return file;
}

interface Exports {
  readonly answer: () => string;
  readonly self: string;
  readonly later: () => Promise<typeof import('node:os')>;
}

function loaded(file: string, folder: string | undefined, kind = 'agent') {
  const { exports, keep } = loadBundle(file, { folder, kind });
  return { ...(exports as Exports), keep };
}

t.test('runs a bundle as Node.js does, and keeps what it compiled once', async (t) => {
  const file = written(t.testdir());
  const folder = join(t.testdirName, 'a', 'cache');
  const first = loaded(file, folder);
  t.equal(first.answer(), 'one');
  t.equal(first.self, 'bundle.cjs');
  t.type((await first.later()).hostname, 'function', 'it imports');
  t.notOk(existsSync(folder), 'nothing is kept unasked');
  first.keep();
  const [name = '', ...others] = readdirSync(folder);
  t.same(others, []);
  t.match(name, /^agent-0123456789abcdef-.+\.bin$/);
  if (process.platform !== 'win32') {
    t.equal(statSync(folder).mode & 0o777, 0o700);
    t.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  }

  const { ino } = statSync(join(folder, name));
  const second = loaded(file, folder);
  t.equal(second.answer(), 'one');
  t.type((await second.later()).hostname, 'function', 'it imports from kept code as well');
  second.keep();
  t.equal(statSync(join(folder, name)).ino, ino, 'what is of use is not written again');
  loaded(file, folder, 'run').keep();
  t.equal(readdirSync(folder).length, 2, 'each kind of start has its own');
});

t.test('another build of the same length is not taken for the one that was compiled', async (t) => {
  const folder = join(t.testdir(), 'cache');
  loaded(written(t.testdirName), folder).keep();
  t.equal(loaded(written(t.testdirName, 'fedcba9876543210', 'two'), folder).answer(), 'two');
});

t.test('the same build in another folder says in its errors where it is', async (t) => {
  const places = t.testdir({ one: {}, other: {} });
  const folder = join(places, 'cache');
  for (const place of ['one', 'other', 'one', 'other']) {
    const file = join(places, place, 'bundle.cjs');
    writeFileSync(file, program('0123456789abcdef', "' + new Error().stack + '"));
    const bundle = loaded(file, folder);
    t.match(bundle.answer(), `${file}:`);
    bundle.keep();
  }
  t.equal(readdirSync(folder).length, 2);
});

t.test('a long bundle is read whole, in what the build writes and in other letters', async (t) => {
  const folder = join(t.testdir(), 'cache');
  for (const answer of ['plain', 'größer']) {
    const name = answer === 'plain' ? '0123456789abcdef' : 'fedcba9876543210';
    const file = written(t.testdirName, name, `${' '.repeat(600_000)}${answer}`);
    t.equal(loaded(file, folder).answer().trim(), answer);
  }
});

t.test('code that others may have put there is not run', { skip: process.platform === 'win32' }, async (t) => {
  const folder = join(t.testdir(), 'cache');
  const file = written(t.testdirName);
  loaded(file, folder).keep();
  const [name = ''] = readdirSync(folder);
  chmodSync(join(folder, name), 0o666);
  loaded(file, folder).keep();
  t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, 'it was not taken, and one of our own is there now');
});

t.test('where nothing can be kept it runs all the same', async (t) => {
  const file = written(t.testdir({ file: '' }));
  const bundle = loaded(file, join(t.testdirName, 'file', 'cache'));
  bundle.keep();
  t.equal(bundle.answer(), 'one');
  const plain = loaded(file, undefined);
  plain.keep();
  t.equal(plain.answer(), 'one');
  writeFileSync(join(t.testdirName, 'unnamed.cjs'), 'exports.answer = () => "three";');
  const folder = join(t.testdirName, 'cache');
  const unnamed = loaded(join(t.testdirName, 'unnamed.cjs'), folder);
  unnamed.keep();
  t.equal(unnamed.answer(), 'three');
  t.notOk(existsSync(folder), 'nothing can tell its builds apart');
});

t.test('what no start has used for a month goes', async (t) => {
  const folder = join(t.testdir(), 'cache');
  mkdirSync(folder);
  const month = new Date(Date.now() - 31 * 24 * 3_600_000);
  for (const name of ['agent-0000000000000000-1-x64.bin', 'agent-0000000000000000-1-x64.bin.4711']) {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), month, month);
  }
  writeFileSync(join(folder, 'agent-1111111111111111-1-x64.bin'), '');
  loaded(written(t.testdirName), folder).keep();
  t.match(readdirSync(folder).sort(), [/^agent-0123456789abcdef-/, /^agent-1111111111111111-/]);
});

// In processes of their own: V8 remembers what one has compiled.
t.test('the built program answers the same with and without, and where what was kept is broken', async (t) => {
  const home = t.testdir();
  const [program, ...args] = plainly([process.execPath, 'dist/main.js', 'config', 'check', 'config/typhon.yaml']);
  const answer = (env: NodeJS.ProcessEnv) =>
    execFileSync(program, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } });
  const plain = answer({ NODE_DISABLE_COMPILE_CACHE: '1', XDG_CACHE_HOME: home });
  t.same(readdirSync(home), []);
  t.equal(answer(keepingCode(home)), plain);
  const folder = join(home, 'typhon');
  const [name = '', ...others] = readdirSync(folder);
  t.match(name, /^config-[0-9a-f]{16}-/);
  t.same(others, []);
  const path = join(folder, name);
  const { ino } = statSync(path);
  t.equal(answer(keepingCode(home)), plain);
  t.equal(statSync(path).ino, ino, 'what is of use is not written again');
  for (const bytes of [0, 10, Math.floor(readFileSync(path).length / 2)]) {
    truncateSync(path, bytes);
    t.equal(answer(keepingCode(home)), plain, `${bytes} bytes`);
    t.ok(readFileSync(path).length > bytes, 'what is broken is replaced');
  }
  const whole = readFileSync(path);
  const flipped = Buffer.from(whole);
  flipped[whole.length - 100] = 255 - (whole[whole.length - 100] ?? 0);
  writeFileSync(path, flipped);
  t.equal(answer(keepingCode(home)), plain, 'a byte that a bad disk has changed');
  t.notOk(readFileSync(path).equals(flipped), 'what is broken is replaced');
});

t.test('a run keeps what its runner compiled, for the next one', async (t) => {
  const home = t.testdir();
  const server = await forkFakeLlmServer({ contextLength: 2048, tokenGapMs: 0.05, ttftMs: 1 });
  t.teardown(() => server.close());
  const run = async () => {
    const typhon = startTyphon(
      t,
      ['run', '--mode', 'quick', '--target', server.url, '--storage.path', join(home, 'data')],
      {
        env: keepingCode(home),
      },
    );
    const { code, stderr } = await typhon.ended();
    t.equal(code, 0, stderr);
    return readdirSync(join(home, 'typhon')).sort();
  };
  const kept = await run();
  t.match(kept, [/^run-[0-9a-f]{16}-.+\.bin$/, /^runner-[0-9a-f]{16}-.+\.bin$/]);
  const { ino } = statSync(join(home, 'typhon', kept[1] ?? ''));
  t.same(await run(), kept);
  t.equal(statSync(join(home, 'typhon', kept[1] ?? '')).ino, ino, 'it was of use: no other was written');
});
