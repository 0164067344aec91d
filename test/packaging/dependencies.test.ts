import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ resolved: z.string().optional(), cpu: z.array(z.string()).optional(), name: z.string().optional() }),
  ),
});

function lockedPackages(folder: string) {
  const lock: unknown = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  return Object.entries(lockSchema.parse(lock).packages);
}

t.test('no lock holds download addresses', async (t) => {
  for (const folder of ['.', 'bench/openai', 'test/duckdb']) {
    const found = lockedPackages(folder).flatMap(([path, { resolved }]) => (resolved === undefined ? [] : [path]));
    t.same(found, [], folder);
  }
});

// node-llama-cpp's packages for ARM take x64 as well, to build for the one on the other: 32 MB that nobody needs. Where
// an update has put `x64` there again, it is to be taken out of package-lock.json by hand.
t.test('an install brings llama.cpp for its own kind of processor alone', async (t) => {
  const engines = lockedPackages('.').filter(([path, { name }]) => path.includes('@node-llama-cpp/') && !name);
  t.ok(engines.length > 4);
  for (const [path, { cpu }] of engines) t.equal(cpu?.length, 1, `${path}: ${cpu}`);
});

const skip = process.env['CI'] === 'true' ? false : 'what else lies in node_modules counts, too; runs where CI=true';

t.test('an install takes at most 350 MB', { skip }, async (t) => {
  const entries = readdirSync('node_modules', { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  // In blocks of 512 bytes, as the disk counts.
  const bytes = files.reduce((sum, { parentPath, name }) => sum + 512 * statSync(join(parentPath, name)).blocks, 0);
  t.ok(bytes <= 350 * 2 ** 20, `${Math.round(bytes / 2 ** 20)} MB`);
});
