/** Where it is told what an alert means, how to check it and what to do. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const PATH = 'docs/runbook.md';

const manifestSchema = z.object({
  repository: z.union([z.string(), z.object({ url: z.string() }).transform(({ url }) => url)]).optional(),
});

/** Of a URL on any forge that shows a branch's files under `/blob/`, as GitHub and GitLab do. */
const REPOSITORY = /^(?:git\+)?(?:https:\/\/|github:)(?<place>[^#]+?)(?:\.git)?$/;

/**
 * The page as the repository that `package.json` names shows it; its path in the repository where none is named. Throws where what is named is no such repository.
 */
export function runbookPage(manifest: unknown): string {
  const { repository } = manifestSchema.parse(manifest);
  if (repository === undefined) return PATH;
  const place = REPOSITORY.exec(repository)?.groups?.['place'];
  if (place === undefined) throw new Error(`expected a repository under https:// or github:, got ${repository}`);
  const host = repository.startsWith('github:') ? 'github.com/' : '';
  return `https://${host}${place}/blob/main/${PATH}`;
}

// Both the tests and the generator run in the repository's root.
const page = runbookPage(JSON.parse(readFileSync('package.json', 'utf8')));

/** The page as an absolute link; without a repository that is named, relative to Grafana, where nothing is found. */
export const runbookPlace = page;

/** The section of an alert; `name` as the alert's. */
export function runbookSection(name: string): string {
  return `${page}#${name.toLowerCase()}`;
}

/** The text of a rule's test with the links that the rules have. */
export function withRunbookLinks(text: string, of = page): string {
  return text.replaceAll(/(?<=^ *runbook_url: )\S*(?=#)/gm, of);
}
