/** Numbers as people read them. */

/** With as many places as tell it from its neighbours. */
export function rounded(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : Number(value.toPrecision(5)).toString();
}

/** For axes and legends: three places, powers of ten where that is shorter. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(1);
  return Number(value.toPrecision(size >= 1000 ? 4 : 3)).toString();
}
