/** All monitors: what they watch, what they found last, when they run next. */

import { useQueries } from "@tanstack/react-query";
import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { wordsOf } from "../../parts/statuses";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { call } from "../../wire/call";
import { settings, useList } from "../../wire/query";
import { nextRun, scheduleWords } from "./schedules";
import { type Schedule, type ScheduleSummary, typeLabel } from "./shapes";

export default function MonitorsPage() {
  usePlace(["Monitors"]);
  const about = ["sagemaker:monitoring-schedule"];
  const schedules = useList<ScheduleSummary>("sagemaker", "ListMonitoringSchedules", {}, "MonitoringScheduleSummaries", { about });
  const described = useQueries({
    queries: (schedules.data ?? []).map(({ MonitoringScheduleName: name, MonitoringScheduleArn: arn }) => ({
      queryKey: ["sagemaker", "DescribeMonitoringSchedule", { MonitoringScheduleName: name }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<Schedule>("sagemaker", "DescribeMonitoringSchedule", { MonitoringScheduleName: name }, signal),
      ...settings({ about: [arn] }),
    })),
  });
  const rows = (schedules.data ?? []).map((summary, index): Schedule => ({ ...summary, ...described[index]?.data }));
  const page = (row: Schedule) => (row.EndpointName ? `/endpoints/${row.EndpointName}?tab=monitors&monitor=${encodeURIComponent(row.MonitoringScheduleName)}` : null);
  const expression = (row: Schedule) => row.MonitoringScheduleConfig?.ScheduleConfig?.ScheduleExpression ?? "";
  const next = (row: Schedule) => (row.MonitoringScheduleStatus === "Scheduled" ? nextRun(expression(row), Date.now()) : null);
  return (
    <Page title="Monitors" about="Schedules that compare what endpoints are asked, and answer, with the baselines of their versions.">
      <Card flush>
        <Loaded query={schedules} waiting={<div style={{ height: 240 }} />}>
          {() => (
            <Table
              name="monitors"
              rows={rows}
              rowKey={(row) => row.MonitoringScheduleArn}
              leads={page}
              order="name"
              columns={[
                { id: "name", label: "Schedule", value: (row) => row.MonitoringScheduleName, show: (row) => <Link href={page(row) ?? ""}>{row.MonitoringScheduleName}</Link> },
                { id: "type", label: "Watches", value: (row) => typeLabel(row.MonitoringType), filter: true },
                { id: "endpoint", label: "Endpoint", value: (row) => row.EndpointName ?? null, filter: true },
                { id: "status", label: "Status", value: (row) => row.MonitoringScheduleStatus, show: (row) => <Status value={row.MonitoringScheduleStatus} words={row.MonitoringScheduleStatus === "Scheduled" ? "Enabled" : wordsOf(row.MonitoringScheduleStatus)} /> },
                { id: "last", label: "Last run", value: (row) => row.LastMonitoringExecutionSummary?.MonitoringExecutionStatus ?? null, show: (row) => <Last row={row} /> },
                { id: "next", label: "Next run", value: next, show: (row) => <Next at={next(row)} /> },
                { id: "rhythm", label: "Runs", value: (row) => scheduleWords(expression(row)) || null },
              ]}
              empty={<Empty>No schedule watches anything. A project's modelmonitor pipeline makes them for its endpoints.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function Last({ row }: { row: Schedule }) {
  const last = row.LastMonitoringExecutionSummary;
  if (!last) return <span className="faint">none yet</span>;
  return (
    <>
      <Status value={last.MonitoringExecutionStatus} title={last.FailureReason} /> <Time at={last.ScheduledTime} />
    </>
  );
}

function Next({ at }: { at: number | null }) {
  return at === null ? <span className="faint">–</span> : <Time at={new Date(at).toISOString()} />;
}
