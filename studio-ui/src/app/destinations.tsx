/** Everything that has a page, by name, for the palette. */

import { rulePage } from "../pages/events/shapes";
import { stackPage, type StackSummary } from "../pages/stacks/shapes";
import { bucketPage } from "../parts/objectText";
import { useList, useOperation } from "../wire/query";

const SETTINGS = [
  ["connect", "Connect boto3, the CLI, the SDK, git"],
  ["keys", "Access keys"],
  ["people", "People and roles"],
  ["machine", "Doctor and storage"],
  ["about", "Account, region, version"],
] as const;

export interface Destination {
  path: string;
  label: string;
  kind: string;
  icon?: React.ReactNode;
}

export function useDestinations(): Destination[] {
  const projects = useList<{ ProjectName: string }>("sagemaker", "ListProjects", { SortBy: "CreationTime", SortOrder: "Descending" }, "ProjectSummaryList", { about: ["sagemaker:project"] });
  const pipelines = useList<{ PipelineName: string }>("sagemaker", "ListPipelines", {}, "PipelineSummaries", { about: ["sagemaker:pipeline"] });
  const groups = useList<{ ModelPackageGroupName: string }>("sagemaker", "ListModelPackageGroups", {}, "ModelPackageGroupSummaryList", { about: ["sagemaker:model-package"] });
  const deliveries = useList<{ name: string }>("codepipeline", "ListPipelines", {}, "pipelines", { about: ["codepipeline"] });
  const endpoints = useList<{ EndpointName: string }>("sagemaker", "ListEndpoints", {}, "Endpoints", { about: ["sagemaker:endpoint"] });
  const buckets = useOperation<{ Buckets?: { Name: string }[] }>("s3", "ListBuckets", {}, { about: ["s3"] });
  const rules = useList<{ Name: string }>("events", "ListRules", {}, "Rules", { about: ["cloudformation"] });
  const stacks = useList<StackSummary>("cloudformation", "ListStacks", {}, "StackSummaries", { about: ["cloudformation", "aws.cloudformation"] });
  return [
    ...(projects.data ?? []).map(({ ProjectName: name }) => ({ path: `/projects/${name}`, label: name, kind: "Project" })),
    ...(pipelines.data ?? []).map(({ PipelineName: name }) => ({ path: `/pipelines/${name}`, label: name, kind: "Pipeline" })),
    ...(groups.data ?? []).map(({ ModelPackageGroupName: name }) => ({ path: `/models/${name}`, label: name, kind: "Model group" })),
    ...(endpoints.data ?? []).map(({ EndpointName: name }) => ({ path: `/endpoints/${name}`, label: name, kind: "Endpoint" })),
    ...(deliveries.data ?? []).map(({ name }) => ({ path: `/delivery/${name}`, label: name, kind: "Delivery pipeline" })),
    ...(buckets.data?.Buckets ?? []).map(({ Name: name }) => ({ path: bucketPage(name), label: name, kind: "Bucket" })),
    ...(rules.data ?? []).map(({ Name: name }) => ({ path: rulePage("default", name), label: name, kind: "Event rule" })),
    ...(stacks.data ?? []).filter(({ StackStatus }) => StackStatus !== "DELETE_COMPLETE").map(({ StackId, StackName }) => ({ path: stackPage(StackId), label: StackName, kind: "Stack" })),
    ...SETTINGS.map(([tab, label]) => ({ path: `/settings?tab=${tab}`, label, kind: "Settings" })),
  ];
}
