/** Questions about projects, in one place so that all pages share their answers. */

import { read } from "../../wire/call";
import { useList, useOperation, useReading } from "../../wire/query";
import type { Belongings, ProjectDescription, ProjectSummary } from "./shapes";

export function useProjects() {
  return useList<ProjectSummary>("sagemaker", "ListProjects", { SortBy: "CreationTime", SortOrder: "Descending" }, "ProjectSummaryList", { about: ["sagemaker:project"] });
}

export function useProject(name: string) {
  return useOperation<ProjectDescription>("sagemaker", "DescribeProject", { ProjectName: name }, { about: ["sagemaker:project"] });
}

// What projects are made of; each of these changes what belongs to one.
const ABOUT = ["codepipeline", "codecommit", "cloudformation", "events", "sagemaker:project", "sagemaker:pipeline", "sagemaker:model-package", "sagemaker:endpoint", "sagemaker:monitoring-schedule"];

export function useBelongings(name: string) {
  return useReading<Belongings>(["ormer", "belongings", name], (signal) => read<Belongings>(`project?name=${encodeURIComponent(name)}`, signal), { about: ABOUT });
}
