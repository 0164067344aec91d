import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import t from 'tap';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs').map((name) => join('docs', name)),
];

/** As the forges make them of headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

for (const page of pages.filter((name) => name.endsWith('.md'))) {
  t.test(`every link of ${page} leads somewhere`, async (t) => {
    const text = readFileSync(page, 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      // The forge's own page of this repository, whoever's it is: above the branch in which the file is shown.
      if (target.endsWith('releases/latest')) {
        t.equal(normalize(join('blob/branch', page, '..', target)), 'releases/latest', target);
        continue;
      }
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(page, '..', path));
      t.ok(existsSync(file), target);
      if (anchor !== undefined) t.ok(anchorsOf(readFileSync(file, 'utf8')).includes(anchor), target);
    }
  });
}
