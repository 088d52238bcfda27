/** ARNs of pipelines and executions, from what stands in addresses. */

import { useSession } from "../../wire/session";

export function usePipelineArn(name: string): string {
  const { account, region } = useSession();
  return `arn:aws:sagemaker:${region}:${account}:pipeline/${name}`;
}

export function useExecutionArn(name: string, id: string): string {
  return `${usePipelineArn(name)}/execution/${id}`;
}
