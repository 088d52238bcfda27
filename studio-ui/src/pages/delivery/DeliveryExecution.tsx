/** One execution of a delivery pipeline, as it went. */

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
import type { ActionExecution, ExecutionDetail, PipelineAnswer } from "./shapes";
import { keyOf, Stages } from "./Stages";
import { messageIn, past, triggerText } from "./stages";

export default function DeliveryExecution() {
  const { name = "", id = "" } = useParams();
  usePlace(["Delivery", "/delivery"], [name, `/delivery/${name}`], [id.slice(0, 8)]);
  const { account, region } = useSession();
  const about = [`arn:aws:codepipeline:${region}:${account}:${name}`];
  const execution = useOperation<{ pipelineExecution: ExecutionDetail }>("codepipeline", "GetPipelineExecution", { pipelineName: name, pipelineExecutionId: id }, { about });
  const detail = execution.data?.pipelineExecution;
  const pipeline = useOperation<PipelineAnswer>("codepipeline", "GetPipeline", { name, version: detail?.pipelineVersion }, { enabled: detail !== undefined, fixed: true });
  const runs = useList<ActionExecution>("codepipeline", "ListActionExecutions", { pipelineName: name, filter: { pipelineExecutionId: id } }, "actionExecutionDetails", { about });
  const [search, change] = useAddress();
  const chosen = search.get("action");
  const error = execution.error ?? pipeline.error ?? runs.error;
  const stages = pipeline.data && runs.data ? past(pipeline.data.pipeline, id, runs.data) : null;
  const every = stages?.flatMap((stage) => stage.actions.map((action) => ({ stage, action }))) ?? [];
  const shown = every.find(({ stage, action }) => keyOf(stage.name, action.declared.name) === chosen);
  const choose = (action: string | null) => change({ action });
  const first = runs.data?.map((run) => run.startTime).sort()[0];
  return (
    <Page
      title={`Execution ${id.slice(0, 8)}`}
      beside={detail ? <Status value={detail.status} /> : null}
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
            <Stages pipeline={name} stages={stages} chosen={chosen} choose={choose} message={() => messageIn(detail?.artifactRevisions?.[0]?.revisionSummary)} />
          </Split>
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
