import { describe, expect, it } from "vitest";
import { awsCli, boto3, snake } from "../src/parts/python";
import { sentence } from "../src/pages/projects/happenings";
import { cloneCommand, dateOf, decoded, shortNames } from "../src/pages/projects/repository";
import { madeOf, type StackEvent, typeWords } from "../src/pages/projects/stackProgress";
import { present, type Stop, stopPage, type Story, whereabouts, whoOf } from "../src/pages/projects/story";
import { addressOf, nameFault, ofProduct, requestOf, type Template, templateName, titleOf } from "../src/pages/projects/templates";

const BUILT_IN: Template = { id: "prod-1", title: "Everything", description: "", fault: "", product: { ProductId: "prod-1", ProvisioningArtifactId: "pa-1", PathId: "lpv3-1" } };
const OWN: Template = { id: "u", title: "My team's template!", description: "", fault: "", url: "https://s3.us-east-1.amazonaws.com/b/t.yaml" };

describe("a new project", () => {
  it("asks CreateProject for a built-in template by its product", () => {
    const request = requestOf(BUILT_IN, { name: "churn", description: "", tags: [{ Key: "", Value: "x" }] }, [], {});
    expect(request).toEqual({ ProjectName: "churn", ServiceCatalogProvisioningDetails: BUILT_IN.product });
  });

  it("sends parameters that differ from their defaults only", () => {
    const parameters = [
      { Name: "Branch", Type: "String", DefaultValue: "main" },
      { Name: "Steps", Type: "Float", DefaultValue: "3" },
    ];
    const request = requestOf(OWN, { name: "churn", description: "d", tags: [{ Key: "team", Value: "growth" }] }, parameters, { Branch: "main", Steps: "1" });
    expect(request).toEqual({
      ProjectName: "churn",
      ProjectDescription: "d",
      TemplateProviders: [{ CfnTemplateProvider: { TemplateName: "My-team-s-template", TemplateURL: OWN.url, Parameters: [{ Key: "Steps", Value: "1" }] } }],
      Tags: [{ Key: "team", Value: "growth" }],
    });
  });

  it("says what is wrong with a name while it is typed", () => {
    expect(nameFault("", [])).toBe("");
    expect(nameFault("churn-2", [])).toBe("");
    expect(nameFault("two words", [])).toMatch(/Letters/);
    expect(nameFault("-a", [])).toMatch(/Letters/);
    expect(nameFault("a".repeat(33), [])).toMatch(/32/);
    expect(nameFault("churn", ["churn"])).toMatch(/There is a project/);
  });

  it("takes a template's own constraints into its form", () => {
    expect(ofProduct({ ParameterKey: "Steps", ParameterType: "Number", DefaultValue: "3", ParameterConstraints: { AllowedValues: ["1", "3"], AllowedPattern: "\\d" } })).toEqual({
      Name: "Steps",
      Type: "Float",
      DefaultValue: "3",
      EnumValues: ["1", "3"],
      Pattern: "\\d",
    });
  });

  it("calls templates of the team by their file or folder", () => {
    expect(titleOf("templates/churn/template.yaml")).toBe("churn");
    expect(titleOf("templates/churn.json")).toBe("churn");
    expect(templateName("***")).toBe("template");
    expect(addressOf("us-east-1", "b", "a b/t.yaml")).toBe("https://s3.us-east-1.amazonaws.com/b/a%20b/t.yaml");
  });

  it("is the same as code", () => {
    expect(snake("CreateHTTPThing")).toBe("create_http_thing");
    expect(boto3("sagemaker", "CreateProject", { ProjectName: "a", Flag: true })).toBe('boto3.client("sagemaker").create_project(\n    ProjectName="a",\n    Flag=True,\n)');
    expect(awsCli("sagemaker", "CreateProject", { ProjectName: "it's" })).toContain("create-project --cli-input-json '{\n  \"ProjectName\": \"it'\\''s\"\n}'");
  });
});

function event(id: string, status: string, at: number, more: Partial<StackEvent> = {}): StackEvent {
  return { EventId: `${id}${at}`, StackId: "stack", LogicalResourceId: id, PhysicalResourceId: `${id}-1`, ResourceType: "AWS::S3::Bucket", ResourceStatus: status, Timestamp: new Date(at * 1000).toISOString(), ...more };
}

