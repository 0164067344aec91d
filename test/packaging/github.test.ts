import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { runGoProgram, skipWithoutGoProgram } from '../fixtures/go-program.js';

const WORKFLOWS = '.github/workflows';
const workflows = readdirSync(WORKFLOWS).map((name) => join(WORKFLOWS, name));

t.test('actionlint finds nothing in the workflows', { skip: skipWithoutGoProgram('actionlint') }, async (t) => {
  t.match(await runGoProgram('actionlint', ['-no-color', ...workflows]), { code: 0, stdout: '' });
});

t.test('every workflow may read alone, where a job does not ask for more', async (t) => {
  for (const path of workflows) t.match(parse(readFileSync(path, 'utf8')), { permissions: { contents: 'read' } }, path);
});

t.test('nothing of it knows whose repository it is', async (t) => {
  for (const path of workflows) {
    const text = readFileSync(path, 'utf8');
    for (const [, owner = ''] of text.matchAll(/(?:ghcr\.io|github\.com)\/([^\s"']+)/g)) t.match(owner, /^\$/, path);
  }
});

t.test('dependabot looks after every package of the repository', async (t) => {
  const update = z.looseObject({ 'package-ecosystem': z.string(), directories: z.array(z.string()).default([]) });
  const { updates } = z
    .looseObject({ updates: z.array(update) })
    .parse(parse(readFileSync('.github/dependabot.yml', 'utf8')));
  t.same(updates.find((each) => each['package-ecosystem'] === 'npm')?.directories, [
    '/',
    '/bench/openai',
    '/test/duckdb',
  ]);
});

t.test('each form asks for what a scan says', async (t) => {
  const forms = readdirSync('.github/ISSUE_TEMPLATE').filter((name) => name !== 'config.yml');
  t.ok(forms.length > 0);
  const field = z.looseObject({ type: z.string(), id: z.string(), attributes: z.looseObject({ label: z.string() }) });
  const form = z.looseObject({ name: z.string(), description: z.string(), body: z.array(field) });
  for (const name of forms) {
    const { body } = form.parse(parse(readFileSync(join('.github/ISSUE_TEMPLATE', name), 'utf8')));
    t.match(body.find(({ id }) => id === 'scan')?.attributes.label, 'typhon scan --json', name);
  }
});
