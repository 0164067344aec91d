/**
 * Has each test's own teardowns run before its `t.testdir()` is removed, by `--import` in the processes of the tests. tap
 * runs first what was asked for first: where that was the folder, it went away below whatever a teardown was to stop,
 * which then failed the test or wrote into the folder while it was emptied.
 */
import process from 'node:process';
import t from 'tap';

const nothing = () => undefined;

// What tests start has no tests.
process.execArgv = process.execArgv.filter((argument) => !argument.includes('teardown-order'));
t.teardown(nothing);
t.beforeEach((t) => t.teardown(nothing));
