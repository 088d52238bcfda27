/** One run of a pipeline, live: its graph, its timeline, and everything about each step. */

import { ArrowLeftRight, ArrowUpDown, RotateCcw, Square } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { useKept } from "../../app/kept";
import { Page } from "../../app/Page";
import { useAddress } from "../../parts/address";
import { Card, Empty, ErrorBox, Facts, Loaded, Skeleton, SkeletonLines, Tabs } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import type { GraphNode } from "../../parts/Graph";
import { Json } from "../../parts/Json";
import type { Direction } from "../../parts/layout";
import { Split } from "../../parts/SidePanel";
import { Status } from "../../parts/Status";
import { isMoving } from "../../parts/statuses";
import { Table } from "../../parts/Table";
import { Duration, Time } from "../../parts/Time";
import { Timeline } from "../../parts/Timeline";
import { useList, useOperation, useWrite } from "../../wire/query";
import { parsed, type Placed, planOf } from "./definition";
import { kindIcon } from "./kinds";
import { actorName, type ExecutionDescription, type NamedValue, type Step } from "./shapes";
import { Reason, StepPanel } from "./StepPanel";
import { useStarts } from "./starts";
import { useExecutionArn } from "./names";

// Fetched beside what the graph shows, not behind it.
const graph = import("../../parts/Graph");
graph.catch(() => undefined);
const Graph = lazy(() => graph);

export default function Execution() {
  const { name = "", id = "" } = useParams();
  const arn = useExecutionArn(name, id);
  const execution = useOperation<ExecutionDescription>("sagemaker", "DescribePipelineExecution", { PipelineExecutionArn: arn }, { about: [arn] });
  // The body asks the same: asked now, it need not wait for the description first.
  useDefinition(arn);
  const shown = execution.data?.PipelineExecutionDisplayName ?? id;
  usePlace(["Pipelines", "/pipelines"], [name, `/pipelines/${name}`], [shown]);
  const data = execution.data;
  return (
    <Page
      title={shown}
      beside={data ? <Status value={data.PipelineExecutionStatus} /> : null}
      about={
        data ? (
          <>
            <span>
              Pipeline <Link href={`/pipelines/${name}`}>{name}</Link>
            </span>
            <span>
              started <Time at={data.CreationTime} />
              {actorName(data.CreatedBy) ? ` by ${actorName(data.CreatedBy)}` : ""}
            </span>
            <span>
              {isMoving(data.PipelineExecutionStatus) ? "running for" : "took"} <Duration from={data.CreationTime} to={isMoving(data.PipelineExecutionStatus) ? undefined : data.LastModifiedTime} />
            </span>
          </>
        ) : (
          <Skeleton width={260} />
        )
      }
      actions={data ? <Actions execution={data} /> : null}
    >
      {execution.error && !data ? <ErrorBox error={execution.error} again={() => void execution.refetch()} /> : null}
      {data?.FailureReason ? <Reason text={data.FailureReason} /> : null}
      {data ? <Body execution={data} /> : execution.error ? null : <SkeletonLines lines={8} />}
    </Page>
  );
}

function useDefinition(arn: string) {
  return useOperation<{ PipelineDefinition: string }>("sagemaker", "DescribePipelineDefinitionForExecution", { PipelineExecutionArn: arn }, { fixed: true });
}

function Actions({ execution }: { execution: ExecutionDescription }) {
  const stop = useWrite("sagemaker", "StopPipelineExecution", ["DescribePipelineExecution"]);
  const retry = useWrite("sagemaker", "RetryPipelineExecution", ["DescribePipelineExecution"]);
  const [asking, setAsking] = useState(false);
  const status = execution.PipelineExecutionStatus;
  const request = () => ({ PipelineExecutionArn: execution.PipelineExecutionArn, ClientRequestToken: crypto.randomUUID() });
  const error = stop.error ?? retry.error;
  return (
    <>
      {status === "Executing" ? (
        <button type="button" className="button button--danger" onClick={() => setAsking(true)}>
          <Square /> Stop execution
        </button>
      ) : null}
      {status === "Failed" || status === "Stopped" ? (
        <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate(request())}>
          <RotateCcw /> Retry execution
        </button>
      ) : null}
      {error ? <ErrorBox error={error} /> : null}
      {asking ? (
        <Dialog
          title="Stop this execution?"
          close={() => setAsking(false)}
          foot={
            <>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Let it run
              </button>
              <button type="button" className="button button--danger button--primary" onClick={() => stop.mutate(request(), { onSettled: () => setAsking(false) })}>
                Stop execution
              </button>
            </>
          }
        >
          <p>Running jobs are stopped and steps that have not begun will not begin. What has succeeded stays, and a retry goes on from there.</p>
        </Dialog>
      ) : null}
    </>
  );
}

