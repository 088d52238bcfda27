/** Events of a project as sentences. */

import { wordsOf } from "../../parts/statuses";

export interface Happening {
  id: number;
  time: string;
  type: string;
  status: string;
  subject: string;
  actor: string;
  words: Record<string, string | undefined>;
}

/** What happened, and what more there is to say of it: who, why, with which words. */
export function sentence({ type, status, actor, words }: Happening): { text: string; more: string } {
  const who = actor.split(/[/:]/).pop() ?? "";
  const reason = words["FailureReason"] ?? words["failureReason"] ?? words["ApprovalDescription"] ?? "";
  const more = [who ? `by ${who}` : "", reason].filter(Boolean).join(" · ");
  const state = wordsOf(status).toLowerCase();
  switch (type) {
    case "CodeCommit Repository State Change": {
      const commit = words["commitId"]?.slice(0, 8);
      return { text: `${words["referenceName"] ?? "A branch"} ${REFERENCES[status] ?? state}${commit ? ` to ${commit}` : ""}`, more };
    }
    case "CodePipeline Pipeline Execution State Change":
      return { text: `Delivery ${words["pipeline"] ?? ""} ${state}`, more };
    case "SageMaker Model Building Pipeline Execution Status Change":
      return { text: `Pipeline ${words["pipelineExecutionDisplayName"] ?? "execution"} ${state}`, more };
    case "SageMaker Model Package State Change":
      return { text: `Version ${words["ModelPackageVersion"] ?? ""} ${VERSIONS[status] ?? state}`, more };
    case "SageMaker Endpoint State Change":
      return { text: `Endpoint ${words["EndpointName"] ?? ""} ${state}`, more };
    case "Monitoring Execution Status Change": {
      const found = words["ViolationCount"];
      return { text: `Monitor ${words["MonitoringScheduleName"] ?? ""} ${state}${found ? `, ${found} violations` : ""}`, more };
    }
    default:
      return { text: `Project ${state}`, more };
  }
}

const REFERENCES: Record<string, string> = { referenceCreated: "created", referenceUpdated: "moved", referenceDeleted: "deleted" };
const VERSIONS: Record<string, string> = { PendingManualApproval: "registered, pending approval", Approved: "approved", Rejected: "rejected" };
