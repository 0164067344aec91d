/** Figures as people read them; a dash for what is unknown. */
export const UNKNOWN = '–';

type Known = number | null | undefined;

function formatKnown(value: Known, format: (value: number) => string): string {
  return value === null || value === undefined ? UNKNOWN : format(value);
}

const MIB_PER_GIB = 1024;

/** Tokens per second with three significant digits, but never fewer than the whole ones. */
export function speed(value: Known): string {
  return formatKnown(value, (tokens) => {
    if (tokens >= 100) return Math.round(tokens).toLocaleString('en-US');
    return tokens.toFixed(tokens >= 10 ? 1 : 2);
  });
}

/** Of seconds: `118 ms`, `1.42 s`. */
export function latency(value: Known): string {
  return formatKnown(value, (seconds) => {
    if (seconds >= 1) return `${seconds.toFixed(seconds >= 10 ? 1 : 2)} s`;
    return `${(seconds * 1000).toFixed(seconds >= 0.1 ? 0 : 1)} ms`;
  });
}

/** Of MiB. */
export function memory(value: Known): string {
  return formatKnown(value, (mib) =>
    mib >= MIB_PER_GIB ? `${(mib / MIB_PER_GIB).toFixed(1)} GiB` : `${Math.round(mib)} MiB`,
  );
}

export function celsius(value: Known): string {
  return formatKnown(value, (degrees) => `${Math.round(degrees)} °C`);
}

export function watts(value: Known): string {
  return formatKnown(value, (power) => `${Math.round(power)} W`);
}

export function joules(value: Known): string {
  return formatKnown(value, (energy) => `${energy.toFixed(energy >= 10 ? 1 : 2)} J`);
}

export function percent(value: Known): string {
  return formatKnown(value, (share) => `${Math.round(share)} %`);
}

/** Of a ratio less 1: `−12.0 %`, with a true minus. */
export function change(value: Known): string {
  return formatKnown(value, (ratio) => {
    const points = (Math.abs(ratio) * 100).toFixed(1);
    if (points === '0.0') return '±0.0 %';
    return `${ratio < 0 ? '−' : '+'}${points} %`;
  });
}

export function count(value: Known): string {
  return formatKnown(value, (number) => number.toLocaleString('en-US'));
}