function Body({ execution }: { execution: ExecutionDescription }) {
  const arn = execution.PipelineExecutionArn;
  const asked = { PipelineExecutionArn: arn };
  const definition = useDefinition(arn);
  const steps = useList<Step>("sagemaker", "ListPipelineExecutionSteps", { ...asked, SortOrder: "Ascending" }, "PipelineExecutionSteps", { about: [arn] });
  const parameters = useList<NamedValue>("sagemaker", "ListPipelineParametersForExecution", asked, "PipelineParameters", { fixed: true });
  const text = definition.data?.PipelineDefinition;
  const plan = useMemo(() => (text ? planOf(parsed(text)) : null), [text]);
  const [search, change] = useAddress();
  const chosen = search.get("step");
  const choose = (id: string | null) => change({ step: id });
  const moving = isMoving(execution.PipelineExecutionStatus);
  const over = useOver(moving, steps.refetch);
  const known = steps.data;
  const runs = useMemo(() => new Map((known ?? []).map((step) => [step.StepName, step])), [known]);
  // A thousand steps are shown as soon as their places are known; how each stands follows.
  const statusOf = useCallback((step: Placed) => runs.get(step.Name)?.StepStatus ?? (known ? (over ? "Not run" : "Waiting") : ""), [runs, known, over]);
  if (definition.error ?? steps.error) return <ErrorBox error={(definition.error ?? steps.error) as Error} />;
  if (!plan) return <SkeletonLines lines={8} />;
  const step = plan.steps.find((each) => each.Name === chosen);
  const panel = step ? <StepPanel key={step.Name} step={step} run={runs.get(step.Name)} status={statusOf(step)} close={() => choose(null)} /> : null;
  return (
    <Tabs
      tabs={[
        { id: "graph", label: "Graph", body: () => <GraphView plan={plan} runs={runs} statusOf={statusOf} chosen={chosen} choose={choose} panel={panel} /> },
        { id: "timeline", label: "Timeline", body: () => <TimelineView plan={plan} steps={steps.data ?? []} chosen={chosen} choose={choose} panel={panel} /> },
        { id: "parameters", label: "Parameters", count: parameters.data?.length, body: () => <Loaded query={parameters}>{(found) => <Parameters of={found} text={text ?? "{}"} />}</Loaded> },
        { id: "details", label: "Details", body: () => <Details execution={execution} text={text ?? "{}"} /> },
      ]}
    />
  );
}

/** Whether an execution is over and its steps were read since: what had not begun until then never will. */
function useOver(moving: boolean, read: () => Promise<unknown>): boolean {
  const [over, setOver] = useState(!moving);
  useEffect(() => {
    let asked = true;
    if (moving) setOver(false);
    else if (!over)
      void read().finally(() => {
        if (asked) setOver(true);
      });
    return () => {
      asked = false;
    };
  }, [moving, over, read]);
  return over && !moving;
}

interface View {
  plan: ReturnType<typeof planOf>;
  chosen: string | null;
  choose: (id: string | null) => void;
  panel: React.ReactNode;
}

