/** Words about objects. */

export function split(uri: string): { bucket: string; key: string } {
  const [bucket = "", ...rest] = uri.replace(/^s3:\/\//, "").split("/");
  return { bucket, key: rest.join("/") };
}

/** The page of a bucket, a prefix in it, and an object beside the list. */
export function bucketPage(bucket: string, prefix = "", object = ""): string {
  const params = new URLSearchParams();
  if (prefix) params.set("prefix", prefix);
  if (object) params.set("object", object);
  const text = params.toString();
  return `/data/${bucket}${text ? `?${text}` : ""}`;
}

/** The page that shows an s3:// place: an object in its folder, or the folder itself. */
export function pageOfObject(uri: string, isObject: boolean): string {
  const { bucket, key } = split(uri);
  if (!isObject) return bucketPage(bucket, key === "" || key.endsWith("/") ? key : `${key}/`);
  return bucketPage(bucket, key.slice(0, key.lastIndexOf("/") + 1), key);
}

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1.4 MiB`. */
export function bytesText(bytes: number): string {
  let place = 0;
  let size = bytes;
  while (size >= 1024 && place < SIZES.length - 1) {
    size /= 1024;
    place += 1;
  }
  return `${place === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${SIZES[place]}`;
}

/** Rows of a CSV text, quotes respected, up to a limit. */
export function tableOf(text: string, rowsMax: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const match of text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/g)) {
    const [, cell = "", end] = match;
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === ",") continue;
    if (row.length > 1 || row[0]) rows.push(row);
    row = [];
    if (rows.length >= rowsMax) break;
  }
  return rows;
}

export type Content = "archive" | "picture" | "page" | "lines" | "table" | "text";

const CONTENTS: [Content, RegExp][] = [
  ["archive", /\.(tar|tgz|tar\.gz)$/i],
  ["picture", /\.(png|jpe?g|gif|webp|svg)$/i],
  ["page", /\.html?$/i],
  ["lines", /\.(jsonl|jsonlines|ndjson)$/i],
  ["table", /\.csv$/i],
];

/** What an object is, by its name. */
export function contentOf(uri: string): Content {
  return CONTENTS.find(([, form]) => form.test(uri))?.[0] ?? "text";
}

/** Bytes as text; null when they are none. */
export function textOf(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, 8192).includes(0)) return null;
  return new TextDecoder().decode(bytes);
}

/** A text as the JSON object or array it is; undefined when it is none, or goes on behind what was read. */
export function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One document a line; a last line that was cut off is left out, and so is what is no JSON. */
export function linesOf(text: string, linesMax: number): unknown[] {
  return text
    .split("\n", linesMax)
    .map((line) => jsonOf(line))
    .filter((document) => document !== undefined);
}
