import { describe, expect, it } from "vitest";
import { grown } from "../src/wire/growing";

interface Row {
  id: string;
  status: string;
}

const row = (number: number, status = "Succeeded"): Row => ({ id: `r${number}`, status });
const rows = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, place) => row(from - place));

async function* paged(all: Row[], read: number[]): AsyncGenerator<Row[]> {
  for (let start = 0; start < all.length; start += 2) {
    read.push(start);
    yield all.slice(start, start + 2).map((each) => ({ ...each }));
  }
}

async function reading(all: Row[], known: Row[], touched: string[] = [], shown = known.length) {
  const read: number[] = [];
  const told: number[] = [];
  const found = await grown(paged(all, read), { known, shown, idOf: (each) => each.id, touched: new Set(touched), limit: 100, tell: (some) => told.push(some.length) });
  return { found, pages: read.length, told };
}

describe("a growing list", () => {
  it("is told of from its first page on, each time twice as long", async () => {
    const { found, pages, told } = await reading(rows(16, 1), []);
    expect([found.length, pages, told]).toEqual([16, 8, [2, 4, 8, 16]]);
  });

  it("never shrinks while it is read again from its beginning", async () => {
    expect((await reading(rows(16, 1), [], [], 6)).told).toEqual([8, 16]);
  });

  it("is read again only as far as something is new", async () => {
    const known = rows(16, 1);
    const { found, pages } = await reading([row(17, "Executing"), ...known], known);
    expect([found.length, pages]).toEqual([17, 2]);
    expect(found.slice(1).every((each, place) => each === known[place])).toBe(true);
  });

  it("is read as far as the rows that news came of", async () => {
    const known = rows(16, 1);
    const now = known.map((each) => (each.id === "r3" ? row(3, "Executing") : each));
    const { found, pages } = await reading(now, known, ["r3", "elsewhere"]);
    expect([found.find((each) => each.id === "r3")?.status, found.length, pages]).toEqual(["Executing", 16, 8]);
  });

  it("loses what was deleted among what is read", async () => {
    const known = rows(16, 1);
    const { found } = await reading(known.filter((each) => each.id !== "r15"), known);
    expect(found.map((each) => each.id)).toEqual(known.map((each) => each.id).filter((id) => id !== "r15"));
  });
});
