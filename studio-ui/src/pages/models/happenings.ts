/** What happened to a version, and who said what about it: kept by the server long after models and endpoints changed. */

import { read } from "../../wire/call";
import { useReading } from "../../wire/query";

export interface Happening {
  time: string;
  what: "registered" | "approved" | "rejected" | "reset" | "deployed" | "released" | "held back";
  /** An ARN, "" where nobody is known. */
  who: string;
  text: string;
  stage: string;
  endpoint?: string;
  action?: string;
  delivery?: string;
  execution?: string;
}

/** The commit that a version was built from, as its delivery knows it; empty where somebody started the run by hand. */
export interface BuiltFrom {
  commit?: string;
  message?: string;
  delivery?: string;
  execution?: string;
}

interface Answer {
  lastStage: string;
  /** Newest first. */
  happenings: Happening[];
  source: BuiltFrom;
}

export function useHappenings(arn: string) {
  return useReading<Answer>(["ormer", "version", arn], (signal) => read(`version?arn=${encodeURIComponent(arn)}`, signal), { about: [arn, "sagemaker:endpoint", "codepipeline"] });
}

/** Who an ARN is: the last of its words. */
export function nameOf(arn: string | undefined): string {
  return arn?.split(/[/:]/).pop() ?? "";
}
