import { describe, expect, it } from "vitest";
import { base64Of, bytesOf, recordsOf } from "../src/pages/endpoints/captured";
import { CHARTS, queriesFor, seriesOf } from "../src/pages/endpoints/metricQueries";

describe("captured requests", () => {
  it("are read line by line, the newest first", () => {
    const line = (id: string, data: string, encoding: string) => JSON.stringify({ captureData: { endpointInput: { data, encoding, observedContentType: "text/csv" } }, eventMetadata: { eventId: id, inferenceTime: "2026-11-25T20:37:06Z" } });
    const found = recordsOf(`${line("a", "1,2\n", "CSV")}\nbroken\n${line("b", base64Of("3,4"), "BASE64")}\n`);
    expect(found.map((each) => [each.id, each.input, each.output])).toEqual([
      ["b", "3,4", ""],
      ["a", "1,2", ""],
    ]);
  });

  it("come through base64 as they were, whatever the letters", () => {
    expect(new TextDecoder().decode(bytesOf(base64Of("für ☃")))).toBe("für ☃");
  });
});

describe("charts of an endpoint", () => {
  it("have one query a line and variant, and lines over common times", () => {
    const chart = CHARTS[2];
    if (!chart) throw new Error("there is a third chart");
    const ids = queriesFor("e", ["a", "b"], 60).map((query) => (query as { Id: string }).Id);
    expect(new Set(ids).size).toBe(ids.length);
    const results = [
      { Id: "c2l0v0", Timestamps: ["1970-01-01T00:01:00Z"], Values: [1] },
      { Id: "c2l1v1", Timestamps: ["1970-01-01T00:02:00Z"], Values: [2] },
    ];
    const { x, series } = seriesOf(chart, results, ["a", "b"]);
    expect(x).toEqual([60, 120]);
    expect(series.map((each) => [each.label, ...each.values])).toEqual([
      ["a 4XX", 1, null],
      ["b 4XX", null, null],
      ["a 5XX", null, null],
      ["b 5XX", null, 2],
    ]);
  });
});
