/** Parameters of many executions, for columns of their table. */

import { useQueries } from "@tanstack/react-query";
import { listed } from "../../wire/call";
import { settings } from "../../wire/query";
import type { ExecutionSummary, NamedValue } from "./shapes";

// The newest ones: older rows show their parameters on their own pages.
const EXECUTIONS_MAX = 60;

/** {name: value} by the execution's ARN. */
export function useParameters(executions: ExecutionSummary[]): Map<string, Record<string, string>> {
  const arns = executions.slice(0, EXECUTIONS_MAX).map((execution) => execution.PipelineExecutionArn);
  const found = useQueries({
    queries: arns.map((arn) => {
      const params = { PipelineExecutionArn: arn };
      return {
        queryKey: ["sagemaker", "ListPipelineParametersForExecution", params, "all"],
        queryFn: ({ signal }: { signal: AbortSignal }) => listed<NamedValue>("sagemaker", "ListPipelineParametersForExecution", params, "PipelineParameters", signal),
        ...settings({ fixed: true }),
      };
    }),
  });
  return new Map(arns.map((arn, index) => [arn, Object.fromEntries((found[index]?.data ?? []).map(({ Name, Value }) => [Name, Value]))]));
}
