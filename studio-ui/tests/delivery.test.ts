import { describe, expect, it } from "vitest";
import type { PipelineDeclaration, PipelineState } from "../src/pages/delivery/shapes";
import { messageIn, past, present, standing, triggerText, WAITING } from "../src/pages/delivery/stages";

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

  it("ask in the page of the execution that waits, and in no other", () => {
    const run = { pipelineExecutionId: "e", actionExecutionId: "a", pipelineVersion: 1, stageName: "Ask", actionName: "Person", startTime: "1", lastUpdateTime: "1", status: "InProgress" };
    const [build, ask] = STATE.stageStates;
    const waits = { stageName: "Ask", latestExecution: ask?.latestExecution, actionStates: [{ actionName: "Person", latestExecution: { actionExecutionId: "a", status: "InProgress", token: "t" } }] };
    const state = { ...STATE, stageStates: [build, waits] } as PipelineState;
    const mine = standing(past(PIPELINE, "e", [run]), state)[1];
    expect([mine?.status, mine?.actions[0]?.token, mine?.current]).toEqual([WAITING, "t", true]);
    const other = standing(past(PIPELINE, "other", [run]), state)[1];
    expect([other?.status, other?.actions[0]?.token, other?.current]).toEqual(["InProgress", undefined, false]);
    // It was decided while the state that is known is older.
    const decided = standing(past(PIPELINE, "e", [{ ...run, status: "Succeeded" }]), state)[1];
    expect([decided?.status, decided?.actions[0]?.token]).toEqual(["Succeeded", undefined]);
  });

  it("show the last of several runs of an action", () => {
    const run = (status: string, startTime: string) => ({ pipelineExecutionId: "e", actionExecutionId: startTime, pipelineVersion: 1, stageName: "Build", actionName: "Make", startTime, lastUpdateTime: startTime, status });
    const stages = past(PIPELINE, "e", [run("Succeeded", "2026-01-02"), run("Failed", "2026-01-01")]);
    expect(stages.map((stage) => [stage.status, stage.execution])).toEqual([
      ["Succeeded", "e"],
      ["Not run", ""],
    ]);
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
