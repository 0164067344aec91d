/** The conversation of docs/agents.md, held anew: the same questions to `typhon mcp`, on a history made as the demo's. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { madeUpPast } from '../../src/commands/demo/made-up-past.js';
import { demoResult } from '../fixtures/demo-result.js';
import { mcpClient, stdioTransport, textOf } from '../fixtures/mcp-client.js';

interface Exchange {
  readonly tool: string;
  readonly input: Record<string, unknown>;
  readonly answer: string;
}

function exchangesOf(page: string): readonly Exchange[] {
  const [, conversation = ''] = page.split('## A conversation');
  return [...conversation.matchAll(/`(\w+)` with `(\{.*?\})`:\n\n```\n(.*?)\n```/gs)].map(
    ([, tool = '', input = '', answer = '']) => ({ tool, input: JSON.parse(input), answer }),
  );
}

/** Without what differs from machine to machine and from day to day: runs, times, figures. */
function shapeOf(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d_[\d.-]+_[0-9a-f]{8}/g, '<run>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/[−+±]?\d[\d.,]*/g, '<figure>');
}

t.test('what the page shows is what the tools answer', async (t) => {
  const exchanges = exchangesOf(readFileSync('docs/agents.md', 'utf8'));
  t.same(
    exchanges.map(({ tool }) => tool),
    ['what_changed', 'get_trends'],
  );
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  const measured = demoResult(new Date(Date.now() - 60_000));
  for (const result of [...madeUpPast(measured), measured]) await recordResult(result, paths);
  const { call } = await mcpClient(t, stdioTransport(paths.root));
  for (const { tool, input, answer } of exchanges) {
    const lines = shapeOf(textOf(await call(tool, input))).split('\n');
    for (const line of answer.split('\n').filter((text) => text !== '…')) {
      t.ok(lines.includes(shapeOf(line)), `${tool}: ${line}\n${lines.join('\n')}`);
    }
  }
});
