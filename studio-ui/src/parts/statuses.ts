/** How AWS's many statuses look and read. */

export type Look = "good" | "run" | "wait" | "bad" | "stopped" | "skipped" | "queued" | "plain";

const LOOKS: [Look, RegExp][] = [
  ["wait", /^(PendingManualApproval|WaitingForApproval|AwaitingApproval|Pending approval)$/i],
  ["bad", /fail|fault|rejected|timed?_?out|^ALARM$|violation|rollback_complete|^error/i],
  ["stopped", /^(stopped|cancell?ed|superseded|abandoned|outofservice|disabled|closed)$/i],
  ["skipped", /skipped|not ?run|^unscheduled$/i],
  ["queued", /queued|waiting|^pending$|scheduled$|^starting soon$|insufficient/i],
  ["run", /progress|executing|running|starting|stopping|creating|updating|deleting|rollingback|submitted|systemupdating/i],
  ["good", /succe|complete|inservice|approved|active|^ok$|available|created|enabled|^merged$/i],
];

export function lookOf(status: string): Look {
  // "Scheduled" alone is a schedule that stands ready.
  if (/^scheduled$/i.test(status)) return "good";
  return LOOKS.find(([, form]) => form.test(status))?.[0] ?? "plain";
}

const WORDS: Record<string, string> = {
  PendingManualApproval: "Pending approval",
  InService: "In service",
  OutOfService: "Out of service",
  Executing: "Running",
  CompletedWithViolations: "Violations found",
  DidNotSucceed: "Did not succeed",
};

/** `UPDATE_ROLLBACK_COMPLETE` and `RollingBack` as people write: "Update rollback complete", "Rolling back". */
export function wordsOf(status: string): string {
  const known = WORDS[status];
  if (known) return known;
  const apart = status.includes("_") || status === status.toUpperCase() ? status.toLowerCase().replaceAll("_", " ") : status.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return apart.charAt(0).toUpperCase() + apart.slice(1);
}

/** Whether a status still changes by itself. */
export function isMoving(status: string): boolean {
  return lookOf(status) === "run";
}
