import { describe, expect, it } from "vitest";
import { csv, filtered, sorted } from "../src/parts/rows";

interface Row {
  name: string;
  score: number | null;
}

const COLUMNS = [
  { id: "name", label: "Name", value: (row: Row) => row.name },
  { id: "score", label: "Score", value: (row: Row) => row.score },
];
const ROWS: Row[] = [
  { name: "run-10", score: 2 },
  { name: "run-9", score: null },
  { name: "other", score: 10 },
];

describe("rows of a table", () => {
  it("are found by every word, in any column", () => {
    expect(filtered(ROWS, COLUMNS, "RUN 2", {})).toEqual([ROWS[0]]);
    expect(filtered(ROWS, COLUMNS, "", { name: ["other", "run-9"] })).toEqual([ROWS[1], ROWS[2]]);
  });

  it("are sorted by numbers and by the numbers in names, nothing last in both directions", () => {
    expect(sorted(ROWS, COLUMNS, "name").map((row) => row.name)).toEqual(["other", "run-9", "run-10"]);
    expect(sorted(ROWS, COLUMNS, "score").map((row) => row.score)).toEqual([2, 10, null]);
    expect(sorted(ROWS, COLUMNS, "-score").map((row) => row.score)).toEqual([10, 2, null]);
    expect(sorted(ROWS, COLUMNS, "gone")).toEqual(ROWS);
  });

  it("become a CSV that no spreadsheet runs", () => {
    const rows = [{ name: '=HYPERLINK("x"),\n', score: -1 }];
    expect(csv(rows, COLUMNS)).toBe('Name,Score\r\n"\'=HYPERLINK(""x""),\n",-1');
  });
  it("leaves out columns that hold no value", () => {
    const columns = [...COLUMNS, { id: "does", label: "Change" }];
    expect(csv(ROWS.slice(0, 1), columns)).toBe("Name,Score\r\nrun-10,2");
    expect(filtered(ROWS, columns, "run-9", {})).toEqual([ROWS[1]]);
    expect(sorted(ROWS, columns, "does")).toEqual(ROWS);
  });
});
