/** One pipeline: its runs with their parameters, starting another, its definition. */

import { Play } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { useKept } from "../../app/kept";
import { Page } from "../../app/Page";
import { Card, Empty, ErrorBox, Facts, Loaded, SkeletonLines, Tabs } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { Status } from "../../parts/Status";
import { type Column, Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useGrowingList } from "../../wire/growing";
import { useOperation } from "../../wire/query";
import { type Definition, parsed, planOf } from "./definition";
import { kindIcon } from "./kinds";
import { usePipelineArn } from "./names";
import { actorName, type ExecutionSummary, type PipelineDescription } from "./shapes";
import { StartDialog } from "./StartDialog";
import { useParameters } from "./runParameters";

const Graph = lazy(() => import("../../parts/Graph"));

export default function Pipeline() {
  const { name = "" } = useParams();
  usePlace(["Pipelines", "/pipelines"], [name]);
  const arn = usePipelineArn(name);
  const pipeline = useOperation<PipelineDescription>("sagemaker", "DescribePipeline", { PipelineName: name }, { about: [arn] });
  const [starting, setStarting] = useState(false);
  const data = pipeline.data;
  const definition = useMemo(() => (data ? parsed(data.PipelineDefinition) : null), [data]);
  return (
    <Page
      title={data?.PipelineDisplayName ?? name}
      about={
        data ? (
          <>
            <span>{data.PipelineDescription}</span>
            <span>
              changed <Time at={data.LastModifiedTime} />
            </span>
          </>
        ) : null
      }
      actions={
        <button type="button" className="button button--primary" disabled={!definition} onClick={() => setStarting(true)}>
          <Play /> Start execution
        </button>
      }
    >
      {pipeline.error && !data ? <ErrorBox error={pipeline.error} again={() => void pipeline.refetch()} /> : null}
      {data && definition ? (
        <Tabs
          tabs={[
            { id: "executions", label: "Executions", body: () => <Executions name={name} arn={arn} definition={definition} start={() => setStarting(true)} /> },
            { id: "graph", label: "Graph", body: () => <Shape definition={definition} /> },
            { id: "settings", label: "Settings", body: () => <Settings pipeline={data} definition={definition} /> },
          ]}
        />
      ) : pipeline.error ? null : (
        <SkeletonLines lines={6} />
      )}
      {starting && definition ? <StartDialog name={name} parameters={definition.Parameters ?? []} close={() => setStarting(false)} /> : null}
    </Page>
  );
}

const SHOWN_MAX = 20_000;

function Executions({ name, arn, definition, start }: { name: string; arn: string; definition: Definition; start: () => void }) {
  const executions = useGrowingList<ExecutionSummary>("sagemaker", "ListPipelineExecutions", { PipelineName: name }, "PipelineExecutionSummaries", (row) => row.PipelineExecutionArn, { about: [arn], limit: SHOWN_MAX });
  const [chosen] = useKept<string[] | null>(`columns.executions.${name}`, null);
  // Parameters are asked for one execution at a time: only when one looks at them.
  const wanted = (chosen ?? []).some((id) => id.startsWith("p."));
  const values = useParameters(wanted ? (executions.data ?? []) : []);
  const id = (row: ExecutionSummary) => row.PipelineExecutionArn.split("/").pop() ?? "";
  const page = (row: ExecutionSummary) => `/pipelines/${name}/executions/${id(row)}`;
  const columns: Column<ExecutionSummary>[] = [
    { id: "name", label: "Execution", value: (row) => row.PipelineExecutionDisplayName ?? id(row), show: (row) => <Link href={page(row)}>{row.PipelineExecutionDisplayName ?? id(row)}</Link> },
    { id: "status", label: "Status", value: (row) => row.PipelineExecutionStatus, show: (row) => <Status value={row.PipelineExecutionStatus} title={row.PipelineExecutionFailureReason} />, filter: true },
    { id: "started", label: "Started", value: (row) => row.StartTime, show: (row) => <Time at={row.StartTime} /> },
    { id: "reason", label: "Reason", value: (row) => row.PipelineExecutionFailureReason ?? null },
    { id: "about", label: "Description", value: (row) => row.PipelineExecutionDescription ?? null, extra: true },
    ...(definition.Parameters ?? []).map(
      (parameter): Column<ExecutionSummary> => ({
        id: `p.${parameter.Name}`,
        label: parameter.Name,
        value: (row) => {
          const text = values.get(row.PipelineExecutionArn)?.[parameter.Name];
          return text !== undefined && (parameter.Type === "Integer" || parameter.Type === "Float") ? Number(text) : (text ?? null);
        },
        numeric: parameter.Type === "Integer" || parameter.Type === "Float",
        extra: true,
      }),
    ),
  ];
  return (
    <Card flush>
      <Loaded query={executions}>
        {(rows) => (
          <Table
            name={`executions.${name}`}
            rows={rows}
            rowKey={(row) => row.PipelineExecutionArn}
            leads={page}
            columns={columns}
            order="-started"
            empty={
              <Empty
                action={
                  <button type="button" className="button button--primary" onClick={start}>
                    <Play /> Start execution
                  </button>
                }
              >
                This pipeline has not run yet.
              </Empty>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}

function Shape({ definition }: { definition: Definition }) {
  const plan = useMemo(() => planOf(definition), [definition]);
  const nodes = plan.steps.map((step) => ({ id: step.Name, label: step.DisplayName ?? step.Name, icon: kindIcon(step.Type), status: step.Type, group: step.group }));
  return (
    <Card title={`${plan.steps.length} steps`} flush>
      <Suspense fallback={<div style={{ height: 480 }} />}>
        <Graph nodes={nodes} edges={plan.waits} groups={plan.groups} direction="TB" chosen={null} choose={() => undefined} />
      </Suspense>
    </Card>
  );
}

function Settings({ pipeline, definition }: { pipeline: PipelineDescription; definition: Definition }) {
  return (
    <>
      <Card>
        <Facts
          of={[
            ["ARN", <ArnLink key="a" arn={pipeline.PipelineArn}>{pipeline.PipelineArn}</ArnLink>],
            ["Status", <Status key="s" value={pipeline.PipelineStatus} />],
            ["Role", pipeline.RoleArn ? <ArnLink key="r" arn={pipeline.RoleArn} /> : null],
            ["Created", <Time key="c" at={pipeline.CreationTime} both />],
            ["Created by", actorName(pipeline.CreatedBy)],
            ["Changed", <Time key="m" at={pipeline.LastModifiedTime} both />],
            ["Steps at once", pipeline.ParallelismConfiguration?.MaxParallelExecutionSteps],
          ]}
        />
      </Card>
      <Card title="Definition">
        <Json value={definition} />
      </Card>
    </>
  );
}
