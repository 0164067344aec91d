import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { alertGroups } from '../../grafana/alert-groups.js';
import { runbookPage, runbookSection, withRunbookLinks } from '../../grafana/runbook.js';
import { defaults } from '../../src/config/defaults.js';
import { evaluate } from '../../src/trends/regression.js';
import { initialState, type RegressionState } from '../../src/trends/regression-state.js';
import { signals } from '../../src/trends/signal.js';

const options = { window: defaults.trendsWindow, minSamples: defaults.trendsMinSamples, drop: 0.1 };
const GOOD = 80;
const SLOW = 56;
/** More than any number in the table. */
const MANY = 30;

class Machine {
  #state: RegressionState = initialState;
  #runs = 0;

  run(value: number): string {
    const at = new Date(Date.UTC(2026, 0, 1, this.#runs)).toISOString();
    const { state, verdict } = evaluate(
      this.#state,
      { run_id: String(this.#runs), at, value },
      signals.decode_speed,
      options,
    );
    this.#state = state;
    this.#runs += 1;
    return verdict.kind;
  }

  /** How many runs of this speed it takes until the verdict; `undefined` where it never comes. */
  runsUntil(verdict: string, value: number): number | undefined {
    for (let runs = 1; runs <= MANY; runs += 1) if (this.run(value + runs / 1000) === verdict) return runs;
    return undefined;
  }
}

/** After so many good runs, the last of which is the fastest or the slowest of them. */
function afterGoodRuns(count: number, last: 'fastest' | 'slowest'): Machine {
  const machine = new Machine();
  const step = last === 'fastest' ? 0.01 : -0.01;
  for (let run = 0; run < count; run += 1) machine.run(GOOD + run * step);
  return machine;
}

const runbook = readFileSync('docs/runbook.md', 'utf8');
const RULES = 'config/prometheus/rules/typhon.yml';
const TESTS = 'config/prometheus/rules/tests';
const PROVISIONED = 'grafana/provisioning/alerting/typhon.yml';
const annotated = z.object({ annotations: z.object({ runbook_url: z.string() }) });
const filesSchema = z.object({ groups: z.array(z.object({ rules: z.array(annotated) })) });

function linksIn(file: string): readonly string[] {
  const { groups } = filesSchema.parse(parse(readFileSync(file, 'utf8')));
  return groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.runbook_url));
}

/** Of the headings, as forges make them. */
function anchorsIn(markdown: string): readonly string[] {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-'));
}

t.test(
  'every rule of both files points at a section of its own, and no section is of a rule that is not',
  async (t) => {
    const names = alertGroups.flatMap((group) => group.rules.map(({ name }) => name));
    const sections = names.map((name) => runbookSection(name));
    for (const file of [RULES, PROVISIONED]) t.same(linksIn(file), sections, file);
    const explained = anchorsIn(runbook).filter((anchor) => anchor.startsWith('typhon'));
    t.same(explained.toSorted(), sections.map((link) => link.split('#')[1]).toSorted());
    for (const [, anchor = ''] of runbook.matchAll(/\]\(#([^)]+)\)/g))
      t.ok(anchorsIn(runbook).includes(anchor), anchor);
  },
);

t.test('the links are those of the repository that package.json names', async (t) => {
  const github = 'https://github.com/someone/typhon/blob/main/docs/runbook.md';
  for (const repository of [
    'github:someone/typhon',
    'https://github.com/someone/typhon',
    'git+https://github.com/someone/typhon.git',
    { type: 'git', url: 'git+https://github.com/someone/typhon.git' },
  ]) {
    t.equal(runbookPage({ repository }), github, JSON.stringify(repository));
  }
  t.equal(runbookPage({ name: 'typhon' }), 'docs/runbook.md', 'the file, where no place is known');
  t.throws(() => runbookPage({ repository: 'git@example.org:someone/typhon' }), /https/);
});

t.test('one setting is enough: the tests of the rules take the links that the rules are made with', async (t) => {
  const page = 'https://git.example.org/typhon/blob/main/docs/runbook.md';
  for (const name of readdirSync(TESTS)) {
    const text = readFileSync(join(TESTS, name), 'utf8');
    t.equal(withRunbookLinks(text), text, `${name} is as npm run generate makes it`);
    const links = [...withRunbookLinks(text, page).matchAll(/runbook_url: (\S+)/g)].map(([, link = '']) => link);
    t.ok(links.length > 0, name);
    for (const link of links)
      t.match(link, /^https:\/\/git\.example\.org\/typhon\/blob\/main\/docs\/runbook\.md#typhon/);
  }
});

const table = [...runbook.matchAll(/^\| (\d+)( or more)? \| \**(\d+)\** \| \**(\d+)\** \|$/gm)];

t.test('the table of the runbook is what the judgement does', async (t) => {
  t.equal(table.length, 6);
  for (const [, good, orMore, slow, recovered] of table) {
    const counts = orMore === undefined ? [Number(good)] : [Number(good), 15, 20, 40];
    for (const count of counts) {
      const machine = afterGoodRuns(count, 'fastest');
      t.equal(machine.runsUntil('started', SLOW), Number(slow), `slow runs after ${count} good ones`);
      t.equal(machine.runsUntil('recovered', GOOD), Number(recovered), `good runs after that`);
    }
  }
});

t.test('too few good runs never fire, and no machine fires before the third slow run', async (t) => {
  t.equal(afterGoodRuns(4, 'fastest').runsUntil('started', SLOW), undefined);
  for (const count of [9, 10, 20, 40]) {
    const runs = afterGoodRuns(count, 'slowest').runsUntil('started', SLOW);
    t.equal(runs, count === 9 ? 4 : 3, `after ${count} good ones, the last of them the slowest`);
  }
});
