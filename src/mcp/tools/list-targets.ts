import * as z from 'zod';
import { type TargetBody, targetBody } from '../../api/routes/status.js';
import { count } from '../../shared/figure-text.js';
import { tool } from '../tool.js';

export const listTargets = tool({
  name: 'list_targets',
  title: 'List LLM servers',
  description:
    'The LLM servers that typhon can benchmark here: whether each answers, which model it has, its context length, and whether it is at work for somebody.',
  changes: false,
  input: z.strictObject({}),
  output: z.object({ targets: z.array(targetBody) }),
  handle: async (_input, { services }) => {
    const targets = await services.targets();
    const lines = targets.map((target) => `- ${target.name}: ${stateWords(target)}`);
    const text =
      lines.length === 0 ? 'No LLM server is configured, and none was found on this machine.' : lines.join('\n');
    return { text, content: { targets } };
  },
});

function stateWords(target: TargetBody): string {
  switch (target.state) {
    case 'down':
      return target.configured ? 'does not answer' : 'no LLM server was found on this machine';
    case 'unknown':
      return 'not asked yet';
    case 'up': {
      const server = [target.server_kind, target.server_version].filter((part) => part !== null).join(' ');
      const context = target.context_length === null ? [] : [`${count(target.context_length)} tokens of context`];
      const parts = [
        ...(server === '' ? [] : [server]),
        target.model === null
          ? `no model to measure (${target.no_model ?? 'none is loaded'})`
          : `model ${target.model}`,
        ...context,
        ...(target.asleep ? ['asleep'] : []),
        ...(target.busy === 'busy' ? ['at work for somebody now'] : []),
      ];
      return parts.join(', ');
    }
  }
}
