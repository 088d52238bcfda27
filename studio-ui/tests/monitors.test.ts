import { describe, expect, it } from "vitest";
import { driftsOf } from "../src/pages/monitors/drift";
import { expressionOf, nextRun, rhythmOf, scheduleWords } from "../src/pages/monitors/schedules";
import { ordered, subjectOf, typeLabel } from "../src/pages/monitors/shapes";

const at = (text: string) => Date.parse(text);
const HOURLY = "cron(0 * ? * * *)";

describe("a monitor's schedule", () => {
  it("says when it runs next, before it has ever run", () => {
    expect(nextRun(HOURLY, at("2026-11-25T21:31:00Z"))).toBe(at("2026-11-25T22:00:00Z"));
    expect(nextRun("cron(0 5 ? * * *)", at("2026-11-25T21:31:00Z"))).toBe(at("2026-11-26T05:00:00Z"));
    expect(nextRun("cron(0 1/6 ? * * *)", at("2026-11-25T12:59:00Z"))).toBe(at("2026-11-25T13:00:00Z"));
    expect(nextRun("NOW", 0)).toBeNull();
  });

  it("is written in words", () => {
    expect(scheduleWords(HOURLY)).toBe("every hour, on the hour");
    expect(scheduleWords("cron(0 5 ? * * *)")).toBe("every day at 05:00 UTC");
    expect(scheduleWords("cron(0 0/6 ? * * *)")).toBe("every 6 hours from 00:00 UTC");
    expect(scheduleWords("NOW")).toBe("once, when it is started");
  });

  it("goes through the form that changes it and comes out the same", () => {
    for (const expression of [HOURLY, "cron(0 5 ? * * *)", "cron(0 1/6 ? * * *)"]) {
      const rhythm = rhythmOf(expression);
      expect(rhythm && expressionOf(rhythm)).toBe(expression);
    }
    expect(rhythmOf("NOW")).toBeNull();
  });
});

describe("monitors", () => {
  it("stand in one order, by what they watch", () => {
    const named = (type: string, name: string) => ({ MonitoringType: type, MonitoringScheduleName: name });
    const names = ordered([named("ModelBias", "b"), named("DataQuality", "z"), named("DataQuality", "a")]).map((each) => each.MonitoringScheduleName);
    expect(names).toEqual(["a", "z", "b"]);
    expect(typeLabel("ModelExplainability")).toBe("Explainability");
  });

  it("say what a violation is about", () => {
    expect(subjectOf({ feature_name: "_c3" })).toBe("_c3");
    expect(subjectOf({ facet: "_c8", facet_value: "1", metric_name: "DPPL" })).toBe("_c8 = 1: DPPL");
  });
});

describe("drift", () => {
  const numbers = (name: string, buckets: [number, number, number][]) => ({
    name,
    inferred_type: "Fractional",
    numerical_statistics: { distribution: { kll: { buckets: buckets.map(([lower_bound, upper_bound, count]) => ({ lower_bound, upper_bound, count })) } } },
  });

  it("is told over edges that both share, the violated first, with the analyzer's own number where it gave one", () => {
    const live = { features: [numbers("same", [[0, 1, 10]]), numbers("gone", [[10, 11, 10]])] };
    const baseline = { features: [numbers("same", [[0, 1, 99]]), numbers("gone", [[0, 1, 99]])] };
    const violations = [{ feature_name: "gone", description: "Baseline drift distance: 0.98 exceeds threshold: 0.2" }];
    const [gone, same] = driftsOf(live, baseline, violations);
    expect([gone?.feature, gone?.distance, gone?.over, gone?.labels]).toEqual(["gone", 0.98, 0.2, ["0", "11"]]);
    expect([same?.feature, same?.distance, same?.over]).toEqual(["same", 0, null]);
    expect(gone?.live.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1);
    expect(gone?.baseline.slice(3).every((share) => share === 0)).toBe(true);
  });
});
