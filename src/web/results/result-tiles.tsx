import type { ComponentChildren } from 'preact';
import type { BenchmarkResult } from '../../benchmark/result.js';
import * as figures from '../../shared/figure-text.js';

/** The figures somebody wants first. What nobody knows has no tile. */
export function ResultTiles({ result: { benchmarks } }: { readonly result: BenchmarkResult }) {
  const baseline = benchmarks.find(({ category }) => category === 'baseline');
  const gpus = benchmarks.flatMap(({ gpu_stats: stats }) => stats ?? []);
  const highest = (read: (stats: (typeof gpus)[number]) => number | null) => {
    const known = gpus.map(read).filter((value) => value !== null);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  const [vram, temperature] = [highest((stats) => stats.peak_vram_used_mb), highest((stats) => stats.peak_temp_c)];
  const joules = baseline?.gpu_stats?.joules_per_token ?? undefined;
  return (
    <dl class="tiles">
      <Tile name="Decode" note="tokens/s, short prompt">
        {figures.speed(baseline?.avg_tps)}
      </Tile>
      <Tile name="First token" note="short prompt">
        {figures.latency(baseline?.avg_ttft_s)}
      </Tile>
      <Tile name="Prefill" note="tokens/s, best">
        {figures.speed(best(benchmarks.map((test) => test.avg_prefill_tps)))}
      </Tile>
      {vram !== undefined && (
        <Tile name="VRAM" note="peak">
          {figures.memory(vram)}
        </Tile>
      )}
      {temperature !== undefined && (
        <Tile name="Temperature" note="peak">
          {figures.celsius(temperature)}
        </Tile>
      )}
      {joules !== undefined && (
        <Tile name="Energy" note="per token, short prompt">
          {figures.joules(joules)}
        </Tile>
      )}
    </dl>
  );
}

function best(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? undefined : Math.max(...known);
}

function Tile({
  name,
  note,
  children,
}: {
  readonly name: string;
  readonly note: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{children}</span>
        <span class="hint">{note}</span>
      </dd>
    </div>
  );
}
