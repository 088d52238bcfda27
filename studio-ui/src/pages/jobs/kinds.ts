/** The kinds of jobs: what lists, describes and stops each. */

export interface JobKind {
  /** In addresses and ARNs: `training-job`. */
  type: string;
  /** In operations: `TrainingJob`. */
  noun: string;
  label: string;
}

export const KINDS: JobKind[] = [
  { type: "training-job", noun: "TrainingJob", label: "Training" },
  { type: "processing-job", noun: "ProcessingJob", label: "Processing" },
  { type: "transform-job", noun: "TransformJob", label: "Transform" },
];

export interface JobRow {
  kind: JobKind;
  name: string;
  arn: string;
  status: string;
  created: string;
  ended: string | undefined;
  reason: string;
}

type Document = Record<string, unknown>;

/** A summary or description of any kind as one row. */
export function rowOf(kind: JobKind, document: Document): JobRow {
  const text = (name: string) => (document[name] as string | undefined) ?? "";
  const status = text(`${kind.noun}Status`);
  const over = ["Completed", "Failed", "Stopped"].includes(status);
  const ended = text("TrainingEndTime") || text("ProcessingEndTime") || text("TransformEndTime") || (over ? text("LastModifiedTime") : "");
  return {
    kind,
    name: text(`${kind.noun}Name`),
    arn: text(`${kind.noun}Arn`),
    status,
    created: text("CreationTime"),
    ended: ended || undefined,
    reason: text("FailureReason"),
  };
}

export function pageOfJob(row: { kind: JobKind; name: string }): string {
  return `/jobs/${row.kind.type}/${row.name}`;
}
