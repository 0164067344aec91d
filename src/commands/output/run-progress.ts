/** What a run in the foreground shows while it goes on. */
import type { BenchmarkEvent } from '../../benchmark/benchmark-event.js';
import type { BenchmarkPlan } from '../../benchmark/plan.js';
import { speed } from '../../shared/figure-text.js';
import { testName } from '../../shared/test-name.js';
import { extraRunsWords, extraRunWords } from '../../shared/text/run-words.js';
import { skipWords } from '../../shared/text/skip-words.js';
import { visibleText } from '../../shared/text/visible-text.js';
import type { Output } from '../command.js';

export interface RunProgress {
  /** A line of its own, above what follows. */
  say(line: string): void;
  plan(plan: BenchmarkPlan): void;
  event(event: BenchmarkEvent): void;
  /** Leaves the terminal as a following line needs it. */
  end(): void;
}

/** A bar where somebody watches, plain lines for a file or another program. */
export function progressOn(output: Output): RunProgress {
  return output.isTTY === true ? barProgress(output) : lineProgress(output);
}

const BAR_WIDTH = 24;
const CLEAR_LINE = '\r\u001b[2K';

/** One line that is drawn over and over: a bar, the test's name and the current speed. */
function barProgress(output: Output): RunProgress {
  let total = 0;
  let done = 0;
  let test = '';
  let extra = '';
  let live = '';
  const steer = (text: string) => (output.steer ?? output.write).call(output, CLEAR_LINE + text);
  const draw = () => {
    const filled = total === 0 ? 0 : Math.round((done / total) * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    const line = `${bar} ${done}/${total} ${visibleText(test)}${extra}${live}`;
    steer(line.slice(0, Math.max(20, (output.columns ?? 80) - 1)));
  };
  return {
    say: (line) => steer(`${visibleText(line)}\n`),
    plan: (plan) => {
      [total, done] = [plan.tests.length, 0];
      draw();
    },
    event: (event) => {
      if (event.type === 'log') steer(`${visibleText(event.line)}\n`);
      else if (event.type === 'test_started') [test, extra, live] = [event.name, '', ''];
      else if (event.type === 'extra_run_started') [extra, live] = [`, ${extraRunWords(event)}`, ''];
      else if (event.type === 'live') live = `  ~${speed(event.chunksPerSecond)} tok/s`;
      else if (event.type === 'run_finished' && event.result.success && event.result.tps !== null) {
        live = `  ${speed(event.result.tps)} tok/s`;
      } else if (event.type === 'test_finished' || event.type === 'test_skipped') done += 1;
      else return;
      draw();
    },
    end: () => void steer(''),
  };
}

/** Plain lines, for a file or another program. */
function lineProgress(output: Output): RunProgress {
  let total = 0;
  let done = 0;
  const say = (line: string) => void output.write(`${line}\n`);
  return {
    say,
    plan: (plan) => {
      [total, done] = [plan.tests.length, 0];
      const bound = plan.extraRuns && extraRunsWords(plan.extraRuns);
      if (bound !== undefined) say(bound);
    },
    event: (event) => {
      if (event.type === 'log') say(event.line);
      else if (event.type === 'test_started') say(`[${done + 1}/${total}] ${event.name}`);
      else if (event.type === 'extra_run_started') say(`      ${extraRunWords(event)}`);
      else if (event.type === 'test_finished') {
        done += 1;
        const { avg_tps, category, error, error_detail } = event.test;
        if (error !== null) say(`      failed: ${error}${error_detail === null ? '' : ` (${error_detail})`}`);
        else if (category !== 'canary')
          say(`      ${avg_tps === null ? 'decode speed unknown' : `${speed(avg_tps)} tok/s`}`);
      } else if (event.type === 'test_skipped') {
        done += 1;
        say(`[${done}/${total}] ${testName(event.testId)} skipped: ${skipWords(event.reason)}`);
      }
    },
    end: () => undefined,
  };
}