describe("a project coming up", () => {
  const begun = { PhysicalResourceId: "stack", ResourceStatusReason: "User Initiated" };

  it("shows one row a resource, with how long it took and why it failed", () => {
    const rows = madeOf([
      event("Rule", "CREATE_FAILED", 4, { ResourceStatusReason: "no role" }),
      event("Bucket", "CREATE_COMPLETE", 3),
      event("Rule", "CREATE_IN_PROGRESS", 2),
      event("Bucket", "CREATE_IN_PROGRESS", 1),
      event("stack", "CREATE_IN_PROGRESS", 0, begun),
    ]);
    expect(rows.map((row) => [row.id, row.status, row.reason])).toEqual([
      ["Bucket", "CREATE_COMPLETE", ""],
      ["Rule", "CREATE_FAILED", "no role"],
    ]);
    expect(rows[0]?.ended).toBe(new Date(3000).toISOString());
  });

  it("knows the end of what begins and ends in one millisecond", () => {
    const rows = madeOf([event("Rule", "CREATE_COMPLETE", 1), event("Rule", "CREATE_IN_PROGRESS", 1), event("stack", "CREATE_IN_PROGRESS", 0, begun)]);
    expect(rows.map((row) => row.status)).toEqual(["CREATE_COMPLETE"]);
  });

  it("leaves out what was done to the stack before", () => {
    const rows = madeOf([event("stack", "CREATE_IN_PROGRESS", 0, begun), event("Bucket", "CREATE_COMPLETE", 1), event("stack", "DELETE_IN_PROGRESS", 5, begun), event("Bucket", "DELETE_IN_PROGRESS", 6)]);
    expect(rows.map((row) => [row.id, row.status, row.ended])).toEqual([["Bucket", "DELETE_IN_PROGRESS", undefined]]);
  });

  it("names types as people do", () => {
    expect(typeWords("AWS::SageMaker::CodeRepository")).toBe("SageMaker code repository");
    expect(typeWords("Custom")).toBe("Custom");
  });
});

describe("a story", () => {
  const story = (...stops: Stop[]): Story => ({ project: "p", title: "", version: null, versionArn: "", stops, about: [] });

  it("is where it waits, moves or failed, and else at the last stop reached", () => {
    expect(whereabouts(story({ id: "commit", state: "done" }, { id: "approved", state: "waiting" }, { id: "staging", state: "ahead" }))).toBe("Approved: waits for a person");
    expect(whereabouts(story({ id: "commit", state: "done" }, { id: "data", state: "done" }, { id: "trained", state: "ahead" }))).toBe("Data checks");
    expect(present([])).toBeUndefined();
  });

  it("leads from each stop to the page that shows it", () => {
    const place = "us-east-1:123456789012";
    expect(stopPage({ id: "commit", state: "done", link: `arn:aws:codepipeline:${place}:p-modelbuild`, execution: "e" })).toBe("/delivery/p-modelbuild/executions/e");
    expect(stopPage({ id: "registered", state: "done", link: `arn:aws:sagemaker:${place}:model-package/g/2` })).toBe("/models/g/2");
    expect(stopPage({ id: "monitored", state: "done", link: `arn:aws:sagemaker:${place}:endpoint/e` })).toBe("/endpoints/e?tab=monitors");
    expect(stopPage({ id: "trained", state: "ahead" })).toBeNull();
  });

  it("says who by name", () => {
    expect(whoOf({ id: "approved", state: "done", who: "arn:aws:iam::123456789012:user/ada" })).toBe("ada");
    expect(whoOf({ id: "commit", state: "done", who: "Ada Lovelace" })).toBe("Ada Lovelace");
  });
});

describe("a project's activity", () => {
  const told = (type: string, status: string, words: Record<string, string>, actor = "") => sentence({ id: 1, time: "", type, status, subject: "", actor, words });

  it("is told in sentences", () => {
    expect(told("CodeCommit Repository State Change", "referenceUpdated", { referenceName: "main", commitId: "0123456789" }).text).toBe("main moved to 01234567");
    expect(told("SageMaker Model Package State Change", "Approved", { ModelPackageVersion: "2", ApprovalDescription: "good" }, "arn:aws:iam::1:user/ada")).toEqual({ text: "Version 2 approved", more: "by ada · good" });
    expect(told("Monitoring Execution Status Change", "CompletedWithViolations", { MonitoringScheduleName: "m", ViolationCount: "3" }).text).toBe("Monitor m violations found, 3 violations");
  });
});

describe("a repository", () => {
  it("is cloned to the place that the project's guide names", () => {
    expect(cloneCommand("sagemaker-abalone-p-1-modelbuild", "abalone", "us-east-1")).toBe("git clone https://git-codecommit.us-east-1.amazonaws.com/v1/repos/sagemaker-abalone-p-1-modelbuild ~/abalone/abalone-modelbuild");
  });

  it("is called by what tells it from the others", () => {
    expect([...shortNames(["s-a-modelbuild", "s-a-modeldeploy"]).values()]).toEqual(["modelbuild", "modeldeploy"]);
    expect([...shortNames(["s-a-modelbuild"]).values()]).toEqual(["s-a-modelbuild"]);
  });

  it("shows text and says of the rest that it is none", () => {
    expect(decoded(btoa("héllo".normalize("NFC")).slice(0, 0))).toBe("");
    expect(decoded(btoa("a = 1\n"))).toBe("a = 1\n");
    expect(decoded(btoa("a\0b"))).toBeNull();
  });

  it("reads git's dates", () => {
    expect(dateOf("1795640730 +0100")).toBe("2026-11-25T21:05:30.000Z");
  });
});
