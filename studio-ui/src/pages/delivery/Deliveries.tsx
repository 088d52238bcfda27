/** All delivery pipelines, and what each is doing. */

import { useQueries } from "@tanstack/react-query";
import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { call } from "../../wire/call";
import { settings, useList } from "../../wire/query";
import type { ExecutionSummary, PipelineState } from "./shapes";
import { messageOf, triggerText, WAITING } from "./stages";

interface Summary {
  name: string;
  version: number;
  created: string;
  updated: string;
}

interface Row extends Summary {
  execution: ExecutionSummary | undefined;
  /** The stage in which an approval waits. */
  waits: string;
}

export default function Deliveries() {
  usePlace(["Delivery"]);
  const pipelines = useList<Summary>("codepipeline", "ListPipelines", {}, "pipelines", { about: ["codepipeline"] });
  const rows = useRows(pipelines.data ?? []);
  return (
    <Page title="Delivery" about="Pipelines that carry a commit, or an approved version, to endpoints.">
      <Card flush>
        <Loaded query={pipelines} waiting={<div style={{ height: 240 }} />}>
          {() => (
            <Table
              name="delivery"
              rows={rows}
              rowKey={(row) => row.name}
              leads={(row) => `/delivery/${row.name}`}
              order="-changed"
              columns={[
                { id: "name", label: "Name", value: (row) => row.name, show: (row) => <Link href={`/delivery/${row.name}`}>{row.name}</Link> },
                { id: "status", label: "Latest execution", value: statusOf, show: (row) => <Status value={statusOf(row)} />, filter: true },
                { id: "waits", label: "Waits in", value: (row) => row.waits || null },
                { id: "revision", label: "Revision", value: (row) => messageOf(row.execution) || triggerText(row.execution?.trigger) || null },
                { id: "changed", label: "Changed", value: (row) => row.execution?.lastUpdateTime ?? row.updated, show: (row) => <Time at={row.execution?.lastUpdateTime ?? row.updated} /> },
                { id: "created", label: "Created", value: (row) => row.created, show: (row) => <Time at={row.created} />, extra: true },
                { id: "version", label: "Version", value: (row) => row.version, numeric: true, extra: true },
              ]}
              empty={<Empty>No delivery pipeline has been created. A project brings its own; CodePipeline's CreatePipeline makes any other.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function statusOf(row: Row): string {
  return row.waits ? WAITING : (row.execution?.status ?? "Not run");
}

function useRows(pipelines: Summary[]): Row[] {
  const about = { about: ["codepipeline"] };
  const executions = useQueries({
    queries: pipelines.map(({ name }) => ({
      queryKey: ["codepipeline", "ListPipelineExecutions", { pipelineName: name, maxResults: 1 }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<{ pipelineExecutionSummaries: ExecutionSummary[] }>("codepipeline", "ListPipelineExecutions", { pipelineName: name, maxResults: 1 }, signal),
      ...settings(about),
    })),
  });
  const states = useQueries({
    queries: pipelines.map(({ name }) => ({
      queryKey: ["codepipeline", "GetPipelineState", { name }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<PipelineState>("codepipeline", "GetPipelineState", { name }, signal),
      ...settings(about),
    })),
  });
  return pipelines.map((pipeline, index) => ({
    ...pipeline,
    execution: executions[index]?.data?.pipelineExecutionSummaries[0],
    waits: states[index]?.data?.stageStates.find((stage) => stage.actionStates.some((action) => action.latestExecution?.token))?.stageName ?? "",
  }));
}
