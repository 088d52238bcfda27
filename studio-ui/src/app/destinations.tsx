/** Everything that has a page, by name, for the palette. */

import { useList } from "../wire/query";

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
  return [
    ...(projects.data ?? []).map(({ ProjectName: name }) => ({ path: `/projects/${name}`, label: name, kind: "Project" })),
    ...(pipelines.data ?? []).map(({ PipelineName: name }) => ({ path: `/pipelines/${name}`, label: name, kind: "Pipeline" })),
    ...(groups.data ?? []).map(({ ModelPackageGroupName: name }) => ({ path: `/models/${name}`, label: name, kind: "Model group" })),
    ...(endpoints.data ?? []).map(({ EndpointName: name }) => ({ path: `/endpoints/${name}`, label: name, kind: "Endpoint" })),
    ...(deliveries.data ?? []).map(({ name }) => ({ path: `/delivery/${name}`, label: name, kind: "Delivery pipeline" })),
  ];
}
