import { describe, expect, it } from "vitest";
import { biasParts, confusionOf, distance, featureRows, importances, moreIsBetter, qualityMetrics, rebinned, shares } from "../src/pages/models/reports";
import { hears } from "../src/pages/models/rules";

describe("model quality", () => {
  it("is a list of numbers, whatever the problem", () => {
    const regression = { regression_metrics: { mse: { value: 4.5, standard_deviation: "NaN" }, r2: { value: 0.5, standard_deviation: 0.1 } } };
    expect(qualityMetrics(regression)).toEqual([
      { name: "mse", value: 4.5, deviation: null },
      { name: "r2", value: 0.5, deviation: 0.1 },
    ]);
    const binary = { binary_classification_metrics: { confusion_matrix: { "0": { "0": 5, "1": 1 }, "1": { "1": 3 } }, recall: { value: "0.75" } } };
    expect(qualityMetrics(binary).map((each) => each.name)).toEqual(["recall"]);
    expect(confusionOf(binary)).toEqual({
      classes: ["0", "1"],
      counts: [
        [5, 1],
        [0, 3],
      ],
    });
  });

  it("knows which way is better", () => {
    expect([moreIsBetter("mse"), moreIsBetter("r2"), moreIsBetter("false_positive_rate"), moreIsBetter("f2"), moreIsBetter("gini")]).toEqual([false, true, false, true, null]);
  });
});

describe("data quality", () => {
  const bucket = (lower_bound: number, upper_bound: number, count: number) => ({ lower_bound, upper_bound, count });

  it("compares distributions whose buckets lie elsewhere", () => {
    const now = [bucket(0, 1, 5), bucket(1, 2, 5)];
    expect(rebinned(now, [bucket(0, 2, 8)])).toEqual([0.5, 0.5]);
    expect(rebinned(now, [bucket(-5, 0, 2), bucket(5, 6, 6)])).toEqual([0.25, 0.75]);
    expect(distance(shares(now), rebinned(now, [bucket(5, 6, 1)]))).toBe(0.5);
    expect(distance(shares(now), shares(now))).toBe(0);
  });

  it("reads numbers and texts", () => {
    const rows = featureRows({
      features: [
        { name: "a", inferred_type: "Fractional", numerical_statistics: { common: { num_present: 9, num_missing: 1 }, mean: 2 } },
        { name: "b", inferred_type: "String", string_statistics: { common: { num_present: 10, num_missing: 0 }, distinct_count: 3 } },
      ],
    });
    expect(rows.map((row) => [row.name, row.missing, row.mean, row.distinct])).toEqual([
      ["a", 1, 2, null],
      ["b", 0, null, 3],
    ]);
  });
});

describe("Clarify's analyses", () => {
  it("have bias before and after training, and importances", () => {
    const raw = { label: "y", label_value_or_threshold: "1", facets: { sex: [{ value_or_threshold: "0", metrics: [{ name: "DI", description: "Disparate Impact (DI)", value: 1.5 }] }] } };
    const analysis = { pre_training_bias_metrics: raw, explanations: { kernel_shap: { label0: { global_shap_values: { a: 0.1, b: -0.4 }, expected_value: 2 } } } };
    expect(biasParts(analysis).map((part) => [part.title.split(":")[0], part.groups[0]?.facet])).toEqual([["Before training", "sex"]]);
    expect(importances(analysis)[0]?.values.map((each) => each.name)).toEqual(["b", "a"]);
  });
});

describe("event rules", () => {
  const pattern = (detail: object) => JSON.stringify({ source: ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"], detail });

  it("hear a decision about their group, or about any", () => {
    expect(hears(pattern({ ModelPackageGroupName: ["mine"] }), "mine")).toBe(true);
    expect(hears(pattern({ ModelPackageGroupName: ["other"] }), "mine")).toBe(false);
    expect(hears(pattern({}), "mine")).toBe(true);
    expect(hears('{"detail-type": ["Other"]}', "mine")).toBe(false);
    expect(hears("not json", "mine")).toBe(false);
  });
});
