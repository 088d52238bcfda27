/** Requests to begin with: what was captured last, and a typical row of the data that the version was trained with. */

import { call, preview } from "../../wire/call";
import { useReading } from "../../wire/query";
import { packagesOf } from "../models/serving";
import { useNewestInputs } from "./captures";
import type { EndpointConfig, EndpointDescription } from "./shapes";

export interface Example {
  label: string;
  body: string;
  contentType: string;
}

const CAPTURED_MAX = 3;

export function useExamples(endpoint: EndpointDescription, config: EndpointConfig | undefined): Example[] {
  const captured = useNewestInputs(endpoint, CAPTURED_MAX);
  const models = (config?.ProductionVariants ?? []).flatMap((variant) => variant.ModelName ?? []);
  const typical = useReading(["typical", models], (signal) => typicalOf(models, signal), { enabled: models.length > 0, fixed: true });
  return [
    ...captured.map((record, place) => ({ label: place === 0 ? "Newest captured" : `Captured before (${place})`, body: record.input, contentType: record.contentType || "text/csv" })),
    ...(typical.data ? [{ label: "Typical row", body: typical.data, contentType: "text/csv" }] : []),
  ];
}

interface File {
  S3Uri?: string;
}

interface Package {
  ModelMetrics?: { ModelDataQuality?: { Statistics?: File } };
  DriftCheckBaselines?: { Bias?: { ConfigFile?: File } };
}

export interface Feature {
  name: string;
  numerical_statistics?: { mean?: number };
  string_statistics?: { distribution?: { categorical?: { buckets?: { value: string; count: number }[] } } };
}

/** A row in CSV, "" when the version says nothing of its data. */
async function typicalOf(models: string[], signal: AbortSignal): Promise<string> {
  const [first] = models;
  const [arn] = first ? await packagesOf(first, signal) : [];
  if (!arn) return "";
  const version = await call<Package>("sagemaker", "DescribeModelPackage", { ModelPackageName: arn }, signal);
  const statistics = version.ModelMetrics?.ModelDataQuality?.Statistics?.S3Uri;
  const bias = version.DriftCheckBaselines?.Bias?.ConfigFile?.S3Uri;
  if (!statistics) return "";
  const { features } = (await json(statistics, signal)) as { features: Feature[] };
  const { label } = bias ? ((await json(bias, signal)) as { label?: string | number }) : { label: undefined };
  return rowOf(features, label);
}

async function json(uri: string, signal: AbortSignal): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode((await preview(uri, signal)).bytes));
}

/** Means of numbers and the most frequent of words, without the column that the model predicts (a name or a place). */
export function rowOf(features: Feature[], label: string | number | undefined): string {
  return features
    .filter((feature, place) => feature.name !== label && place !== label)
    .map((feature) => {
      const mean = feature.numerical_statistics?.mean;
      if (mean !== undefined) return String(Number(mean.toPrecision(4)));
      const buckets = feature.string_statistics?.distribution?.categorical?.buckets ?? [];
      return [...buckets].sort((one, other) => other.count - one.count)[0]?.value ?? "";
    })
    .join(",");
}
