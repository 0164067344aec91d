/**
 * A reporter for tap: a line for each test file, and for each failed test all that is known of it. tap's own reporters
 * redraw a screen, which leaves nothing readable in a log. Keeps the raw TAP besides, for tools/count-tests.mjs: with
 * tap's own --output-file it would be printed as well.
 */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { Transform } from 'node:stream';

const RESULTS = '.tap/results.tap';
const point = /^( {4})?(not )?ok \d+(?: - (.*?))?(?: # time=([\d.]+)ms)?$/;

export default class TestReporter extends Transform {
  #unfinishedLine = '';
  /** What came since the last passed test of the file. @type {string[]} */
  #lines = [];
  #hasFailed = false;
  #tests = 0;

  constructor() {
    super();
    mkdirSync('.tap', { recursive: true });
    rmSync(RESULTS, { force: true });
  }

  /**
   * @override
   * @param {Buffer} chunk
   * @param {BufferEncoding} _encoding
   * @param {() => void} done
   */
  _transform(chunk, _encoding, done) {
    appendFileSync(RESULTS, chunk);
    const lines = (this.#unfinishedLine + chunk.toString()).split('\n');
    this.#unfinishedLine = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
    done();
  }

  /** @param {string} line */
  #read(line) {
    const match = point.exec(line);
    if (match === null) {
      this.#lines.push(line);
      return;
    }
    const [, indent, not, name = '', ms = '0'] = match;
    // What follows a failed test's line is its diagnosis: it is whole when the next line of its rank comes.
    if (this.#hasFailed) this.push(`${this.#lines.join('\n')}\n`);
    if (indent === undefined) {
      const state = not === undefined ? 'ok    ' : 'FAILED';
      this.push(`${state} ${name} (${this.#tests} tests, ${(Number(ms) / 1000).toFixed(1)} s)\n`);
      [this.#lines, this.#hasFailed, this.#tests] = [[], false, 0];
      return;
    }
    this.#lines = not === undefined ? [] : [...(this.#hasFailed ? [] : this.#lines), line];
    this.#hasFailed = not !== undefined;
    this.#tests += 1;
  }
}
