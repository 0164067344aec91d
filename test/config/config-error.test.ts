import t from 'tap';
import { ConfigError, formatProblem } from '../../src/config/config-error.js';

const problem = { path: 'log.level', line: 3, expected: 'info', got: '"x"' };

t.test('says where, what was expected and what stood there', async (t) => {
  t.equal(formatProblem(problem), 'log.level (line 3): expected info, got "x"');
  t.equal(formatProblem({ ...problem, path: '' }), 'line 3: expected info, got "x"');
  t.equal(formatProblem({ ...problem, line: undefined }), 'log.level: expected info, got "x"');
  t.equal(formatProblem({ ...problem, path: '', line: undefined }), 'expected info, got "x"');
});

t.test('carries a code, every problem and the cause', async (t) => {
  const cause = new Error('root');
  const error = new ConfigError('config_invalid', [problem, { ...problem, line: 4 }], { cause });
  t.match(error, { code: 'config_invalid', name: 'ConfigError', cause });
  t.equal(error.message, 'log.level (line 3): expected info, got "x"\nlog.level (line 4): expected info, got "x"');
});
