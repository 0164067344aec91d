/**
 * Reads the raw TAP of a whole run and prints one line, `N passed, N failed`. A test is what stands directly below a
 * test file; one that was skipped is neither. A file that failed without a failed test (it could not be loaded, it
 * crashed) counts as one failed test, and so does a run that left no result.
 */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

const [path = '.tap/results.tap'] = process.argv.slice(2);
const point = /^( {4})?(not )?ok \d+(?: - (.*))?$/;
const directive = / # (SKIP|TODO)\b/i;

let passed = 0;
let failed = 0;
let failedInFile = 0;
const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
for (const line of lines) {
  const match = point.exec(line);
  if (match === null || directive.test(line)) continue;
  const [, indent, not, name = ''] = match;
  if (indent !== undefined) {
    if (not === undefined) passed += 1;
    else failedInFile += 1;
    continue;
  }
  if (!/\.test\.ts\b/.test(name)) continue;
  failed += not === undefined ? failedInFile : Math.max(1, failedInFile);
  failedInFile = 0;
}
failed += failedInFile;
if (passed + failed === 0) failed = 1;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
