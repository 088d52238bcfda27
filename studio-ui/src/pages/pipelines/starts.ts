/** When the programs of steps began, as their jobs tell. */

import { useQueries } from "@tanstack/react-query";
import { call } from "../../wire/call";
import { settings } from "../../wire/query";
import { jobOf, startedAt } from "./jobs";
import type { Step } from "./shapes";

// Beyond these a timeline shows whole steps only.
const STEPS_MAX = 60;

/** Milliseconds by the step's name. */
export function useStarts(steps: Step[]): Map<string, number> {
  const jobs = steps.length > STEPS_MAX ? [] : steps.flatMap((step) => {
    const job = jobOf(step.Metadata);
    return job ? [{ step: step.StepName, job }] : [];
  });
  const described = useQueries({
    queries: jobs.map(({ job }) => {
      const params = { [job.member]: job.name };
      return {
        queryKey: ["sagemaker", job.operation, params],
        queryFn: ({ signal }: { signal: AbortSignal }) => call<Record<string, unknown>>("sagemaker", job.operation, params, signal),
        ...settings({ about: [job.arn] }),
      };
    }),
  });
  return new Map(
    jobs.flatMap(({ step }, index): [string, number][] => {
      const started = described[index]?.data ? startedAt(described[index].data) : undefined;
      return started ? [[step, Date.parse(started)]] : [];
    }),
  );
}
