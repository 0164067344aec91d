import { shortModelName } from '../../shared/model-name.js';
import {
  type ComparedSide,
  type Comparison,
  comparisonSentence,
  figureWords,
  firstToken,
  ratioWords,
  type Told,
  withSpread,
} from './compare-words.js';

interface ComparisonTableProps {
  readonly comparison: Comparison;
  readonly sides: readonly [ComparedSide | undefined, ComparedSide | undefined];
  readonly names: readonly [string, string];
}

/** Every test of two runs, with what can be said of each difference. */
export function ComparisonTable({ comparison, sides, names }: ComparisonTableProps) {
  const { tests, remarks, changes } = comparison;
  const sentence = comparisonSentence(comparison);
  const notes = [...remarks, ...changes.map(({ words }) => `Changed: ${words}.`)];
  const title = `${names[1]} beside ${names[0]}`;
  return (
    <section class="figure" aria-label={title}>
      <h3>{title}</h3>
      <p class={classOf(sentence)}>{sentence.words}</p>
      <section class="scroll" tabIndex={0} aria-label={`Every test: ${title}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Test</th>
              {names.map((name) => (
                <th key={name} scope="col" class="number">
                  {shortModelName(name)}
                  <span class="unit">tokens/s; first token</span>
                </th>
              ))}
              <th scope="col">Decode</th>
              <th scope="col">First token</th>
            </tr>
          </thead>
          <tbody>
            {tests.map((test) => (
              <Row key={test.test_id} test={test} sides={sides} comparison={comparison} />
            ))}
          </tbody>
        </table>
      </section>
      {notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
    </section>
  );
}

interface RowProps extends Pick<ComparisonTableProps, 'sides' | 'comparison'> {
  readonly test: Comparison['tests'][number];
}

function Row({ test, sides, comparison: { reason, method } }: RowProps) {
  const [before, after] = sides.map((side) => side?.tests.find(({ test_id: id }) => id === test.test_id));
  const isJudged = reason === null;
  const decode = isJudged ? judged(test.decode_speed, method.drop) : ratioWords(before, after);
  const ttft = isJudged ? judged(test.ttft, method.drop) : undefined;
  return (
    <tr>
      <th scope="row">{test.name}</th>
      {[before, after].map((side, index) => (
        <td key={index === 0 ? 'before' : 'after'} class="number">
          {withSpread(side)}
          <span class="unit hint">{firstToken(side)}</span>
        </td>
      ))}
      <td>
        <Words told={decode ?? missing(test)} />
      </td>
      <td>{ttft === undefined ? '–' : <Words told={ttft} />}</td>
    </tr>
  );
}

function judged(figure: Comparison['tests'][number]['decode_speed'], drop: number): Told | undefined {
  return figure === null ? undefined : figureWords(figure, drop);
}

function missing({ reason }: Comparison['tests'][number]): Told {
  return { tone: 'unknown', words: reason ?? 'not known' };
}

function Words({ told }: { readonly told: Told }) {
  return <span class={classOf(told)}>{told.words}</span>;
}

function classOf({ tone }: Told): string {
  return tone === 'worse' ? 'worse' : `told-${tone}`;
}
