/** The process that judges a long chronicle: it takes seconds and memory that the agent must not spend at its start. */
import { constants, setPriority } from 'node:os';
import { type JudgingAnswer, judgingRequestSchema } from './judging-protocol.js';
import { openTrendBook, trendSettings } from './trend-records.js';

setPriority(constants.priority.PRIORITY_LOW);

async function answerOf(received: unknown): Promise<JudgingAnswer> {
  try {
    const { paths, trends, now } = judgingRequestSchema.parse(received);
    const book = await openTrendBook(paths, { settings: trendSettings({ trends }), now: new Date(now) });
    return { type: 'judged', book: book.snapshot() };
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.once('message', async (received) => {
  const answer = await answerOf(received);
  if (process.connected) process.send?.(answer, () => process.connected && process.disconnect());
});
// It ends with its parent, whatever ended that.
process.once('disconnect', () => process.exit());
