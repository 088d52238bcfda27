/** One execution of a delivery pipeline, as it went. */

import { useState } from "react";
import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { useAddress } from "../../parts/address";
import { Card, ErrorBox, Facts, SkeletonLines } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { Split } from "../../parts/SidePanel";
import { Status } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { useList, useOperation } from "../../wire/query";
import { useSession } from "../../wire/session";
import { ActionPanel } from "./ActionPanel";
import { ReviewDialog } from "./ReviewDialog";
import type { ActionExecution, ExecutionDetail, PipelineAnswer, PipelineState } from "./shapes";
import { keyOf, Stages } from "./Stages";
import { messageIn, past, standing, statusOfLatest, triggerText } from "./stages";

export default function DeliveryExecution() {
  const { name = "", id = "" } = useParams();
  usePlace(["Delivery", "/delivery"], [name, `/delivery/${name}`], [id.slice(0, 8)]);
  const { account, region } = useSession();
  const about = [`arn:aws:codepipeline:${region}:${account}:${name}`];
  const execution = useOperation<{ pipelineExecution: ExecutionDetail }>("codepipeline", "GetPipelineExecution", { pipelineName: name, pipelineExecutionId: id }, { about });
  const detail = execution.data?.pipelineExecution;
  const pipeline = useOperation<PipelineAnswer>("codepipeline", "GetPipeline", { name, version: detail?.pipelineVersion }, { enabled: detail !== undefined, fixed: true });
  const runs = useList<ActionExecution>("codepipeline", "ListActionExecutions", { pipelineName: name, filter: { pipelineExecutionId: id } }, "actionExecutionDetails", { about });
  const state = useOperation<PipelineState>("codepipeline", "GetPipelineState", { name }, { about });
  const [search, change] = useAddress();
  const [reviewed, setReviewed] = useState<string | null>(null);
  const chosen = search.get("action");
  const error = execution.error ?? pipeline.error ?? runs.error;
  const stages = pipeline.data && runs.data ? standing(past(pipeline.data.pipeline, id, runs.data), state.data) : null;
  const every = stages?.flatMap((stage) => stage.actions.map((action) => ({ stage, action }))) ?? [];
  const find = (key: string | null) => every.find(({ stage, action }) => keyOf(stage.name, action.declared.name) === key);
  const shown = find(chosen);
  const asked = find(reviewed);
  const choose = (action: string | null) => change({ action });
  const first = runs.data?.map((run) => run.startTime).sort()[0];
  return (
    <Page
      title={`Execution ${id.slice(0, 8)}`}
      beside={detail ? <Status value={statusOfLatest(detail, stages ?? [])} /> : null}
      about={
        <>
          <span>
            Pipeline <Link href={`/delivery/${name}`}>{name}</Link>
          </span>
          <span>{detail ? triggerText(detail.trigger) : ""}</span>
          {first ? <Time at={first} /> : null}
        </>
      }
    >
      {error ? <ErrorBox error={error} /> : null}
      {detail?.statusSummary ? <p className="soft">{detail.statusSummary}</p> : null}
      {stages ? (
        <Card flush>
          <Split panel={shown ? <ActionPanel key={chosen} {...shown} run={runs.data?.find((run) => run.actionExecutionId === shown.action.id)} close={() => choose(null)} /> : null}>
            <Stages
              pipeline={name}
              stages={stages}
              chosen={chosen}
              choose={choose}
              review={(stage, action) => setReviewed(keyOf(stage.name, action.declared.name))}
              message={() => messageIn(detail?.artifactRevisions?.[0]?.revisionSummary)}
            />
          </Split>
          {detail && stages && asked?.action.token ? <ReviewDialog pipeline={name} stages={stages} {...asked} execution={carried(detail)} close={() => setReviewed(null)} /> : null}
        </Card>
      ) : error ? null : (
        <SkeletonLines />
      )}
      {detail?.artifactRevisions?.length ? (
        <Card title="Revisions">
          <Facts
            list
            of={detail.artifactRevisions.map((each): [string, React.ReactNode] => [
              each.name,
              <span key={each.name}>
                {messageIn(each.revisionSummary)} <Copyable text={each.revisionId} mono />
              </span>,
            ])}
          />
        </Card>
      ) : null}
    </Page>
  );
}

/** What an execution carries, as lists of executions tell it. */
function carried({ artifactRevisions, trigger }: ExecutionDetail): React.ComponentProps<typeof ReviewDialog>["execution"] {
  const sourceRevisions = (artifactRevisions ?? []).map(({ name, revisionId, revisionSummary }) => ({ actionName: name, revisionId, ...(revisionSummary ? { revisionSummary } : {}) }));
  return { sourceRevisions, ...(trigger ? { trigger } : {}) };
}
