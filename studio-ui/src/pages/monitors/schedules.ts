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

/** `every hour, on the hour`; the expression itself where it is no form that monitoring knows. */
export function scheduleWords(expression: string): string {
  const daily = DAILY.exec(expression);
  const every = EVERY.exec(expression);
  if (HOURLY.test(expression)) return "every hour, on the hour";
  if (daily) return `every day at ${clock(Number(daily[1]))} UTC`;
  if (every) return `every ${every[2]} hours from ${clock(Number(every[1]))} UTC`;
  return expression === "NOW" ? "once, when it is started" : expression;
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

export interface Rhythm {
  kind: "hourly" | "every" | "daily";
  /** Hours between runs, for `every`. */
  step: number;
  /** The first hour of the day in UTC, for `every` and `daily`. */
  hour: number;
}

/** What a form sets from an expression, null for forms that it does not know. */
export function rhythmOf(expression: string): Rhythm | null {
  const daily = DAILY.exec(expression);
  const every = EVERY.exec(expression);
  if (HOURLY.test(expression)) return { kind: "hourly", step: 6, hour: 0 };
  if (daily) return { kind: "daily", step: 6, hour: Number(daily[1]) };
  return every ? { kind: "every", step: Number(every[2]), hour: Number(every[1]) } : null;
}

export function expressionOf({ kind, step, hour }: Rhythm): string {
  if (kind === "hourly") return "cron(0 * ? * * *)";
  return kind === "daily" ? `cron(0 ${hour} ? * * *)` : `cron(0 ${hour}/${step} ? * * *)`;
}
