import { describe, expect, it } from "vitest";
import { pageOf, parse, shortName } from "../src/wire/arns";
import { topicsOf } from "../src/wire/topics";

const sagemaker = (resource: string) => `arn:aws:sagemaker:us-east-1:123456789012:${resource}`;

describe("ARNs", () => {
  it("lead to the page of what they name", () => {
    expect(pageOf(sagemaker("pipeline/abalone/execution/abc"))).toBe("/pipelines/abalone/executions/abc");
    expect(pageOf(sagemaker("model-package/group/3"))).toBe("/models/group/3");
    expect(pageOf("arn:aws:codepipeline:us-east-1:123456789012:deploy")).toBe("/delivery/deploy");
    expect(pageOf("arn:aws:events:us-east-1:123456789012:rule/orders")).toBe("/events/rules/default/orders");
    expect(pageOf("arn:aws:events:us-east-1:123456789012:rule/shop/orders")).toBe("/events/rules/shop/orders");
    expect(pageOf("arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1-2")).toBe("/stacks/shop/1-2");
    expect(pageOf("arn:aws:s3:::data")).toBe("/data/data");
    expect(pageOf("arn:aws:iam::123456789012:role/x")).toBeNull();
    expect(pageOf("no arn")).toBeNull();
  });

  it("have a short name", () => {
    expect(shortName(sagemaker("model-package/group/3"))).toBe("group · version 3");
    expect(shortName("arn:aws:cloudformation:us-east-1:1:stack/shop/1-2")).toBe("shop");
    expect(shortName("arn:aws:iam::123456789012:role/service-role/Mine")).toBe("Mine");
    expect(parse("arn:aws:logs:us-east-1:1:log-group:/a:*")).toMatchObject({ type: "log-group", name: "/a:*" });
  });
});

describe("news", () => {
  it("is about its resources, their kinds and their service", () => {
    const arn = sagemaker("endpoint/one");
    const data = { id: 1, uuid: "", bus: "default", time: "", region: "us-east-1", source: "aws.sagemaker", type: "", resources: [arn], detail: {} };
    expect(topicsOf({ name: "change", data })).toEqual(["aws.sagemaker", arn, "sagemaker", "sagemaker:endpoint"]);
    expect(topicsOf({ name: "log", data: { region: "", group: "/g", stream: "s" } })).toContain("log:/g:s");
    expect(topicsOf({ name: "reset", data: {} })).toEqual([]);
  });
});
