/** The stages of a delivery pipeline as one sees them: what is declared, and how its newest or chosen runs stand. */

import type { ActionDeclaration, ActionExecution, ExecutionSummary, PipelineDeclaration, PipelineState, Transition } from "./shapes";

export interface ShownAction {
  declared: ActionDeclaration;
  status: string;
  /** Empty before its first run. */
  id: string;
  summary: string;
  changed: string | undefined;
  /** The token of an approval that waits for a person. */
  token: string | undefined;
  by: string | undefined;
  /** What the action started: a build's id, a stack's ARN. */
  external: string;
  error: string;
  link: string | undefined;
}

export interface ShownStage {
  name: string;
  status: string;
  /** The execution it shows, "" where none has come. */
  execution: string;
  actions: ShownAction[];
  /** How executions get in; absent at the first stage and where a finished execution is shown. */
  transition: Transition | undefined;
  queued: string[];
  /** Whether that execution is the one in the stage now, so that the stage can be retried. */
  current: boolean;
}

/** What an execution carries through the stages, and what started it. */
export type Carried = Pick<ExecutionSummary, "sourceRevisions" | "trigger">;

export const WAITING = "WaitingForApproval";

/** Every stage with the newest run of every action. */
export function present(pipeline: PipelineDeclaration, state: PipelineState): ShownStage[] {
  const states = new Map(state.stageStates.map((stage) => [stage.stageName, stage]));
  return pipeline.stages.map((stage) => {
    const known = states.get(stage.name);
    const actions = new Map(known?.actionStates.map((action) => [action.actionName, action]));
    const shown = stage.actions.map((declared): ShownAction => {
      const action = actions.get(declared.name);
      const run = action?.latestExecution;
      return {
        declared,
        status: statusOf(declared, run?.status, run?.token),
        id: run?.actionExecutionId ?? "",
        summary: run?.summary ?? "",
        changed: run?.lastStatusChange,
        token: run?.token,
        by: run?.lastUpdatedBy,
        external: run?.externalExecutionId ?? "",
        error: run?.errorDetails?.message ?? "",
        link: action?.entityUrl,
      };
    });
    return {
      name: stage.name,
      status: stageStatus(known?.latestExecution?.status, shown),
      execution: known?.latestExecution?.pipelineExecutionId ?? "",
      actions: shown,
      transition: known?.inboundTransitionState,
      queued: (known?.inboundExecutions ?? []).map((each) => each.pipelineExecutionId),
      current: true,
    };
  });
}

/** Every stage as it went in one execution; of actions that ran again, the last run. */
export function past(pipeline: PipelineDeclaration, execution: string, runs: ActionExecution[]): ShownStage[] {
  return pipeline.stages.map((stage) => {
    const shown = stage.actions.map((declared): ShownAction => {
      const run = runs.filter((each) => each.stageName === stage.name && each.actionName === declared.name).sort((one, other) => one.startTime.localeCompare(other.startTime)).at(-1);
      const result = run?.output?.executionResult;
      return {
        declared,
        status: run?.status ?? "Not run",
        id: run?.actionExecutionId ?? "",
        summary: result?.externalExecutionSummary ?? "",
        changed: run?.lastUpdateTime,
        token: undefined,
        by: run?.updatedBy,
        external: result?.externalExecutionId ?? "",
        error: result?.errorDetails?.message ?? "",
        link: undefined,
      };
    });
    const statuses = shown.map((action) => action.status);
    const whole = ["Failed", "InProgress", "Abandoned", "Not run"].find((each) => statuses.includes(each)) ?? "Succeeded";
    const reached = shown.some((action) => action.id);
    return { name: stage.name, status: whole, execution: reached ? execution : "", actions: shown, transition: undefined, queued: [], current: false };
  });
}

/** The stages of an execution, with what a person can do where it is the one in the stage: only the pipeline's state knows that, and an approval's token. */
export function standing(stages: ShownStage[], state: PipelineState | undefined): ShownStage[] {
  const states = new Map(state?.stageStates.map((stage) => [stage.stageName, stage]));
  return stages.map((stage) => {
    const known = states.get(stage.name);
    if (!known?.latestExecution || known.latestExecution.pipelineExecutionId !== stage.execution) return stage;
    const runs = new Map(known.actionStates.map((action) => [action.latestExecution?.actionExecutionId, action.latestExecution]));
    const actions = stage.actions.map((action) => {
      const token = runs.get(action.id)?.token;
      const status = statusOf(action.declared, action.status, token);
      return status === WAITING ? { ...action, token, status } : action;
    });
    return { ...stage, actions, status: stageStatus(stage.status, actions), current: true };
  });
}

function statusOf(declared: ActionDeclaration, status: string | undefined, token: string | undefined): string {
  if (!status) return "Not run";
  return declared.actionTypeId.category === "Approval" && status === "InProgress" && token ? WAITING : status;
}

function stageStatus(status: string | undefined, actions: ShownAction[]): string {
  if (!status) return "Not run";
  return status === "InProgress" && actions.some((action) => action.status === WAITING) ? WAITING : status;
}

/** What a person calls an execution by: the message of its commit, or what started it. */
export function messageOf(execution: Carried | undefined): string {
  const summary = execution?.sourceRevisions?.map((each) => messageIn(each.revisionSummary)).find(Boolean);
  return summary ?? "";
}

/** The message in a revision's summary: some sources wrap it in JSON (`{"ProviderType":...,"CommitMessage":...}`). */
export function messageIn(summary: string | undefined): string {
  if (!summary?.startsWith("{")) return summary ?? "";
  try {
    return (JSON.parse(summary) as { CommitMessage?: string }).CommitMessage ?? summary;
  } catch {
    return summary;
  }
}

export function revisionOf(execution: Carried | undefined): string {
  return execution?.sourceRevisions?.find((each) => each.revisionId)?.revisionId ?? "";
}

const TRIGGERS: Record<string, [alone: string, by: string]> = {
  CreatePipeline: ["pipeline created", "pipeline created by"],
  StartPipelineExecution: ["started by hand", "started by"],
  CloudWatchEvent: ["event", "event rule"],
  PutActionRevision: ["new revision", "new revision by"],
  PollForSourceChanges: ["source changed", "source changed:"],
  Webhook: ["webhook", "webhook"],
  WebhookV2: ["push", "push to"],
  AutomatedRollback: ["rolled back", "rolled back from"],
};

/** Why an execution began: `event rule abalone-code`, `started by ada`. */
export function triggerText(trigger: ExecutionSummary["trigger"]): string {
  if (!trigger) return "";
  const detail = (trigger.triggerDetail ?? "").split(/[/:]/).pop() ?? "";
  const [alone, by] = TRIGGERS[trigger.triggerType] ?? [trigger.triggerType, trigger.triggerType];
  return detail ? `${by} ${detail}` : alone;
}

/** How a pipeline's newest execution stands: what waits for a person says more than that it is under way. */
export function statusOfLatest(execution: { status: string } | undefined, stages: ShownStage[]): string {
  return stages.some((stage) => stage.status === WAITING) ? WAITING : (execution?.status ?? "Not run");
}
