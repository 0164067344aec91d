import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

interface LazyViewProps<Props> {
  /** The same function each time; its module is fetched once. */
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
}

/** A view that comes when it is first asked for, so that the first load is not larger for it. */
export function LazyView<Props extends object>({ load, props }: LazyViewProps<Props>) {
  const [view, setView] = useState<{ readonly of: typeof load; readonly View: ComponentType<Props> }>();
  const [isLost, setIsLost] = useState(false);
  useEffect(() => {
    setIsLost(false);
    load().then(
      (View) => setView({ of: load, View }),
      () => setIsLost(true),
    );
  }, [load]);
  if (view !== undefined && view.of === load) return <view.View {...props} />;
  if (!isLost) return <p class="empty">Loading…</p>;
  return (
    <p class="notice warn" role="alert">
      This part of the page could not be loaded. Reload the page: the agent may have been updated.
    </p>
  );
}
