import type { ComponentChildren } from 'preact';

/** Names and what stands for each, one pair a line. */
export function Facts({
  facts,
  narrow = false,
}: {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[];
  readonly narrow?: boolean;
}) {
  return (
    <dl class={narrow ? 'facts narrow' : 'facts'}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
