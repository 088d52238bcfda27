/** A version's own story: from the data's checks to production, as its execution, decisions and endpoints tell. */

import type { Stop } from "../../parts/StoryRail";
import { isMoving } from "../../parts/statuses";
import type { StepDefinition } from "../pipelines/definition";
import type { Step } from "../pipelines/shapes";
import type { Serving } from "./serving";
import { type Happening, nameOf } from "./happenings";
import type { Version } from "./shapes";

export interface Told {
  version: Version;
  steps: Step[];
  definitions: StepDefinition[];
  /** Newest first. */
  happenings: Happening[];
  serving: Serving[];
  execution: string | null;
  act?: React.ReactNode;
}

const DATA_CHECKS = ["DATA_QUALITY", "DATA_BIAS"];
const MODEL_CHECKS = ["MODEL_QUALITY", "MODEL_BIAS", "MODEL_EXPLAINABILITY"];

export function storyOf(told: Told): Stop[] {
  const { version, happenings, serving, execution } = told;
  const byName = new Map(told.definitions.map((step) => [step.Name, step]));
  const ofType = (wanted: (step: StepDefinition) => boolean) => told.steps.filter((step) => wanted(byName.get(step.StepName) ?? { Name: "", Type: "" }));
  const page = execution ? `/pipelines/${execution}` : undefined;
  const parts: [string, string, Step[]][] = [
    ["data", "Data checks", ofType((step) => DATA_CHECKS.includes(String(step["CheckType"])))],
    ["trained", "Trained", ofType((step) => step.Type === "Training" || step.Type === "Tuning")],
    ["evaluated", "Evaluated", ofType((step) => MODEL_CHECKS.includes(String(step["CheckType"])) || step.Type === "Condition")],
  ];
  const made = parts.flatMap(([id, label, steps]) => (steps.length ? [stopOf(id, label, steps, page)] : []));
  const decision = happenings.find((each) => ["approved", "rejected", "reset"].includes(each.what));
  const decided = version.ModelApprovalStatus !== "PendingManualApproval";
  return [
    ...made,
    { id: "registered", label: "Registered", status: version.ModelPackageStatus, at: version.CreationTime, note: `version ${version.ModelPackageVersion}` },
    {
      id: "approved",
      label: version.ModelApprovalStatus === "Rejected" ? "Rejected" : "Approved",
      status: version.ModelApprovalStatus,
      at: decided ? (decision?.time ?? version.LastModifiedTime) : undefined,
      note: decided ? nameOf(decision?.who) : undefined,
      ...(decided ? {} : { act: told.act }),
    },
    ...deployed(version, serving),
  ];
}

function stopOf(id: string, label: string, steps: Step[], page: string | undefined): Stop {
  const failed = steps.find((step) => step.StepStatus === "Failed");
  const moving = steps.find((step) => isMoving(step.StepStatus));
  const ends = steps.flatMap((step) => step.EndTime ?? []).sort();
  const starts = steps.flatMap((step) => step.StartTime ?? []).sort();
  const chosen = failed ?? moving ?? steps[0];
  return {
    id,
    label,
    status: failed ? "Failed" : moving ? "Executing" : "Succeeded",
    from: starts[0],
    at: ends.at(-1),
    note: steps.length > 1 ? `${steps.length} steps` : undefined,
    page: page && chosen ? `${page}?step=${encodeURIComponent(chosen.StepName)}` : undefined,
  };
}

function deployed(version: Version, serving: Serving[]): Stop[] {
  const mine = serving.filter((each) => each.packages.includes(version.ModelPackageArn));
  const staged = [
    { id: "staging", label: "Staging", form: /stag|test|dev/i },
    { id: "production", label: "Production", form: /prod|live/i },
  ].map(({ id, label, form }): Stop => {
    const endpoint = mine.find((each) => form.test(each.stage || each.name));
    return endpoint ? stopFor(id, label, endpoint) : { id, label, status: version.ModelApprovalStatus === "Rejected" ? "Skipped" : "Waiting", note: undefined };
  });
  const others = mine.filter((each) => !/stag|test|dev|prod|live/i.test(each.stage || each.name));
  // An endpoint without a stage stands for itself; the stages then say nothing.
  const first = others[0];
  return first && staged.every((stop) => stop.status === "Waiting") ? [stopFor("endpoint", "In service", first)] : staged;
}

function stopFor(id: string, label: string, endpoint: Serving): Stop {
  return { id, label, status: endpoint.status, at: endpoint.changed, from: endpoint.changed, note: endpoint.name, page: `/endpoints/${endpoint.name}` };
}
