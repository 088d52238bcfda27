/** One delivery pipeline, live: its stages, its decisions, its history. */

import { Play, Square } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, ErrorBox, Facts, Loaded, SkeletonLines, Tabs } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Json } from "../../parts/Json";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Duration, Time } from "../../parts/Time";
import type { ApiError } from "../../wire/call";
import { useList, useOperation, useWrite } from "../../wire/query";
import { useSession } from "../../wire/session";
import type { ActionExecution, ExecutionSummary, PipelineAnswer, PipelineState } from "./shapes";
import { StagesCard } from "./StagesCard";
import { messageOf, present, revisionOf, type ShownStage, statusOfLatest, triggerText } from "./stages";

const HISTORY_MAX = 200;

export default function Delivery() {
  const { name = "" } = useParams();
  usePlace(["Delivery", "/delivery"], [name]);
  const { account, region } = useSession();
  const about = [`arn:aws:codepipeline:${region}:${account}:${name}`];
  const pipeline = useOperation<PipelineAnswer>("codepipeline", "GetPipeline", { name }, { about });
  const state = useOperation<PipelineState>("codepipeline", "GetPipelineState", { name }, { about });
  const executions = useList<ExecutionSummary>("codepipeline", "ListPipelineExecutions", { pipelineName: name }, "pipelineExecutionSummaries", { about, limit: HISTORY_MAX });
  const start = useWrite("codepipeline", "StartPipelineExecution", ["ListPipelineExecutions", "GetPipelineState"]);
  const latest = executions.data?.[0];
  const stages = pipeline.data && state.data ? present(pipeline.data.pipeline, state.data) : null;
  const error = (pipeline.error ?? state.error) as ApiError | null;
  return (
    <Page
      title={name}
      beside={latest && stages ? <Status value={statusOfLatest(latest, stages)} /> : null}
      about={latest ? <Latest execution={latest} /> : null}
      actions={
        <>
          {latest?.status === "InProgress" ? <Stop pipeline={name} execution={latest} /> : null}
          <button type="button" className="button button--primary" disabled={start.isPending} onClick={() => start.mutate({ name })}>
            <Play /> Release change
          </button>
        </>
      }
    >
      {start.error ? <ErrorBox error={start.error} /> : null}
      {error && !pipeline.data ? <ErrorBox error={error} again={() => void pipeline.refetch()} /> : null}
      {pipeline.data && stages ? (
        <Tabs
          tabs={[
            { id: "stages", label: "Stages", body: () => <Live name={name} about={about} stages={stages} executions={executions.data ?? []} /> },
            { id: "history", label: "History", count: executions.data?.length, body: () => <Loaded query={executions}>{(rows) => <History name={name} rows={rows} stages={stages} />}</Loaded> },
            { id: "settings", label: "Settings", body: () => <Settings answer={pipeline.data} /> },
          ]}
        />
      ) : error ? null : (
        <SkeletonLines lines={6} />
      )}
    </Page>
  );
}

function Latest({ execution }: { execution: ExecutionSummary }) {
  return (
    <>
      <span>{messageOf(execution)}</span>
      <span>
        <Time at={execution.startTime} />, {triggerText(execution.trigger)}
      </span>
    </>
  );
}

function Live({ name, about, stages, executions }: { name: string; about: string[]; stages: ShownStage[]; executions: ExecutionSummary[] }) {
  const runs = useOperation<{ actionExecutionDetails: ActionExecution[] }>("codepipeline", "ListActionExecutions", { pipelineName: name, maxResults: 100 }, { about });
  const byId = new Map(executions.map((execution) => [execution.pipelineExecutionId, execution]));
  return <StagesCard pipeline={name} stages={stages} runs={runs.data?.actionExecutionDetails} carriedBy={(execution) => byId.get(execution)} />;
}

