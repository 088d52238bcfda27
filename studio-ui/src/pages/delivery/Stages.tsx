/** Stages from left to right, live: what ran, what waits, and for whom. */

import { Lock, LockOpen, RotateCcw } from "lucide-react";
import { Fragment, useState } from "react";
import { ErrorBox } from "../../parts/Box";
import { Dialog } from "../../parts/Dialog";
import { Mark, Status } from "../../parts/Status";
import { lookOf } from "../../parts/statuses";
import { Time } from "../../parts/Time";
import { useWrite } from "../../wire/query";
import { providerIcon, providerName } from "./providers";
import { type ShownAction, type ShownStage, WAITING } from "./stages";
import "./delivery.css";

interface Settings {
  pipeline: string;
  stages: ShownStage[];
  chosen: string | null;
  choose: (action: string | null) => void;
  review: (stage: ShownStage, action: ShownAction) => void;
  /** The message of an execution's commit. */
  message: (execution: string) => string;
}

/** How an action is called in addresses. */
export function keyOf(stage: string, action: string): string {
  return `${stage}/${action}`;
}

export function Stages({ pipeline, stages, chosen, choose, review, message }: Settings) {
  return (
    <div className="stages" tabIndex={0} role="group" aria-label="Stages">
      {stages.map((stage, place) => (
        <Fragment key={stage.name}>
          {place > 0 ? <Way pipeline={pipeline} stage={stage} /> : null}
          <section className="stage" data-look={lookOf(stage.status)} aria-label={`Stage ${stage.name}`}>
            <div className="stage__head">
              <h3 title={stage.name}>{stage.name}</h3>
              <Status value={stage.status} {...(stage.status === WAITING ? { words: "Waiting" } : {})} />
              <span className="stage__from" title={stage.execution}>
                {stage.execution ? message(stage.execution) || stage.execution.slice(0, 8) : "Nothing has come here yet"}
              </span>
            </div>
            <div className="stage__actions">
              {stage.actions.map((action) => (
                <Fragment key={action.declared.name}>
                  <ActionRow action={action} chosen={chosen === keyOf(stage.name, action.declared.name)} choose={() => choose(keyOf(stage.name, action.declared.name))} />
                  {action.status === WAITING ? (
                    <div className="action__decide">
                      <span>{action.declared.configuration?.["CustomData"] || "This waits for somebody's decision."}</span>
                      <button type="button" className="button button--primary button--small" onClick={() => review(stage, action)}>
                        Review
                      </button>
                    </div>
                  ) : null}
                </Fragment>
              ))}
            </div>
            {stage.current && stage.status === "Failed" ? <Retry pipeline={pipeline} stage={stage} /> : null}
          </section>
        </Fragment>
      ))}
    </div>
  );
}

function ActionRow({ action, chosen, choose }: { action: ShownAction; chosen: boolean; choose: () => void }) {
  const look = lookOf(action.status);
  return (
    <button type="button" className="action" data-chosen={chosen || undefined} onClick={choose} title={action.error || action.summary || undefined}>
      <span className="action__icon">{providerIcon(action.declared.actionTypeId)}</span>
      <span style={{ minWidth: 0 }}>
        <span className="action__name" style={{ display: "block" }}>
          {action.declared.name}
        </span>
        <span className="action__under" style={{ display: "block" }}>
          {providerName(action.declared.actionTypeId)}
          {action.changed ? (
            <>
              {" · "}
              <Time at={action.changed} />
            </>
          ) : null}
        </span>
      </span>
      <span className="status" data-look={look} title={action.status}>
        <Mark look={look} />
        <span className="hidden-words">{action.status}</span>
      </span>
    </button>
  );
}

function Retry({ pipeline, stage }: { pipeline: string; stage: ShownStage }) {
  const retry = useWrite("codepipeline", "RetryStageExecution", ["GetPipelineState", "ListPipelineExecutions"]);
  const send = (mode: string) => retry.mutate({ pipelineName: pipeline, stageName: stage.name, pipelineExecutionId: stage.execution, retryMode: mode });
  return (
    <div className="stage__foot">
      <button type="button" className="button button--small" disabled={retry.isPending} onClick={() => send("FAILED_ACTIONS")}>
        <RotateCcw /> Retry failed actions
      </button>
      {retry.error ? <ErrorBox error={retry.error} /> : null}
    </div>
  );
}

/** The way into a stage: open, or closed by somebody for a reason. */
function Way({ pipeline, stage }: { pipeline: string; stage: ShownStage }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const close = useWrite("codepipeline", "DisableStageTransition", ["GetPipelineState"]);
  const open = useWrite("codepipeline", "EnableStageTransition", ["GetPipelineState"]);
  const request = { pipelineName: pipeline, stageName: stage.name, transitionType: "Inbound" };
  const { transition } = stage;
  const closed = transition?.enabled === false;
  return (
    <div className="way" data-closed={closed || undefined}>
      <span className="way__line" />
      {transition ? (
        <button
          type="button"
          className="button button--icon button--small"
          aria-label={closed ? `Open the way into ${stage.name}` : `Close the way into ${stage.name}`}
          title={closed ? `Closed${transition.disabledReason ? `: ${transition.disabledReason}` : ""}. Open it` : `Open. Close the way into ${stage.name}`}
          onClick={() => (closed ? open.mutate(request) : setAsking(true))}
        >
          {closed ? <Lock /> : <LockOpen />}
        </button>
      ) : null}
      {stage.queued.length ? <span className="way__queue">{stage.queued.length} waiting</span> : null}
      {asking ? (
        <Dialog
          title={`Close the way into ${stage.name}?`}
          close={() => setAsking(false)}
          foot={
            <>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Cancel
              </button>
              <button type="button" className="button button--primary" disabled={!reason.trim()} onClick={() => close.mutate({ ...request, reason }, { onSuccess: () => setAsking(false) })}>
                Close the way
              </button>
            </>
          }
        >
          {close.error ? <ErrorBox error={close.error} /> : null}
          <p>Executions stop before {stage.name} until somebody opens it again. What runs there now goes on.</p>
          <label className="field">
            <span className="field__label">Reason</span>
            <input className="input" value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />
          </label>
        </Dialog>
      ) : null}
    </div>
  );
}
