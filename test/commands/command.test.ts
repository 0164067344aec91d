import t from 'tap';
import { CommandFailure } from '../../src/commands/command.js';

t.test('carries the exit code, a code for programs and the cause', async (t) => {
  const cause = new Error('root');
  t.match(new CommandFailure(130, 'Interrupted.', { cause }), {
    name: 'CommandFailure',
    code: 'command_failed',
    exitCode: 130,
    message: 'Interrupted.',
    cause,
  });
});