function Stop({ pipeline, execution }: { pipeline: string; execution: ExecutionSummary }) {
  const [asking, setAsking] = useState(false);
  const [abandon, setAbandon] = useState(false);
  const stop = useWrite("codepipeline", "StopPipelineExecution", ["GetPipelineState", "ListPipelineExecutions"]);
  return (
    <>
      <button type="button" className="button button--danger" onClick={() => setAsking(true)}>
        <Square /> Stop execution
      </button>
      {asking ? (
        <Dialog
          title="Stop this execution?"
          close={() => setAsking(false)}
          foot={
            <>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Let it run
              </button>
              <button
                type="button"
                className="button button--danger button--primary"
                disabled={stop.isPending}
                onClick={() => stop.mutate({ pipelineName: pipeline, pipelineExecutionId: execution.pipelineExecutionId, abandon, reason: "Stopped in Studio" }, { onSuccess: () => setAsking(false) })}
              >
                Stop execution
              </button>
            </>
          }
        >
          {stop.error ? <ErrorBox error={stop.error} /> : null}
          <p>Stages that have not begun will not begin. A stopped stage can be retried.</p>
          <label className="choice">
            <input type="checkbox" checked={abandon} onChange={(event) => setAbandon(event.target.checked)} />
            Abandon what runs now, instead of waiting for its end
          </label>
        </Dialog>
      ) : null}
    </>
  );
}

function History({ name, rows, stages }: { name: string; rows: ExecutionSummary[]; stages: ShownStage[] }) {
  const statusOf = (row: ExecutionSummary) =>
    statusOfLatest(
      row,
      stages.filter((stage) => stage.execution === row.pipelineExecutionId),
    );
  const page = (row: ExecutionSummary) => `/delivery/${name}/executions/${row.pipelineExecutionId}`;
  return (
    <Card flush>
      <Table
        name="delivery-history"
        rows={rows}
        rowKey={(row) => row.pipelineExecutionId}
        leads={page}
        order="-started"
        columns={[
          { id: "id", label: "Execution", value: (row) => row.pipelineExecutionId, show: (row) => <Link href={page(row)}>{row.pipelineExecutionId.slice(0, 8)}</Link> },
          { id: "status", label: "Status", value: statusOf, show: (row) => <Status value={statusOf(row)} title={row.statusSummary} />, filter: true },
          { id: "revision", label: "Revision", value: (row) => messageOf(row) || null },
          { id: "commit", label: "Commit", value: (row) => revisionOf(row) || null, show: (row) => (revisionOf(row) ? <Copyable text={revisionOf(row)} mono>{revisionOf(row).slice(0, 8)}</Copyable> : "–") },
          { id: "trigger", label: "Started by", value: (row) => triggerText(row.trigger) },
          { id: "started", label: "Started", value: (row) => row.startTime, show: (row) => <Time at={row.startTime} /> },
          { id: "took", label: "Took", value: (row) => Date.parse(row.lastUpdateTime) - Date.parse(row.startTime), show: (row) => <Duration from={row.startTime} to={row.status === "InProgress" ? undefined : row.lastUpdateTime} />, numeric: true },
        ]}
        empty={<Empty>Nothing has gone through this pipeline yet.</Empty>}
      />
    </Card>
  );
}

function Settings({ answer }: { answer: PipelineAnswer }) {
  const { pipeline, metadata } = answer;
  return (
    <>
      <Card>
        <Facts
          of={[
            ["ARN", <ArnLink key="a" arn={metadata.pipelineArn}>{metadata.pipelineArn}</ArnLink>],
            ["Version", pipeline.version],
            ["Mode", pipeline.executionMode],
            ["Role", <ArnLink key="r" arn={pipeline.roleArn} />],
            ["Created", <Time key="c" at={metadata.created} both />],
            ["Changed", <Time key="u" at={metadata.updated} both />],
          ]}
        />
      </Card>
      <Card title="Declaration">
        <Json value={pipeline} />
      </Card>
    </>
  );
}
