import { useEffect, useRef } from 'preact/hooks';
import { steady } from '../ui/steady.js';
import { logLine } from '../ui/times.js';

// So close to its end a reader follows the log rather than reads in it.
const NEAR_END_PX = 40;

/** A job's log; it stays at its end while lines come, unless the reader has scrolled back. */
export function LogView({ lines, label }: { readonly lines: readonly string[]; readonly label: string }) {
  const box = useRef<HTMLElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (box.current !== null && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    follows.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  };
  return (
    <section class="log" ref={box} onScroll={onScroll} tabIndex={0} aria-label={label}>
      {lines.length === 0 && <p class="hint">Nothing yet.</p>}
      {lines.map((line, index) => (
        <SteadyRow key={index} line={line} />
      ))}
    </section>
  );
}

function LogRow({ line }: { readonly line: string }) {
  const { clock, text } = logLine(line);
  return (
    <div class="log-line">
      <span class="clock">{clock}</span>
      <span>{text}</span>
    </div>
  );
}

/** Each line is drawn once: most of the time the log is what it was and one line more. */
const SteadyRow = steady(LogRow);
