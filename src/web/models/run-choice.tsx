import { useState } from 'preact/hooks';
import { shortModelName } from '../../shared/model-name.js';
import type { RunList } from '../../trends/measured/run-list.js';
import { wordsOf } from '../agent/agent-client.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { localTime } from '../ui/times.js';
import { useCell } from '../ui/use-cell.js';
import { type ResultFile, resultsInFile } from './result-file.js';

const OFFERED = 100;

interface RunChoiceProps {
  readonly session: PageSession;
  readonly chosen: readonly string[];
  readonly files: readonly ResultFile[];
  readonly isFull: boolean;
  readonly onRuns: (runIds: readonly string[]) => void;
  readonly onFiles: (files: readonly ResultFile[]) => void;
}

/** What is compared: recorded runs to add and take away, and files to drop or open. */
export function RunChoice({ session, chosen, files, isFull, onRuns, onFiles }: RunChoiceProps) {
  const changes = useCell(session.changes);
  const { value } = useAnswer(() => session.client.get<RunList>(`runs?limit=${OFFERED}`), [changes]);
  const [problem, setProblem] = useState<string>();
  const [isOver, setIsOver] = useState(false);
  const runs = value?.runs ?? [];
  const take = async (list: FileList | null | undefined) => {
    setProblem(undefined);
    try {
      onFiles([...files, ...(await Promise.all([...(list ?? [])].map(resultsInFile))).flat()]);
    } catch (error) {
      setProblem(wordsOf(error));
    }
  };
  return (
    <section
      aria-label="What is compared"
      class={isOver ? 'run-choice over' : 'run-choice'}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        void take(event.dataTransfer?.files);
      }}
    >
      <ul class="plain chosen-runs">
        {chosen.map((id) => (
          <li key={id}>
            {nameOf(id, runs)}{' '}
            <button
              type="button"
              aria-label={`Take ${nameOf(id, runs)} away`}
              onClick={() => onRuns(without(chosen, id))}
            >
              ×
            </button>
          </li>
        ))}
        {files.map((file, index) => (
          <li key={`${index} ${file.name}`}>
            {file.name} <span class="hint">a file</span>{' '}
            <button type="button" aria-label={`Take ${file.name} away`} onClick={() => onFiles(without(files, file))}>
              ×
            </button>
          </li>
        ))}
      </ul>
      <div class="filters">
        <label class="filter">
          Add a run
          <select value="" disabled={isFull} onChange={({ currentTarget }) => onRuns([...chosen, currentTarget.value])}>
            <option value="">–</option>
            {runs
              .filter(({ run_id: id }) => !chosen.includes(id))
              .map(({ run_id: id }) => (
                <option key={id} value={id}>
                  {nameOf(id, runs)}
                </option>
              ))}
          </select>
        </label>
        <label class="filter">
          Add a result.json or shared figures, or drop them here
          <input
            type="file"
            accept=".json,application/json"
            multiple
            disabled={isFull}
            onChange={({ currentTarget }) => {
              const chosenFiles = currentTarget.files;
              void take(chosenFiles).then(() => {
                // The same file may be chosen once more.
                currentTarget.value = '';
              });
            }}
          />
        </label>
      </div>
      {problem !== undefined && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

function without<T>(all: readonly T[], one: T): readonly T[] {
  return all.filter((other) => other !== one);
}

/** Older ones than those on offer are known by their time alone. */
function nameOf(id: string, runs: RunList['runs']): string {
  const run = runs.find(({ run_id: known }) => known === id);
  if (run === undefined) return id;
  return `${shortModelName(run.model)} on ${run.target}, ${localTime(run.run_at)}, ${run.mode ?? 'run'}`;
}
