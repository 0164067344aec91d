import { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  keepLineProcess,
  type LineProcess,
  type LineProcessOptions,
} from '../../../src/hardware/system/line-process.js';
import { eventually } from '../../fixtures/eventually.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

interface Kept {
  readonly clock: ManualClock;
  readonly lines: string[];
  readonly notes: string[];
  readonly process: LineProcess;
  /** Resolves when so many lines or notes have come. */
  until(what: 'lines' | 'notes', count: number): Promise<void>;
}

/** Keeps `node -e <script>` running, which has no need to be found on PATH. */
function keep(t: Test, script: string, options: Partial<LineProcessOptions> = {}): Kept {
  const clock = new ManualClock();
  const lines: string[] = [];
  const notes: string[] = [];
  const process = keepLineProcess({
    program: globalThis.process.execPath,
    args: ['-e', script],
    env: {},
    clock,
    silenceMs: 10_000,
    firstSilenceMs: 20_000,
    onLines: (arrived) => {
      lines.push(...arrived);
      return arrived.some((line) => !line.startsWith('rubbish'));
    },
    onEnd: ({ reason, retryInMs }) => {
      notes.push(`${reason}; again in ${retryInMs / 1000} s`);
    },
    ...options,
  });
  t.teardown(() => process.stop());
  const until = (what: 'lines' | 'notes', count: number) =>
    eventually(() => {
      process.flush();
      return (what === 'lines' ? lines : notes).length >= count;
    });
  return { clock, lines, notes, process, until };
}

t.test('lines come whole, however they are cut on the way', async (t) => {
  const script = `
    const pieces = [Buffer.from('one\\r\\ntw'), Buffer.from('o\\n\\n'), Buffer.from('°').subarray(0, 1),
      Buffer.concat([Buffer.from('°').subarray(1), Buffer.from('C\\n')])];
    const next = () => { const piece = pieces.shift(); if (piece) process.stdout.write(piece, () => setImmediate(next)); };
    next();
    setInterval(() => undefined, 1000);`;
  const kept = keep(t, script);
  await kept.until('lines', 3);
  t.same(kept.lines, ['one', 'two', '°C']);
});

t.test('lines are put aside until they are asked for or many', async (t) => {
  const script =
    'let n = 0; const timer = setInterval(() => { console.log(++n); if (n === 33) clearInterval(timer); }, 5)';
  const kept = keep(t, script);
  await eventually(() => kept.lines.length > 0);
  t.same(
    kept.lines.slice(0, 16),
    Array.from({ length: 16 }, (_, place) => String(place + 1)),
  );
  await kept.until('lines', 33);
});

t.test('lines bear the time of their arrival, not of their hand-over', async (t) => {
  const stamps: number[] = [];
  const kept = keep(t, "console.log('one'); setInterval(() => undefined, 1000)", {
    onLines: (_lines, atMs) => {
      stamps.push(atMs);
      return true;
    },
  });
  kept.clock.advance(700);
  await eventually(() => {
    kept.process.flush();
    return stamps.length > 0;
  });
  t.ok((stamps[0] ?? 0) <= 700);
});

t.test('a process that ends is started again, ever later, until it is understood', async (t) => {
  const kept = keep(t, 'process.exit(3)');
  for (const [place, waitMs] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
    await kept.until('notes', place + 1);
    t.same(kept.clock.waitingMs, [waitMs]);
    t.match(kept.notes[place], new RegExp(`ended with code 3; again in ${waitMs / 1000} s`));
    kept.clock.advance(waitMs);
  }
});

t.test('one that reads something each time and ends is started every few seconds, not every second', async (t) => {
  const kept = keep(t, "console.log('understood')");
  for (const [place, waitMs] of [1000, 2000, 4000, 8000, 10_000, 10_000].entries()) {
    await kept.until('notes', place + 1);
    t.same(kept.clock.waitingMs, [waitMs], `after start ${place + 1}`);
    kept.clock.advance(waitMs);
  }
});

t.test('one that has been understood for a minute is started again quickly', async (t) => {
  const file = join(t.testdir({ started: '' }), 'started');
  const script = `
    const fs = require('node:fs');
    fs.appendFileSync(${JSON.stringify(file)}, 'x');
    if (fs.readFileSync(${JSON.stringify(file)}, 'utf8').length < 3) process.exit(1);
    const timer = setInterval(() => console.log('understood'), 5);
    process.once('SIGTERM', () => process.exit(0));`;
  let pid: number | undefined;
  const kept = keep(t, `console.log('rubbish ' + process.pid);${script}`, {
    onLines: (lines) => {
      const words = lines.find((line) => line.startsWith('rubbish'));
      if (words !== undefined) pid = Number(words.split(' ')[1]);
      kept.lines.push(...lines);
      return lines.some((line) => !line.startsWith('rubbish'));
    },
  });
  for (const [place, waitMs] of [1000, 2000].entries()) {
    await kept.until('notes', place + 1);
    kept.clock.advance(waitMs);
  }
  await eventually(() => {
    kept.process.flush();
    return kept.lines.includes('understood');
  });
  for (let second = 0; second < 70; second += 5) {
    kept.clock.advance(5000);
    await kept.until('lines', kept.lines.length + 1);
  }
  if (pid !== undefined) process.kill(pid, 'SIGTERM');
  await kept.until('notes', 3);
  t.match(kept.notes[2], /again in 1 s/);
});

