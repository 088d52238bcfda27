/** From a resource of a stack to the page of what it is: types name their nouns by name, ARN or id. */

import { pageOf } from "../../wire/arns";

const PAGES: Record<string, (id: string) => string> = {
  "AWS::S3::Bucket": (id) => `/data/${id}`,
  "AWS::Events::EventBus": (id) => `/events?bus=${id}`,
  "AWS::SageMaker::Pipeline": (id) => `/pipelines/${id}`,
  "AWS::SageMaker::ModelPackageGroup": (id) => `/models/${last(id)}`,
  "AWS::SageMaker::Endpoint": (id) => `/endpoints/${last(id)}`,
  "AWS::SageMaker::Project": (id) => `/projects/${last(id)}`,
  "AWS::CodePipeline::Pipeline": (id) => `/delivery/${id}`,
  "AWS::CloudFormation::Stack": (id) => pageOf(id) ?? "",
};

/** The page of a physical resource; null when there is none. */
export function pageOfResource(type: string, id: string | undefined): string | null {
  if (!id) return null;
  if (id.startsWith("arn:")) return pageOf(id);
  if (type === "AWS::Events::Rule") {
    const [bus, name] = id.includes("|") ? id.split("|") : ["default", id];
    return `/events/rules/${bus}/${name}`;
  }
  return PAGES[type]?.(id) ?? null;
}

function last(id: string): string {
  return id.split("/").pop() ?? id;
}
