/** Writes the files that are made from code; with `--check` says which of them are out of date instead. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

/** @param {string} module path below dist/ */
const built = (module) => import(new URL(`../dist/${module}`, import.meta.url).href);

const { configJsonSchema } = await built('config/json-schema.js');

/** @type {Record<string, string>} */
const files = {
  'config/typhon.schema.json': configJsonSchema(),
};

const check = process.argv.includes('--check');
for (const [path, text] of Object.entries(files)) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (check) {
    console.error(`${path} is out of date: npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}
