/** Words about objects. */

export function split(uri: string): { bucket: string; key: string } {
  const [bucket = "", ...rest] = uri.replace(/^s3:\/\//, "").split("/");
  return { bucket, key: rest.join("/") };
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
