/** Endpoints that serve a version: found through their configurations and models. */

import { useQueries } from "@tanstack/react-query";
import { call } from "../../wire/call";
import { settings, useList } from "../../wire/query";

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

interface EndpointSummary {
  EndpointName: string;
  EndpointArn: string;
  EndpointStatus: string;
  CreationTime: string;
  LastModifiedTime: string;
}

interface Variants {
  ProductionVariants?: { ModelName?: string }[];
}

// More endpoints than this are not looked through: the page of each shows what it serves.
const ENDPOINTS_MAX = 60;

/** Every endpoint with the versions it serves. */
export function useServing(): Serving[] {
  const endpoints = useList<EndpointSummary>("sagemaker", "ListEndpoints", {}, "Endpoints", { about: ["sagemaker:endpoint"], limit: ENDPOINTS_MAX });
  const found = useQueries({
    queries: (endpoints.data ?? []).map((endpoint) => ({
      queryKey: ["serving", endpoint.EndpointArn],
      queryFn: ({ signal }: { signal: AbortSignal }) => readServing(endpoint, signal),
      ...settings({ about: [endpoint.EndpointArn] }),
    })),
  });
  return found.flatMap((each) => (each.data ? [each.data] : []));
}

async function readServing(endpoint: EndpointSummary, signal: AbortSignal): Promise<Serving> {
  const described = await call<{ EndpointConfigName?: string; EndpointStatus: string }>("sagemaker", "DescribeEndpoint", { EndpointName: endpoint.EndpointName }, signal);
  const config = described.EndpointConfigName ? await call<Variants>("sagemaker", "DescribeEndpointConfig", { EndpointConfigName: described.EndpointConfigName }, signal) : {};
  const models = [...new Set((config.ProductionVariants ?? []).flatMap((variant) => variant.ModelName ?? []))];
  const packages = await Promise.all(models.map((model) => packagesOf(model, signal)));
  const { Tags: tags } = await call<{ Tags: { Key: string; Value: string }[] }>("sagemaker", "ListTags", { ResourceArn: endpoint.EndpointArn }, signal);
  return {
    name: endpoint.EndpointName,
    arn: endpoint.EndpointArn,
    status: described.EndpointStatus,
    created: endpoint.CreationTime,
    changed: endpoint.LastModifiedTime,
    stage: tags.find((tag) => tag.Key === "sagemaker:deployment-stage")?.Value ?? "",
    packages: packages.flat(),
  };
}

interface ModelAnswer {
  PrimaryContainer?: { ModelPackageName?: string };
  Containers?: { ModelPackageName?: string }[];
}

export async function packagesOf(model: string, signal?: AbortSignal): Promise<string[]> {
  const { PrimaryContainer: primary, Containers: others } = await call<ModelAnswer>("sagemaker", "DescribeModel", { ModelName: model }, signal);
  return [primary, ...(others ?? [])].flatMap((container) => container?.ModelPackageName ?? []);
}
