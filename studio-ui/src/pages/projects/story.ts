/** A project's story: how far its newest change has come, and where each stop leads. */

import { useQueryClient } from "@tanstack/react-query";
import { read } from "../../wire/call";
import { pageOf, parse } from "../../wire/arns";
import { useReading } from "../../wire/query";
import type { Look } from "../../parts/statuses";

export type StopState = "ahead" | "running" | "waiting" | "done" | "failed" | "stopped" | "skipped";

export type Ask = { what: "version"; arn: string } | { what: "action"; pipeline: string; stage: string; action: string; token: string; execution: string };

export interface Stop {
  id: string;
  state: StopState;
  text?: string;
  /** The long form: a commit's id, a reason. */
  detail?: string;
  who?: string;
  started?: string;
  ended?: string;
  link?: string;
  execution?: string;
  asks?: Ask;
  /** What stands there now, where the change has not come yet. */
  stands?: { text: string; link?: string };
}

export interface Story {
  project: string;
  title: string;
  version: number | null;
  versionArn: string;
  stops: Stop[];
  about: string[];
}

// What begins without being known yet: a version, an endpoint, a first pipeline or delivery.
const BEGINNINGS = ["sagemaker:model-package", "sagemaker:endpoint", "sagemaker:project", "sagemaker:monitoring-schedule"];

export function useStory(project: string, enabled = true) {
  const key = ["ormer", "story", project];
  const known = useQueryClient().getQueryData<Story>(key)?.about ?? [];
  const unknown = ["codepipeline", "sagemaker:pipeline"].filter((topic) => !known.some((arn) => arn.includes(`:${topic.replace("sagemaker:", "")}`)));
  return useReading<Story>(key, (signal) => read<Story>(`story?project=${encodeURIComponent(project)}`, signal), { enabled, about: [...known, ...BEGINNINGS, ...unknown] });
}

const LABELS: Record<string, string> = {
  commit: "Commit",
  data: "Data checks",
  trained: "Trained",
  evaluated: "Evaluated",
  registered: "Registered",
  approved: "Approved",
  staging: "Staging",
  production: "Production",
  monitored: "Monitored",
};

export function labelOf(stop: Stop): string {
  return LABELS[stop.id] ?? stop.id;
}

const LOOKS: Record<StopState, Look> = { ahead: "queued", running: "run", waiting: "wait", done: "good", failed: "bad", stopped: "stopped", skipped: "skipped" };
const WORDS: Record<StopState, string> = { ahead: "not reached", running: "under way", waiting: "waits for a person", done: "done", failed: "failed", stopped: "stopped", skipped: "skipped" };

export function stopLook(stop: Stop): Look {
  return LOOKS[stop.state];
}

export function stopWords(stop: Stop): string {
  return WORDS[stop.state];
}

/** The page that shows a stop; null when there is none yet. */
export function stopPage(stop: Stop): string | null {
  const link = stop.link ?? stop.stands?.link;
  if (!link) return null;
  const page = pageOf(link);
  if (!page) return null;
  if (stop.execution && stop.link && parse(stop.link)?.service === "codepipeline") return `${page}/executions/${stop.execution}`;
  return stop.id === "monitored" && parse(link)?.type === "endpoint" ? `${page}?tab=monitors` : page;
}

const STATUSES: Record<StopState, string> = { ahead: "Waiting", running: "Executing", waiting: "PendingManualApproval", done: "Succeeded", failed: "Failed", stopped: "Stopped", skipped: "Skipped" };

/** A stop's state in the words that statuses are shown by. */
export function statusOf(stop: Stop): string {
  return STATUSES[stop.state];
}

/** The stop where the change is now: what waits, moves or went wrong; else the last one reached. */
export function present(stops: Stop[]): Stop | undefined {
  return stops.find((stop) => ["waiting", "running", "failed", "stopped"].includes(stop.state)) ?? stops.findLast((stop) => stop.state !== "ahead");
}

/** The whole story in one sentence, for lists: `Waits at Approved`, `Production failed`, `Monitored`. */
export function whereabouts(story: Story): string {
  const stop = present(story.stops);
  if (!stop) return "";
  if (stop.state === "done") return labelOf(stop);
  return `${labelOf(stop)}: ${stopWords(stop)}`;
}

/** Who did it: a name, or the last part of an ARN. */
export function whoOf(stop: Stop): string {
  const who = stop.who ?? "";
  return who.startsWith("arn:") ? (who.split(/[/:]/).pop() ?? who) : who;
}
