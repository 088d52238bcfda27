/** When a monitoring schedule runs next, for the forms that monitoring knows: hourly, daily, every n hours. */

const HOURLY = /^cron\(0 \* \? \* \* \*\)$/;
const DAILY = /^cron\(0 (\d+) \? \* \* \*\)$/;
const EVERY = /^cron\(0 (\d+)\/(\d+) \? \* \* \*\)$/;
const HOUR_MS = 3_600_000;

/** Milliseconds since the epoch, null for "NOW" and for forms that are none of these. */
export function nextRun(expression: string, now: number): number | null {
  const hour = Math.floor(now / HOUR_MS) + 1;
  if (HOURLY.test(expression)) return hour * HOUR_MS;
  const every = EVERY.exec(expression);
  const daily = DAILY.exec(expression);
  const hours = every ? hoursFrom(Number(every[1]), Number(every[2])) : daily ? [Number(daily[1])] : null;
  if (!hours) return null;
  for (let next = hour; next < hour + 25; next += 1) if (hours.includes(next % 24)) return next * HOUR_MS;
  return null;
}

function hoursFrom(first: number, step: number): number[] {
  return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => hour >= first && (hour - first) % Math.max(1, step) === 0);
}
