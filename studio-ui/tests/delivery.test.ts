import { describe, expect, it } from "vitest";
import type { PipelineDeclaration, PipelineState } from "../src/pages/delivery/shapes";
import { messageIn, past, present, triggerText, WAITING } from "../src/pages/delivery/stages";

const type = (category: string, provider: string) => ({ category, owner: "AWS", provider, version: "1" });
const PIPELINE: PipelineDeclaration = {
  name: "deploy",
  roleArn: "",
  version: 1,
  stages: [
    { name: "Build", actions: [{ name: "Make", actionTypeId: type("Build", "CodeBuild") }] },
    { name: "Ask", actions: [{ name: "Person", actionTypeId: type("Approval", "Manual") }] },
  ],
};
const STATE: PipelineState = {
  pipelineName: "deploy",
  pipelineVersion: 1,
  stageStates: [
    { stageName: "Build", actionStates: [{ actionName: "Make", latestExecution: { status: "Succeeded" } }], latestExecution: { pipelineExecutionId: "e", status: "Succeeded" } },
    { stageName: "Ask", actionStates: [{ actionName: "Person", latestExecution: { status: "InProgress", token: "t" } }], latestExecution: { pipelineExecutionId: "e", status: "InProgress" } },
  ],
};

describe("the stages of a delivery pipeline", () => {
  it("say when a person is waited for", () => {
    expect(present(PIPELINE, STATE).map((stage) => stage.status)).toEqual(["Succeeded", WAITING]);
    expect(present(PIPELINE, STATE)[1]?.actions[0]?.token).toBe("t");
  });

  it("stand there before anything has run", () => {
    const nothing = { ...STATE, stageStates: [] };
    expect(present(PIPELINE, nothing).map((stage) => [stage.status, stage.actions.length])).toEqual([
      ["Not run", 1],
      ["Not run", 1],
    ]);
  });

  it("show the last of several runs of an action", () => {
    const run = (status: string, startTime: string) => ({ pipelineExecutionId: "e", actionExecutionId: startTime, pipelineVersion: 1, stageName: "Build", actionName: "Make", startTime, lastUpdateTime: startTime, status });
    const stages = past(PIPELINE, "e", [run("Succeeded", "2026-01-02"), run("Failed", "2026-01-01")]);
    expect(stages.map((stage) => stage.status)).toEqual(["Succeeded", "Not run"]);
  });
});

describe("executions", () => {
  it("are called by the message of their commit", () => {
    expect(messageIn('{"ProviderType":"GitHub","CommitMessage":"Fix it"}')).toBe("Fix it");
    expect(messageIn("plain")).toBe("plain");
    expect(messageIn(undefined)).toBe("");
  });

  it("say what began them", () => {
    expect(triggerText({ triggerType: "CloudWatchEvent", triggerDetail: "arn:aws:events:us-east-1:1:rule/code" })).toBe("event rule code");
    expect(triggerText({ triggerType: "CreatePipeline" })).toBe("pipeline created");
  });
});
