/** Model-quality numbers of many versions, for tables and comparisons. */

import { useQueries } from "@tanstack/react-query";
import { call } from "../../wire/call";
import { settings } from "../../wire/query";
import { jsonAt } from "./files";
import { qualityMetrics, type QualityStatistics } from "./reports";
import type { Version } from "./shapes";

// The newest: the rest shows its numbers on its own page.
const VERSIONS_MAX = 40;

export interface Evidence {
  version: Version | undefined;
  metrics: Record<string, number>;
}

/** By ARN: the version's description and its model-quality numbers. */
export function useEvidence(arns: string[]): Map<string, Evidence> {
  const asked = arns.slice(0, VERSIONS_MAX);
  const versions = useQueries({
    queries: asked.map((arn) => ({
      queryKey: ["sagemaker", "DescribeModelPackage", { ModelPackageName: arn }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<Version>("sagemaker", "DescribeModelPackage", { ModelPackageName: arn }, signal),
      ...settings({ about: [arn] }),
    })),
  });
  const uris = versions.map((each) => each.data?.ModelMetrics?.ModelQuality?.Statistics?.S3Uri);
  const files = useQueries({
    queries: uris.map((uri) => ({
      queryKey: ["object", "json", uri],
      queryFn: ({ signal }: { signal: AbortSignal }) => jsonAt<QualityStatistics>(uri ?? "", signal),
      ...settings({ enabled: uri !== undefined, fixed: true }),
    })),
  });
  return new Map(
    asked.map((arn, index): [string, Evidence] => {
      const statistics = files[index]?.data;
      const metrics = statistics ? qualityMetrics(statistics).map(({ name, value }): [string, number] => [name, value]) : [];
      return [arn, { version: versions[index]?.data, metrics: Object.fromEntries(metrics) }];
    }),
  );
}
