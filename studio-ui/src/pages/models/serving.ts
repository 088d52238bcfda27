/** Endpoints that serve a version: found through their configurations and models. */

import { call, read } from "../../wire/call";
import { useReading } from "../../wire/query";

export interface Serving {
  name: string;
  arn: string;
  status: string;
  created: string;
  changed: string;
  /** The tag sagemaker:deployment-stage, "" without one. */
  stage: string;
  packages: string[];
}

const NONE: Serving[] = [];

/** Every endpoint with the versions it serves. */
export function useServing(): Serving[] {
  const serving = useReading<{ endpoints: Serving[] }>(["ormer", "serving"], (signal) => read("serving", signal), { about: ["sagemaker:endpoint"] });
  return serving.data?.endpoints ?? NONE;
}

interface ModelAnswer {
  PrimaryContainer?: { ModelPackageName?: string };
  Containers?: { ModelPackageName?: string }[];
}

export async function packagesOf(model: string, signal?: AbortSignal): Promise<string[]> {
  const { PrimaryContainer: primary, Containers: others } = await call<ModelAnswer>("sagemaker", "DescribeModel", { ModelName: model }, signal);
  return [primary, ...(others ?? [])].flatMap((container) => container?.ModelPackageName ?? []);
}
