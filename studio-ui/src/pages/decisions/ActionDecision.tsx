/** The decision that an approval action waits for, with what Delivery knows of it. */

import { useRef } from "react";
import { ErrorBox, SkeletonLines } from "../../parts/Box";
import { Dialog } from "../../parts/Dialog";
import { useList, useOperation } from "../../wire/query";
import { ReviewDialog } from "../delivery/ReviewDialog";
import type { ExecutionSummary, PipelineAnswer, PipelineState } from "../delivery/shapes";
import { present } from "../delivery/stages";
import type { Ask } from "../projects/story";

const HISTORY_MAX = 200;

export function ActionDecision({ ask, close }: { ask: Extract<Ask, { what: "action" }>; close: () => void }) {
  const name = ask.pipeline;
  const about = ["codepipeline"];
  const pipeline = useOperation<PipelineAnswer>("codepipeline", "GetPipeline", { name }, { about });
  const state = useOperation<PipelineState>("codepipeline", "GetPipelineState", { name }, { about });
  const executions = useList<ExecutionSummary>("codepipeline", "ListPipelineExecutions", { pipelineName: name }, "pipelineExecutionSummaries", { about, limit: HISTORY_MAX });
  const error = pipeline.error ?? state.error;
  const stages = pipeline.data && state.data ? present(pipeline.data.pipeline, state.data) : null;
  const stage = stages?.find((each) => each.name === ask.stage);
  const action = stage?.actions.find((each) => each.declared.name === ask.action);
  const asked = useRef<React.ComponentProps<typeof ReviewDialog> | null>(null);
  if (!asked.current && stages && stage && action?.token && executions.data) {
    const execution = executions.data.find((each) => each.pipelineExecutionId === ask.execution);
    asked.current = { pipeline: name, stages, stage, action, execution, close };
  }
  // The question stays as it was asked: its answer changes the pipeline, and closes the dialog by itself.
  if (asked.current) return <ReviewDialog {...asked.current} close={close} />;
  return (
    <Dialog title={`Review ${ask.action}`} close={close}>
      {error ? <ErrorBox error={error} /> : stages ? <p>Somebody has decided this meanwhile.</p> : <SkeletonLines lines={4} />}
    </Dialog>
  );
}
