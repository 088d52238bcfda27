/** All jobs, whoever started them: a pipeline, a monitor, a notebook. */

import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, ErrorBox } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Duration, Time } from "../../parts/Time";
import { useList } from "../../wire/query";
import { type JobKind, KINDS, pageOfJob, rowOf } from "./kinds";

// Of each kind; older ones are found through what they belong to.
const SHOWN_MAX = 500;

export default function Jobs() {
  usePlace(["Jobs"]);
  const lists = [useJobs(KINDS[0]), useJobs(KINDS[1]), useJobs(KINDS[2])];
  const error = lists.find((each) => each.error)?.error;
  const ready = lists.every((each) => each.data);
  const rows = lists.flatMap((each) => each.data ?? []);
  const running = rows.filter((row) => row.status === "InProgress").length;
  return (
    <Page title="Jobs" about={running ? `${running} running now.` : "Training, processing and batch transform."}>
      {error ? <ErrorBox error={error} /> : null}
      <Card flush>
        {ready ? (
          <Table
            name="jobs"
            rows={rows}
            rowKey={(row) => row.arn}
            leads={pageOfJob}
            order="-created"
            columns={[
              { id: "name", label: "Name", value: (row) => row.name, show: (row) => <Link href={pageOfJob(row)}>{row.name}</Link> },
              { id: "kind", label: "Kind", value: (row) => row.kind.label, filter: true },
              { id: "status", label: "Status", value: (row) => row.status, show: (row) => <Status value={row.status} title={row.reason || undefined} />, filter: true },
              { id: "created", label: "Created", value: (row) => row.created, show: (row) => <Time at={row.created} /> },
              { id: "took", label: "Took", value: (row) => (row.ended ? Date.parse(row.ended) - Date.parse(row.created) : null), show: (row) => <Duration from={row.created} to={row.ended} />, numeric: true },
              { id: "reason", label: "Reason", value: (row) => row.reason || null, extra: true },
              { id: "arn", label: "ARN", value: (row) => row.arn, extra: true },
            ]}
            empty={<Empty>No job has run yet. Pipelines start them; so do `estimator.fit()` and `processor.run()` of the SageMaker SDK.</Empty>}
          />
        ) : (
          <div style={{ height: 240 }} />
        )}
      </Card>
    </Page>
  );
}

function useJobs(kind: JobKind | undefined) {
  const noun = kind?.noun ?? "";
  const listed = useList<Record<string, unknown>>("sagemaker", `List${noun}s`, {}, `${noun}Summaries`, { about: [`sagemaker:${kind?.type}`], limit: SHOWN_MAX });
  return { error: listed.error, data: kind ? listed.data?.map((each) => rowOf(kind, each)) : undefined };
}
