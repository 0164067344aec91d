/**
 * Lets the processes of the tests load TypeScript, by `--import`. tap's own loader, which takes the compiler into each of
 * them, is kept out of this one by TAP_TYPE_STRIP_ONLY of .taprc, and here out of those that it starts.
 */
import { register } from 'node:module';
import process from 'node:process';

// Where it stays, tap gives all further processes a flag of Node.js that only some versions have.
delete process.env['TAP_TYPE_STRIP_ONLY'];
// esbuild then starts no service for later, which a test would find among the children of its process.
process.env['ESBUILD_WORKER_THREADS'] = '0';
process.execArgv = process.execArgv.filter((argument) => !argument.includes('/@tapjs/typescript/'));
register('./hooks.mjs', import.meta.url);
