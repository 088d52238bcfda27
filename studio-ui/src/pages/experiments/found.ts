/** Runs of an experiment: the newest of them, and of a hundred thousand those that one looks for. */

import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import { call } from "../../wire/call";
import { useReading } from "../../wire/query";
import { type Component, type Run, runOf } from "./runs";

interface Answer {
  Results: { TrialComponent?: Component }[];
  TotalHits?: { Value: number; Relation: string };
  NextToken?: string;
}

const PAGE_MAX = 100;
// All of so many are read, so that each column can be sorted by.
const ALL_MAX = 1000;
const NEWEST_MAX = 300;
const TYPING_MS = 200;

const ABOUT = ["sagemaker:training-job", "sagemaker:processing-job", "sagemaker:transform-job", "sagemaker:pipeline"];

/** The newest runs of an experiment, from their first page on; `more` says what is not among them, "" when nothing. */
export function useNewest(experiment: string) {
  const first = useReading(["experiment", experiment], (signal) => call<Answer>("sagemaker", "Search", asked(experiment, []), signal), { about: ABOUT });
  const next = first.data?.NextToken;
  const total = first.data?.TotalHits?.Value ?? 0;
  const rest = useReading(["experiment", experiment, "rest", next], (signal) => restOf(experiment, next ?? "", total, signal), { enabled: next !== undefined, about: ABOUT });
  const runs = useMemo(() => joined(first.data ? runsIn(first.data) : [], rest.data?.runs ?? []), [first.data, rest.data]);
  const exact = first.data?.TotalHits?.Relation !== "GreaterThanOrEqualTo";
  const count = total.toLocaleString("en-GB");
  const more = rest.data?.cut ? `The ${runs.length} newest of ${exact ? count : `more than ${count}`} runs are shown. The search looks through all of them by their names.` : "";
  return { first, runs, more, many: total > NEWEST_MAX && total > runs.length };
}

async function restOf(experiment: string, token: string, total: number, signal: AbortSignal): Promise<{ runs: Run[]; cut: boolean }> {
  const runs: Run[] = [];
  const wanted = (total > ALL_MAX ? NEWEST_MAX : ALL_MAX) - PAGE_MAX;
  let next: string | undefined = token;
  while (next && runs.length < wanted) {
    const answer: Answer = await call("sagemaker", "Search", asked(experiment, [], next), signal);
    runs.push(...runsIn(answer));
    next = answer.NextToken;
  }
  return { runs, cut: next !== undefined };
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
  const found = useReading(["experiment", experiment, "found", words], (signal) => searched(experiment, words, signal), { enabled: many && words.length > 0 });
  return found.data ?? NONE;
}

const NONE: Run[] = [];

/** Runs whose names hold what was typed; where none holds it as it stands, those that hold its words in any order. */
async function searched(experiment: string, words: string[], signal: AbortSignal): Promise<Run[]> {
  // A word that all names have costs a look at each of them; the whole is found by a look at the index.
  const whole = runsIn(await call<Answer>("sagemaker", "Search", asked(experiment, [words.join(" ")]), signal));
  return whole.length || words.length === 1 ? whole : runsIn(await call<Answer>("sagemaker", "Search", asked(experiment, words), signal));
}

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
