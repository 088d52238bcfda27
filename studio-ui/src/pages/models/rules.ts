/** What an approval sets in motion: the event rules that listen for it, and their targets. */

import { shortName } from "../../wire/arns";
import { call, listed } from "../../wire/call";
import { useReading } from "../../wire/query";

interface Rule {
  Name: string;
  EventPattern?: string;
  State?: string;
}

const EVENT = "SageMaker Model Package State Change";

/** Names of what starts when a version of the group is decided upon. */
export function useConsequences(group: string) {
  return useReading(["consequences", group], (signal) => consequences(group, signal), { about: ["events", "aws.events"] });
}

async function consequences(group: string, signal: AbortSignal): Promise<string[]> {
  const rules = await listed<Rule>("events", "ListRules", {}, "Rules", signal);
  const listening = rules.filter((rule) => rule.State !== "DISABLED" && hears(rule.EventPattern, group));
  const targets = await Promise.all(listening.map((rule) => call<{ Targets: { Arn: string }[] }>("events", "ListTargetsByRule", { Rule: rule.Name }, signal)));
  return [...new Set(targets.flatMap((each) => each.Targets.map((target) => shortName(target.Arn))))];
}

/** Whether a pattern asks for this event, and for this group or any. */
export function hears(pattern: string | undefined, group: string): boolean {
  if (!pattern) return false;
  try {
    const { "detail-type": types, detail } = JSON.parse(pattern) as { "detail-type"?: unknown[]; detail?: { ModelPackageGroupName?: unknown[] } };
    const groups = detail?.ModelPackageGroupName;
    return (types ?? []).includes(EVENT) && (groups === undefined || groups.some((each) => each === group || (each !== null && typeof each === "object")));
  } catch {
    return false;
  }
}
