/** A person's decision: what it is about, and what comes of it. */

import { useState } from "react";
import { ErrorBox, Facts } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Time } from "../../parts/Time";
import { useWrite } from "../../wire/query";
import { providerName } from "./providers";
import { type Carried, messageOf, revisionOf, type ShownAction, type ShownStage, triggerText } from "./stages";

const SUMMARY_LENGTH_MAX = 512;

interface Settings {
  pipeline: string;
  stages: ShownStage[];
  stage: ShownStage;
  action: ShownAction;
  execution: Carried | undefined;
  close: () => void;
}

export function ReviewDialog({ pipeline, stages, stage, action, execution, close }: Settings) {
  const [summary, setSummary] = useState("");
  const answer = useWrite("codepipeline", "PutApprovalResult", ["GetPipelineState", "ListPipelineExecutions"]);
  const send = (status: "Approved" | "Rejected") =>
    answer.mutate(
      { pipelineName: pipeline, stageName: stage.name, actionName: action.declared.name, token: action.token, result: { summary, status } },
      { onSuccess: close },
    );
  const message = messageOf(execution);
  const link = action.declared.configuration?.["ExternalEntityLink"] ?? action.link;
  return (
    <Dialog
      title={`Review ${action.declared.name}`}
      close={close}
      foot={
        <>
          <button type="button" className="button button--danger" disabled={answer.isPending} onClick={() => send("Rejected")}>
            Reject
          </button>
          <button type="button" className="button button--primary" disabled={answer.isPending} onClick={() => send("Approved")}>
            Approve
          </button>
        </>
      }
    >
      {answer.error ? <ErrorBox error={answer.error} /> : null}
      {action.declared.configuration?.["CustomData"] ? <p>{action.declared.configuration["CustomData"]}</p> : null}
      <Facts
        of={[
          ["Revision", message || null],
          ["Commit", revisionOf(execution) ? <Copyable key="c" text={revisionOf(execution)} mono>{revisionOf(execution).slice(0, 12)}</Copyable> : null],
          ["Started by", execution ? triggerText(execution.trigger) : null],
          ["Waiting since", <Time key="w" at={action.changed} both />],
          ["More", link ? <a key="l" href={link} target="_blank" rel="noreferrer">{link}</a> : null],
        ]}
      />
      <p className="decision__next">{consequence(stages, stage, action)}</p>
      <label className="field">
        <span className="field__label">
          Comment <span className="faint">kept with the decision</span>
        </span>
        <textarea className="input" value={summary} maxLength={SUMMARY_LENGTH_MAX} autoFocus onChange={(event) => setSummary(event.target.value)} />
      </label>
    </Dialog>
  );
}

/** What happens when one approves, and when one does not. */
function consequence(stages: ShownStage[], stage: ShownStage, action: ShownAction): string {
  const order = action.declared.runOrder ?? 1;
  const after = stage.actions.filter((each) => (each.declared.runOrder ?? 1) > order);
  const next = after.length ? { name: stage.name, actions: after } : stages[stages.findIndex((each) => each.name === stage.name) + 1];
  const then = next
    ? `Approving starts ${next.name}: ${next.actions.map((each) => `${each.declared.name} (${what(each)})`).join(", ")}.`
    : "Approving ends this execution as succeeded.";
  return `${then} Rejecting fails ${stage.name}; what runs already stays as it is.`;
}

function what(action: ShownAction): string {
  const { configuration, actionTypeId } = action.declared;
  const name = configuration?.["StackName"] ?? configuration?.["ProjectName"] ?? configuration?.["BucketName"];
  return name ? `${providerName(actionTypeId)} ${name}` : providerName(actionTypeId);
}
