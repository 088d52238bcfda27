/** The job behind a step: how to describe it, and where its log is. */

import { parse } from "../../wire/arns";

export interface Job {
  arn: string;
  name: string;
  /** `processing-job`. */
  type: string;
  /** The describing operation and the member it is named by. */
  operation: string;
  member: string;
  logs: string | null;
}

const KINDS: Record<string, [noun: string, logs: string | null]> = {
  "processing-job": ["ProcessingJob", "/aws/sagemaker/ProcessingJobs"],
  "training-job": ["TrainingJob", "/aws/sagemaker/TrainingJobs"],
  "transform-job": ["TransformJob", "/aws/sagemaker/TransformJobs"],
};

/** The job that a step's metadata names, null for steps without one. */
export function jobOf(metadata: Record<string, Record<string, unknown>> | undefined): Job | null {
  for (const each of Object.values(metadata ?? {})) {
    const arn = each["CheckJobArn"] ?? each["Arn"];
    const job = typeof arn === "string" ? jobOfArn(arn) : null;
    if (job) return job;
  }
  return null;
}

export function jobOfArn(arn: string): Job | null {
  const parts = parse(arn);
  const kind = parts ? KINDS[parts.type] : undefined;
  if (!parts || !kind) return null;
  const [noun, logs] = kind;
  return { arn, name: parts.name, type: parts.type, operation: `Describe${noun}`, member: `${noun}Name`, logs };
}

export interface Channel {
  name: string;
  uri: string;
}

type Document = Record<string, unknown>;

/** What a job reads: [name, where]. */
export function inputsOf(job: Document): Channel[] {
  const processing = (job["ProcessingInputs"] ?? []) as { InputName: string; S3Input?: { S3Uri: string } }[];
  const training = (job["InputDataConfig"] ?? []) as { ChannelName: string; DataSource?: { S3DataSource?: { S3Uri: string } } }[];
  const transform = (job["TransformInput"] as { DataSource?: { S3DataSource?: { S3Uri: string } } } | undefined)?.DataSource?.S3DataSource?.S3Uri;
  return [
    ...processing.map((input) => ({ name: input.InputName, uri: input.S3Input?.S3Uri ?? "" })),
    ...training.map((input) => ({ name: input.ChannelName, uri: input.DataSource?.S3DataSource?.S3Uri ?? "" })),
    ...(transform ? [{ name: "input", uri: transform }] : []),
  ].filter((channel) => channel.uri);
}

/** What a job writes. */
export function outputsOf(job: Document): Channel[] {
  const processing = ((job["ProcessingOutputConfig"] as { Outputs?: { OutputName: string; S3Output?: { S3Uri: string } }[] } | undefined)?.Outputs ?? []).map((output) => ({ name: output.OutputName, uri: output.S3Output?.S3Uri ?? "" }));
  const model = (job["ModelArtifacts"] as { S3ModelArtifacts?: string } | undefined)?.S3ModelArtifacts;
  const transform = (job["TransformOutput"] as { S3OutputPath?: string } | undefined)?.S3OutputPath;
  return [...processing, ...(model ? [{ name: "model", uri: model }] : []), ...(transform ? [{ name: "output", uri: transform }] : [])].filter((channel) => channel.uri);
}

/** When a job's own program began, which is later than when the job was made. */
export function startedAt(job: Document): string | undefined {
  return (job["TrainingStartTime"] ?? job["ProcessingStartTime"] ?? job["TransformStartTime"]) as string | undefined;
}
