/** One execution of a delivery pipeline, as it went. */

import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, ErrorBox, Facts, SkeletonLines } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { useList, useOperation } from "../../wire/query";
import { useSession } from "../../wire/session";
import type { ActionExecution, ExecutionDetail, PipelineAnswer, PipelineState } from "./shapes";
import { StagesCard } from "./StagesCard";
import { type Carried, messageIn, past, standing, statusOfLatest, triggerText } from "./stages";

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
  const error = execution.error ?? pipeline.error ?? runs.error;
  const stages = pipeline.data && runs.data ? standing(past(pipeline.data.pipeline, id, runs.data), state.data) : null;
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
        <StagesCard pipeline={name} stages={stages} runs={runs.data} carriedBy={() => detail && carried(detail)} />
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
function carried({ artifactRevisions, trigger }: ExecutionDetail): Carried {
  const sourceRevisions = (artifactRevisions ?? []).map(({ name, revisionId, revisionSummary }) => ({ actionName: name, revisionId, ...(revisionSummary ? { revisionSummary } : {}) }));
  return { sourceRevisions, ...(trigger ? { trigger } : {}) };
}