function GraphView({ plan, runs, statusOf, chosen, choose, panel }: View & { runs: Map<string, Step>; statusOf: (step: Placed) => string }) {
  const [direction, setDirection] = useKept<Direction>("graph.direction", "TB");
  const nodes = useMemo(() => plan.steps.map((step): GraphNode => nodeOf(step, runs.get(step.Name), statusOf(step))), [plan, runs, statusOf]);
  return (
    <Card
      title={`${plan.steps.length} steps`}
      flush
      actions={
        <button type="button" className="button button--small" onClick={() => setDirection(direction === "TB" ? "LR" : "TB")}>
          {direction === "TB" ? <ArrowLeftRight /> : <ArrowUpDown />} {direction === "TB" ? "Left to right" : "Top to bottom"}
        </button>
      }
    >
      <Split panel={panel}>
        <Suspense fallback={<div className="graph" style={{ height: 480 }} />}>
          <Graph nodes={nodes} edges={plan.waits} groups={plan.groups} direction={direction} chosen={chosen} choose={choose} />
        </Suspense>
      </Split>
    </Card>
  );
}

function nodeOf(step: Placed, run: Step | undefined, status: string): GraphNode {
  return {
    id: step.Name,
    label: step.DisplayName ?? step.Name,
    icon: kindIcon(step.Type),
    status,
    group: step.group,
    under: run?.CacheHitResult ? "from cache" : run?.StartTime && run.StartTime !== run.EndTime ? <Duration from={run.StartTime} to={run.EndTime} /> : undefined,
  };
}

function TimelineView({ steps, chosen, choose, panel }: View & { steps: Step[] }) {
  const starts = useStarts(steps);
  const begun = steps.filter((step) => step.StartTime);
  return (
    <Card flush>
      <Split panel={panel}>
        {begun.length === 0 ? (
          <Empty>No step has begun yet.</Empty>
        ) : (
          <Timeline
            bars={begun.map((step) => ({
              id: step.StepName,
              label: step.StepDisplayName ?? step.StepName,
              status: step.StepStatus,
              from: Date.parse(step.StartTime ?? ""),
              started: starts.get(step.StepName),
              to: step.EndTime ? Date.parse(step.EndTime) : undefined,
            }))}
            chosen={chosen}
            choose={choose}
          />
        )}
      </Split>
    </Card>
  );
}

function Parameters({ of, text }: { of: NamedValue[]; text: string }) {
  const defaults = new Map((parsed(text).Parameters ?? []).map((each) => [each.Name, String(each.DefaultValue ?? "")]));
  const changed = (each: NamedValue) => defaults.get(each.Name)?.toLowerCase() !== each.Value.toLowerCase() && Number(defaults.get(each.Name)) !== Number(each.Value);
  return (
    <Card flush>
      <Table
        name="execution-parameters"
        plain
        rows={of}
        rowKey={(row) => row.Name}
        columns={[
          { id: "name", label: "Parameter", value: (row) => row.Name },
          { id: "value", label: "Value", value: (row) => row.Value, show: (row) => <Copyable text={row.Value} mono /> },
          { id: "default", label: "Default", value: (row) => defaults.get(row.Name) ?? null, show: (row) => (changed(row) ? <span className="mono faint">{defaults.get(row.Name)}</span> : <span className="faint">the same</span>) },
        ]}
        empty={<Empty>This pipeline has no parameters.</Empty>}
      />
    </Card>
  );
}

function Details({ execution, text }: { execution: ExecutionDescription; text: string }) {
  return (
    <>
      <Card>
        <Facts
          of={[
            ["ARN", <ArnLink key="a" arn={execution.PipelineExecutionArn}>{execution.PipelineExecutionArn}</ArnLink>],
            ["Pipeline version", execution.PipelineVersionId],
            ["Started", <Time key="s" at={execution.CreationTime} both />],
            ["Changed", <Time key="c" at={execution.LastModifiedTime} both />],
            ["Started by", actorName(execution.CreatedBy)],
            ["Steps at once", execution.ParallelismConfiguration?.MaxParallelExecutionSteps],
            ["Experiment", execution.PipelineExperimentConfig?.ExperimentName],
            ["Description", execution.PipelineExecutionDescription],
          ]}
        />
      </Card>
      <Card title="Definition">
        <Json value={parsed(text)} />
      </Card>
    </>
  );
}
