import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import t from 'tap';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startWebAgent } from '../fixtures/web-agent.js';

const VERSION = '4.32.5';
/** Where `.ci/run` has pip install it; else the one on the PATH. */
const FOLDER = resolve('.cache/schemathesis');
const isFetched = existsSync(FOLDER);
const PROGRAM = isFetched ? `${FOLDER}/bin/schemathesis` : 'schemathesis';
// Without its moving pictures: the tests' runner tells programs that they write to a terminal.
const plain = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', TERM: 'dumb' };
const env = isFetched ? { ...plain, PYTHONPATH: FOLDER } : plain;
const isThere = spawnSync(PROGRAM, ['--version'], { env }).error === undefined;
const skip =
  isThere || process.env['CI'] === 'true'
    ? false
    : `schemathesis is missing: pip3 install --target .cache/schemathesis schemathesis==${VERSION}`;

/** The last part of what it does may end early where the machine is slow; what it has found by then counts. */
const MAX_SECONDS = 45;
const CHECKS = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';

t.test(
  'no request that the document allows, or forbids, has an undocumented answer or one of 5xx',
  { skip },
  async (t) => {
    // Nobody listens there: runs end at once, and none measures a server of this machine.
    const config = {
      targets: [{ name: 'nobody', url: 'http://127.0.0.1:9' }],
      schedules: [],
      jobs: { max_queued: 1000 },
    };
    const { url, typhon } = await startWebAgent(t, { config });
    const cwd = await temporaryFolder(t);
    const args = ['run', `${url}/openapi.json`, '--max-time', String(MAX_SECONDS), '--seed', '1', '--checks', CHECKS];
    const quiet = ['--warnings', 'off', '--generation-database', 'none', '--suppress-health-check', 'all'];
    const patience = ['--request-timeout', '30', '--max-redirects', '0'];
    const options = { env, cwd, maxBuffer: 2 ** 26 };
    const { stdout } = await promisify(execFile)(PROGRAM, [...args, ...quiet, ...patience], options).catch((error) => {
      throw new Error(`schemathesis found:\n${error.stdout ?? ''}${error.stderr ?? error}`);
    });
    t.match(stripVTControlCharacters(stdout), /Operations: +(\d+) selected \/ \1 total/, 'all of them were asked');
    t.equal(typhon.child.exitCode, null, 'the agent lives');
    t.equal((await fetch(`${url}/health`)).status, 200);
  },
);
