import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

/**
 * The licences of all that is inside of the single program: typhon, Node.js, and the packages of the files given.
 *
 * @param {readonly string[]} files paths from the repository's root
 */
export function licenceTexts(files) {
  return [
    section('typhon', [readFileSync('LICENSE', 'utf8').trim()]),
    section(`Node.js ${process.version}`, [nodeLicence()]),
    ...packageLicences(files),
  ].join('\n');
}

/**
 * Those of the packages of the files given, but for packages that are installed with typhon and bring their own.
 *
 * @param {readonly string[]} files paths from the repository's root
 * @param {readonly string[]} [installed] names
 */
export function packageLicences(files, installed = []) {
  const folders = files.flatMap(
    (file) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file.replaceAll('\\', '/'))?.[0] ?? [],
  );
  return [...new Set(folders)].sort().flatMap((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (installed.includes(name)) return [];
    const texts = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8').trim());
    return section(`${name} ${version} (${license})`, texts);
  });
}

/**
 * @param {string} title
 * @param {readonly string[]} texts
 */
function section(title, texts) {
  return [`${'='.repeat(80)}`, title, '', ...texts, ''].join('\n');
}

/** Beside the program in Node.js' own archives, and where Debian's packages put it. */
function nodeLicence() {
  const places = [
    join(dirname(process.execPath), '..', 'LICENSE'),
    '/usr/share/doc/nodejs/LICENSE',
    '/usr/share/doc/nodejs/copyright',
  ];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return readFileSync(found, 'utf8').trim();
  return `https://github.com/nodejs/node/blob/${process.version}/LICENSE`;
}
