/** All pipelines. */

import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useList } from "../../wire/query";
import type { PipelineSummary } from "./shapes";

export default function Pipelines() {
  usePlace(["Pipelines"]);
  const pipelines = useList<PipelineSummary>("sagemaker", "ListPipelines", {}, "PipelineSummaries", { about: ["sagemaker:pipeline"] });
  return (
    <Page title="Pipelines" about="Steps from data to a registered model, run as often as you like.">
      <Card flush>
        <Loaded query={pipelines} waiting={<Waiting />}>
          {(rows) => (
            <Table
              name="pipelines"
              rows={rows}
              rowKey={(row) => row.PipelineArn}
              leads={(row) => `/pipelines/${row.PipelineName}`}
              order="-run"
              columns={[
                { id: "name", label: "Name", value: (row) => row.PipelineName, show: (row) => <Link href={`/pipelines/${row.PipelineName}`}>{row.PipelineDisplayName ?? row.PipelineName}</Link> },
                { id: "about", label: "Description", value: (row) => row.PipelineDescription ?? null },
                { id: "run", label: "Last run", value: (row) => row.LastExecutionTime ?? null, show: (row) => <Time at={row.LastExecutionTime} /> },
                { id: "modified", label: "Changed", value: (row) => row.LastModifiedTime, show: (row) => <Time at={row.LastModifiedTime} /> },
                { id: "created", label: "Created", value: (row) => row.CreationTime, show: (row) => <Time at={row.CreationTime} /> },
                { id: "arn", label: "ARN", value: (row) => row.PipelineArn, extra: true },
              ]}
              empty={<Empty action={<Snippet text={"pipeline.upsert(role_arn=role)\npipeline.start()"} />}>No pipeline has been created. The SageMaker SDK makes one from your code; `ormer demo` brings one along.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function Waiting() {
  return <div style={{ height: 240 }} />;
}
