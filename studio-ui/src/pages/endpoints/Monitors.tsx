/** Monitoring schedules of an endpoint: what they watch, what they last found, when they run next. */

import { useQueries } from "@tanstack/react-query";
import { Card, Empty } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { wordsOf } from "../../parts/statuses";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { call } from "../../wire/call";
import { settings } from "../../wire/query";
import { nextRun } from "./schedules";
import type { Schedule, ScheduleSummary } from "./shapes";

export function Monitors({ schedules }: { schedules: ScheduleSummary[] }) {
  const described = useQueries({
    queries: schedules.map(({ MonitoringScheduleName: name, MonitoringScheduleArn: arn }) => ({
      queryKey: ["sagemaker", "DescribeMonitoringSchedule", { MonitoringScheduleName: name }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<Schedule>("sagemaker", "DescribeMonitoringSchedule", { MonitoringScheduleName: name }, signal),
      ...settings({ about: [arn, "sagemaker:monitoring-schedule"] }),
    })),
  });
  const rows = schedules.map((summary, index): Schedule => ({ ...summary, ...described[index]?.data }));
  const expression = (row: Schedule) => row.MonitoringScheduleConfig?.ScheduleConfig?.ScheduleExpression ?? "";
  return (
    <Card flush>
      <Table
        name="monitors"
        plain
        rows={rows}
        rowKey={(row) => row.MonitoringScheduleArn}
        columns={[
          { id: "type", label: "Watches", value: (row) => row.MonitoringType ?? null, show: (row) => wordsOf(row.MonitoringType ?? "monitoring") },
          { id: "name", label: "Schedule", value: (row) => row.MonitoringScheduleName, show: (row) => <Copyable text={row.MonitoringScheduleName} /> },
          { id: "status", label: "Status", value: (row) => row.MonitoringScheduleStatus, show: (row) => <Status value={row.MonitoringScheduleStatus} words={row.MonitoringScheduleStatus === "Scheduled" ? "Enabled" : wordsOf(row.MonitoringScheduleStatus)} /> },
          {
            id: "last",
            label: "Last run",
            value: (row) => row.LastMonitoringExecutionSummary?.MonitoringExecutionStatus ?? null,
            show: (row) => {
              const last = row.LastMonitoringExecutionSummary;
              return last ? (
                <>
                  <Status value={last.MonitoringExecutionStatus} title={last.FailureReason} /> <Time at={last.ScheduledTime} />
                </>
              ) : (
                <span className="faint">none yet</span>
              );
            },
          },
          { id: "next", label: "Next run", value: (row) => nextRun(expression(row), Date.now()), show: (row) => <Next expression={expression(row)} /> },
        ]}
        empty={<Empty>No schedule watches this endpoint. A project's modelmonitor pipeline makes them; so does DefaultModelMonitor of the SageMaker SDK.</Empty>}
      />
    </Card>
  );
}

function Next({ expression }: { expression: string }) {
  const at = nextRun(expression, Date.now());
  return at === null ? <span className="faint">{expression || "–"}</span> : <Time at={new Date(at).toISOString()} />;
}
