/** All experiments. A pipeline's executions are trials of the experiment it names. */

import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useList } from "../../wire/query";

interface Summary {
  ExperimentName: string;
  ExperimentArn: string;
  DisplayName?: string;
  CreationTime: string;
  LastModifiedTime: string;
}

export default function Experiments() {
  usePlace(["Experiments"]);
  const experiments = useList<Summary>("sagemaker", "ListExperiments", {}, "ExperimentSummaries", { about: ["sagemaker:pipeline", "sagemaker:training-job"] });
  const page = (row: Summary) => `/experiments/${row.ExperimentName}`;
  return (
    <Page title="Experiments" about="Runs side by side: what they were given, and what came of it.">
      <Card flush>
        <Loaded query={experiments} waiting={<div style={{ height: 240 }} />}>
          {(rows) => (
            <Table
              name="experiments"
              rows={rows}
              rowKey={(row) => row.ExperimentArn}
              leads={page}
              order="-modified"
              columns={[
                { id: "name", label: "Name", value: (row) => row.ExperimentName, show: (row) => <Link href={page(row)}>{row.DisplayName ?? row.ExperimentName}</Link> },
                { id: "modified", label: "Changed", value: (row) => row.LastModifiedTime, show: (row) => <Time at={row.LastModifiedTime} /> },
                { id: "created", label: "Created", value: (row) => row.CreationTime, show: (row) => <Time at={row.CreationTime} /> },
              ]}
              empty={<Empty>No experiment has been created. A pipeline makes one when it runs; so does `Run(experiment_name=...)` of the SageMaker SDK.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}
