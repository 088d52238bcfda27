/** Times and spans as people read them. */

const UNITS: [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
];

/** `3 h 12 min`, `42 s`, `0.8 s`. */
export function span(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 50) return "0 s";
  if (ms < 60_000) return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
  const index = UNITS.findIndex(([size]) => ms >= size);
  const [size, unit] = UNITS[index] ?? [60_000, "min"];
  const next = UNITS[index + 1] ?? [1000, "s"];
  const rest = Math.floor((ms % size) / next[0]);
  return rest ? `${Math.floor(ms / size)} ${unit} ${rest} ${next[1]}` : `${Math.floor(ms / size)} ${unit}`;
}

const TICK_MS = 16_000;

/** `2 min ago`, `in 3 h`, `just now`; a date when that is long ago. */
export function relative(then: number, now: number): string {
  const gap = now - then;
  const size = Math.abs(gap);
  // The shown clock ticks every quarter minute: what has just happened may lie ahead of it.
  if (size < 5000 || (gap < 0 && size < TICK_MS)) return "just now";
  if (size > 7 * 86_400_000) return new Date(then).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
  const text = size < 60_000 ? `${Math.round(size / 1000)} s` : coarse(size);
  return gap >= 0 ? `${text} ago` : `in ${text}`;
}

function coarse(ms: number): string {
  const [size, unit] = UNITS.find(([each]) => ms >= each) ?? [60_000, "min"];
  return `${Math.floor(ms / size)} ${unit}`;
}

/** `25 Nov 2026, 20:28:22`. */
export function absolute(then: number): string {
  return new Date(then).toLocaleString(undefined, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}
