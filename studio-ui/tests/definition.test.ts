import { describe, expect, it } from "vitest";
import { coursesOf } from "../src/pages/pipelines/courses";
import { conditionText, type Definition, planOf, references } from "../src/pages/pipelines/definition";

const data = (step: string) => ({ Get: `Steps.${step}.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri` });

const DEFINITION: Definition = {
  Steps: [
    { Name: "Prepare", Type: "Processing", Arguments: {} },
    { Name: "Check", Type: "QualityCheck", Arguments: { In: data("Prepare") } },
    { Name: "Train", Type: "Training", DependsOn: ["Check"], Arguments: { In: data("Prepare") } },
    { Name: "Evaluate", Type: "Processing", Arguments: { In: [data("Train"), data("Prepare")] } },
    {
      Name: "Good",
      Type: "Condition",
      Arguments: {
        Conditions: [{ Type: "LessThanOrEqualTo", LeftValue: { "Std:JsonGet": { PropertyFile: { Get: "Steps.Evaluate.PropertyFiles.E" }, Path: "mse.value" } }, RightValue: { Get: "Parameters.Limit" } }],
        IfSteps: [
          { Name: "Register", Type: "RegisterModel", Arguments: { Data: data("Train") } },
          { Name: "Tell", Type: "Lambda", DependsOn: ["Register"], Arguments: {} },
        ],
        ElseSteps: [{ Name: "Stop", Type: "Fail", Arguments: {} }],
      },
    },
  ],
};

describe("a pipeline's plan", () => {
  const plan = planOf(DEFINITION);
  const wait = (from: string, to: string) => plan.waits.find((each) => each.from === from && each.to === to);

  it("has the steps of branches, in groups of their own", () => {
    expect(plan.steps.map((step) => [step.Name, step.group])).toEqual([
      ["Prepare", undefined],
      ["Check", undefined],
      ["Train", undefined],
      ["Evaluate", undefined],
      ["Good", undefined],
      ["Register", "Good/if"],
      ["Tell", "Good/if"],
      ["Stop", "Good/else"],
    ]);
    expect(plan.groups.map((group) => group.label)).toEqual(["when true", "when false"]);
  });

  it("leaves out what a longer way says already", () => {
    expect(wait("Prepare", "Train")).toBeUndefined();
    expect(wait("Prepare", "Evaluate")).toBeUndefined();
    expect(wait("Train", "Register")).toBeUndefined();
    expect(wait("Prepare", "Check")).toBeDefined();
  });

  it("tells waiting for data from waiting by name", () => {
    expect(wait("Check", "Train")?.dashed).toBe(true);
    expect(wait("Train", "Evaluate")?.dashed).toBeUndefined();
  });

  it("labels the way into a branch at its first steps only", () => {
    expect(wait("Good", "Register")?.label).toBe("true");
    expect(wait("Good", "Tell")).toBeUndefined();
    expect(wait("Good", "Stop")?.label).toBe("false");
  });

  it("reads conditions as people write them", () => {
    expect(conditionText((DEFINITION.Steps[4]?.Arguments?.["Conditions"] as unknown[])[0])).toBe("Evaluate mse.value ≤ Limit");
  });

  it("finds references wherever they stand", () => {
    expect([...references({ a: [{ b: { "Std:Join": { Values: [data("One"), { Get: "Parameters.X" }] } } }, data("Two")] })]).toEqual(["One", "Two"]);
  });
});

describe("the course of metrics", () => {
  it("is found in the log as the job's definitions say", () => {
    const lines = ["[0]#011train-rmse:2.5#011validation-rmse:3", "noise", "[1]#011train-rmse:1.5#011validation-rmse:2.8", "once 7"];
    const form = (set: string) => `.*#011${set}-rmse:([0-9.]+).*`;
    const charts = coursesOf(lines, [
      { Name: "train:rmse", Regex: form("train") },
      { Name: "validation:rmse", Regex: form("validation") },
      { Name: "once", Regex: "once (\\d+)" },
      { Name: "python", Regex: "(?P<x>[0-9]+)" },
    ]);
    expect(charts).toEqual([
      {
        title: "rmse",
        x: [0, 1],
        series: [
          { label: "train:rmse", values: [2.5, 1.5] },
          { label: "validation:rmse", values: [3, 2.8] },
        ],
      },
    ]);
  });
});
