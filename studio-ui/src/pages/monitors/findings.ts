/** What a run found: the violations in the files it wrote. */

import { ApiError, call, preview } from "../../wire/call";
import { parse } from "../../wire/arns";
import type { Run, Violation } from "./shapes";

export interface Findings {
  /** Where its files lie. */
  place: string;
  violations: Violation[];
}

const FILE = "constraint_violations.json";

interface Job {
  ProcessingOutputConfig?: { Outputs?: { S3Output?: { S3Uri: string } }[] };
}

export async function findingsOf(run: Run, signal: AbortSignal): Promise<Findings> {
  const name = parse(run.ProcessingJobArn ?? "")?.name ?? "";
  const job = await call<Job>("sagemaker", "DescribeProcessingJob", { ProcessingJobName: name }, signal);
  const place = (job.ProcessingOutputConfig?.Outputs?.[0]?.S3Output?.S3Uri ?? "").replace(/\/$/, "");
  return { place, violations: await violationsIn(`${place}/${FILE}`, signal) };
}

async function violationsIn(uri: string, signal: AbortSignal): Promise<Violation[]> {
  try {
    const { bytes } = await preview(uri, signal);
    return (JSON.parse(new TextDecoder().decode(bytes)) as { violations?: Violation[] }).violations ?? [];
  } catch (error) {
    // Runs without a violation write no such file in some of the analyzers.
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}