t.test('one that cannot be read for its first line is killed later than one that falls silent', async (t) => {
  const kept = keep(t, 'setInterval(() => undefined, 1000)');
  await eventually(() => kept.clock.waitingMs.length > 0);
  kept.clock.advance(19_999);
  t.same(kept.notes, []);
  kept.clock.advance(1);
  t.match(kept.notes, [/gave no usable line for 20 s/]);
});

t.test('a process that says nothing for too long is killed and started again', async (t) => {
  const kept = keep(t, "console.log('first'); setInterval(() => undefined, 1000)");
  await kept.until('lines', 1);
  kept.clock.advance(10_000);
  t.match(kept.notes, [/gave no usable line for 10 s; again in 1 s/]);
  kept.clock.advance(1000);
  await kept.until('lines', 2);
});

t.test('rubbish does not count as a sign of life', async (t) => {
  const kept = keep(t, "setInterval(() => console.log('rubbish'), 5)");
  await kept.until('lines', 3);
  kept.clock.advance(20_000);
  t.equal(kept.notes.length, 1);
});

t.test('lines put off the end of patience', async (t) => {
  const kept = keep(t, "setInterval(() => console.log('alive'), 5)");
  for (let round = 0; round < 5; round++) {
    kept.clock.advance(9000);
    await kept.until('lines', kept.lines.length + 1);
  }
  t.same(kept.notes, []);
});

t.test('a program that does not exist is told and tried again', async (t) => {
  const kept = keep(t, '', { program: '/nowhere/tool' });
  await kept.until('notes', 1);
  t.match(kept.notes, [/\/nowhere\/tool could not be started \(.*ENOENT.*\); again in 1 s/]);
});

t.test('after the stop nothing is heard, nothing is started and no timer waits', async (t) => {
  const kept = keep(t, "setInterval(() => console.log('alive'), 5)");
  await kept.until('lines', 1);
  kept.process.stop();
  const heard = kept.lines.length;
  kept.clock.advance(1e6);
  const other = keep(t, "console.log('other'); setInterval(() => undefined, 1000)");
  await other.until('lines', 1);
  t.equal(kept.lines.length, heard);
  t.same(kept.notes, []);
  t.same(kept.clock.waitingMs, []);
});

t.test('a process that cannot be killed is waited for: there are never two', async (t) => {
  const kill = t.capture(ChildProcess.prototype, 'kill', () => true);
  const folder = t.testdir({});
  // Deaf to the signal, which it never gets: it ends when the file is there, and the next one at the latest with the folder.
  const script = `
    const { existsSync } = require('node:fs');
    const [folder, released] = ${JSON.stringify([folder, join(folder, 'released')])};
    console.log('life ' + process.pid);
    setInterval(() => { if (existsSync(released) || !existsSync(folder)) process.exit(0); }, 5);`;
  const kept = keep(t, script);
  await kept.until('lines', 1);
  kept.clock.advance(10_000);
  await kept.until('notes', 1);
  t.match(kept.notes, [/gave no usable line for 10 s; again in 1 s/]);
  t.equal(kill().length, 1);
  for (let second = 0; second < 60; second++) {
    kept.clock.advance(1000);
    await new Promise((turn) => setImmediate(turn));
  }
  kept.process.flush();
  t.equal(kept.lines.length, 1);
  t.same(kept.clock.waitingMs, [], 'nothing was started that could fall silent');
  writeFileSync(join(folder, 'released'), '');
  await kept.until('lines', 2);
  t.not(kept.lines[1], kept.lines[0]);
});

t.test('a stop while it waits to start again leaves it ended', async (t) => {
  const kept = keep(t, 'process.exit(0)');
  await kept.until('notes', 1);
  kept.process.stop();
  t.same(kept.clock.waitingMs, []);
});

t.test('a line without an end is thrown away before it fills the memory', async (t) => {
  const script = `
    process.stdout.write('x'.repeat(200000), () => process.stdout.write('\\nwhole\\n'));
    setInterval(() => undefined, 1000);`;
  const kept = keep(t, script);
  await kept.until('lines', 1);
  t.ok(kept.lines.every((line) => line.length < 200_000));
  await kept.until('lines', kept.lines.includes('whole') ? 1 : 2);
  t.ok(kept.lines.includes('whole'));
});

t.test('where no socket can be made the lines come through a pipe', async (t) => {
  const before = process.env['TMPDIR'];
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  process.env['TMPDIR'] = `${t.testdir({})}/missing`;
  const kept = keep(t, "console.log('one'); console.log('two'); process.exitCode = 4");
  await kept.until('notes', 1);
  t.same(kept.lines, ['one', 'two']);
  t.match(kept.notes, [/ended with code 4/]);
});
