import { describe, expect, it } from "vitest";
import { bytesText, split, tableOf } from "../src/parts/objectText";
import { lookOf, wordsOf } from "../src/parts/statuses";
import { relative, span } from "../src/parts/times";

describe("statuses", () => {
  it.each([
    ["Succeeded", "good"],
    ["InService", "good"],
    ["CREATE_COMPLETE", "good"],
    ["UPDATE_ROLLBACK_COMPLETE", "bad"],
    ["Executing", "run"],
    ["CREATE_IN_PROGRESS", "run"],
    ["RollingBack", "run"],
    ["PendingManualApproval", "wait"],
    ["WaitingForApproval", "wait"],
    ["Rejected", "bad"],
    ["TIMED_OUT", "bad"],
    ["CompletedWithViolations", "bad"],
    ["Stopped", "stopped"],
    ["Superseded", "stopped"],
    ["Not run", "skipped"],
    ["Waiting", "queued"],
    ["Scheduled", "good"],
    ["Pending", "queued"],
    ["INSUFFICIENT_DATA", "queued"],
    ["ModelPackage", "plain"],
  ])("%s looks %s", (status, look) => expect(lookOf(status)).toBe(look));

  it("read as people write", () => {
    expect(wordsOf("UPDATE_ROLLBACK_COMPLETE")).toBe("Update rollback complete");
    expect(wordsOf("RollingBack")).toBe("Rolling back");
    expect(wordsOf("InService")).toBe("In service");
  });
});

describe("times", () => {
  it("are told in two units at most", () => {
    expect([0, 800, 42_000, 61_000, 3 * 3_600_000 + 12 * 60_000, 86_400_000].map(span)).toEqual(["0 s", "0.8 s", "42 s", "1 min 1 s", "3 h 12 min", "1 d"]);
  });

  it("are told from now on, in both directions", () => {
    const now = Date.parse("2026-11-25T20:00:00Z");
    expect(relative(now - 1000, now)).toBe("just now");
    expect(relative(now - 150_000, now)).toBe("2 min ago");
    expect(relative(now + 3 * 3_600_000, now)).toBe("in 3 h");
  });
});

describe("objects", () => {
  it("have sizes and places", () => {
    expect([0, 1023, 1536, 5 << 20].map(bytesText)).toEqual(["0 B", "1023 B", "1.5 KiB", "5.0 MiB"]);
    expect(split("s3://bucket/a/b c")).toEqual({ bucket: "bucket", key: "a/b c" });
  });

  it("are read as tables with quotes", () => {
    expect(tableOf('a,"b,""c"""\r\n1,2\n', 10)).toEqual([
      ["a", 'b,"c"'],
      ["1", "2"],
    ]);
    expect(tableOf("1\n2\n3\n", 2)).toEqual([["1"], ["2"]]);
  });
});
