/** Rows of tables: searched, filtered, sorted, exported. */

export type Value = string | number | null | undefined;
export type Filters = Record<string, string[]>;

interface Valued<T> {
  id: string;
  label: string;
  value?: (row: T) => Value;
}

/** Rows that hold every word of the text somewhere, and one of the wanted values in every filtered column. */
export function filtered<T>(rows: T[], columns: Valued<T>[], text: string, filters: Filters): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = columns.filter((column) => filters[column.id]?.length);
  if (!words.length && !wanted.length) return rows;
  return rows.filter((row) => {
    const all = columns.map((column) => String(column.value?.(row) ?? "")).join("\n").toLowerCase();
    return words.every((word) => all.includes(word)) && wanted.every((column) => filters[column.id]?.includes(String(column.value?.(row) ?? "")));
  });
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });
const TIME = /^\d{4}-\d\d-\d\dT/;

/** Rows by a column's values; `-id` descends. Numbers as numbers, names with numbers by those, nothing last. */
export function sorted<T>(rows: T[], columns: Valued<T>[], order: string): T[] {
  const column = columns.find((each) => each.id === order.replace(/^-/, ""));
  if (!column) return rows;
  const sign = order.startsWith("-") ? -1 : 1;
  // Thousands of rows often share few values: those are put in order, and rows by their places.
  const values = rows.map((row) => column.value?.(row));
  const distinct = [...new Set(values)].sort((one, other) => compared(one, other, sign));
  const places = new Map(distinct.map((value, place) => [value, place]));
  const keyed = rows.map((row, index) => ({ row, place: places.get(values[index]) ?? 0 }));
  return keyed.sort((one, other) => one.place - other.place).map(({ row }) => row);
}

function compared(one: Value, other: Value, sign: number): number {
  const [first, second] = [isNothing(one), isNothing(other)];
  if (first || second) return Number(first) - Number(second);
  if (typeof one === "number" && typeof other === "number") return (one - other) * sign;
  const [text, next] = [String(one), String(other)];
  // Times in ISO 8601 are in order as they are written.
  if (TIME.test(text) && TIME.test(next)) return (text < next ? -1 : text > next ? 1 : 0) * sign;
  return COLLATOR.compare(text, next) * sign;
}

function isNothing(value: Value): boolean {
  return value === null || value === undefined || value === "";
}

/** RFC 4180. A cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csv<T>(rows: T[], columns: Valued<T>[]): string {
  const valued = columns.filter((column) => column.value);
  const lines = [valued.map((column) => column.label), ...rows.map((row) => valued.map((column) => cell(column.value?.(row))))];
  return lines.map((line) => line.map(quoted).join(",")).join("\r\n");
}

function cell(value: Value): string {
  const text = String(value ?? "");
  return typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
