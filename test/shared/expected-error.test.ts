import t from 'tap';
import { CommandFailure } from '../../src/commands/command.js';
import { ConfigError } from '../../src/config/config-error.js';
import { ServerError } from '../../src/servers/server-error.js';
import { ExpectedError } from '../../src/shared/expected-error.js';

t.test('an expected error ends a command with 1; one of the command line or the configuration with 2', async (t) => {
  const errors = [
    new ServerError('unreachable', 'gone'),
    new ServerError('unknown_target', 'who?'),
    new ServerError('bad_url', 'what?'),
    new ConfigError('config_invalid', []),
    new CommandFailure(130, ''),
  ];
  t.ok(errors.every((error) => error instanceof ExpectedError));
  t.same(
    errors.map(({ exitCode }) => exitCode),
    [1, 2, 2, 2, 130],
  );
});
