/** Runs of an experiment: the newest of them, and of a hundred thousand those that one looks for. */

import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { call } from "../../wire/call";
import { useReading } from "../../wire/query";
import { type Component, type Run, runOf } from "./runs";

interface Answer {
  Results: { TrialComponent?: Component }[];
  TotalHits?: { Value: number; Relation: string };
  NextToken?: string;
}

interface Known {
  runs: Run[];
  /** What a person should know of the others, "" when these are all. */
  more: string;
}

const PAGE_MAX = 100;
// All of so many are read, so that each column can be sorted by.
const ALL_MAX = 1000;
const NEWEST_MAX = 300;
const TYPING_MS = 200;

/** The runs of an experiment, newest first. */
export async function runsOf(experiment: string, signal: AbortSignal): Promise<Known> {
  const runs: Run[] = [];
  let next: string | undefined;
  let total = 0;
  let exact = true;
  do {
    const answer: Answer = await call("sagemaker", "Search", asked(experiment, [], next), signal);
    runs.push(...runsIn(answer));
    total = answer.TotalHits?.Value ?? runs.length;
    exact = answer.TotalHits?.Relation === "EqualTo";
    next = answer.NextToken;
  } while (next && runs.length < (total > ALL_MAX ? NEWEST_MAX : ALL_MAX));
  const count = total.toLocaleString("en-GB");
  return { runs, more: next ? `The ${runs.length} newest of ${exact ? count : `more than ${count}`} runs are shown. The search looks through all of them by their names.` : "" };
}

/** What the address's search finds among all runs, when not all are shown. */
export function useFound(experiment: string, many: boolean): Run[] {
  const [search] = useSearchParams();
  const typed = search.get("q") ?? "";
  const [text, setText] = useState(typed);
  useEffect(() => {
    const timer = window.setTimeout(() => setText(typed), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  const words = text.split(/\s+/).filter(Boolean);
  const found = useReading(["experiment", experiment, "found", words], async (signal) => runsIn(await call<Answer>("sagemaker", "Search", asked(experiment, words), signal)), { enabled: many && words.length > 0 });
  return found.data ?? NONE;
}

const NONE: Run[] = [];

/** Runs, each once. */
export function joined(runs: Run[], more: Run[]): Run[] {
  if (!more.length) return runs;
  const names = new Set(runs.map((run) => run.name));
  return [...runs, ...more.filter((run) => !names.has(run.name))];
}

function asked(experiment: string, words: string[], next?: string): Record<string, unknown> {
  const named = (word: string) => ({ Operator: "Or", Filters: ["DisplayName", "TrialComponentName"].map((member) => ({ Name: member, Operator: "Contains", Value: word })) });
  return {
    Resource: "ExperimentTrialComponent",
    SearchExpression: { Filters: [{ Name: "Parents.ExperimentName", Operator: "Equals", Value: experiment }], ...(words.length ? { SubExpressions: words.map(named) } : {}) },
    SortBy: "CreationTime",
    SortOrder: "Descending",
    MaxResults: PAGE_MAX,
    ...(next ? { NextToken: next } : {}),
  };
}

function runsIn(answer: Answer): Run[] {
  return answer.Results.flatMap((each) => (each.TrialComponent ? [runOf(each.TrialComponent)] : []));
}
