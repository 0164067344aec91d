import { existsSync } from 'node:fs';
import t from 'tap';
import { runnerProgram } from '../../src/commands/runner-program.js';
import { commandFixture } from '../fixtures/command-context.js';

t.test('the runner is where the build has put it', async (t) => {
  t.ok(existsSync(runnerProgram(commandFixture().context)));
});
