/** One monitor: when it runs, what its runs found, and running, stopping or changing it. */

import { CalendarClock, CirclePause, CirclePlay, Play } from "lucide-react";
import { useState } from "react";
import { Card, Empty, ErrorBox, Facts, Loaded } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { wordsOf } from "../../parts/statuses";
import { Time, useNow } from "../../parts/Time";
import { useList, useOperation, useWrite } from "../../wire/query";
import { EditSchedule } from "./EditSchedule";
import { Runs } from "./Runs";
import { nextRun, scheduleWords } from "./schedules";
import { type Run, type Schedule, typeLabel } from "./shapes";
import "./monitors.css";

const RUNS_MAX = 500;

export function Monitor({ name, arn }: { name: string; arn: string }) {
  const about = [arn, "sagemaker:monitoring-schedule"];
  const schedule = useOperation<Schedule>("sagemaker", "DescribeMonitoringSchedule", { MonitoringScheduleName: name }, { about });
  const runs = useList<Run>("sagemaker", "ListMonitoringExecutions", { MonitoringScheduleName: name, SortBy: "ScheduledTime", SortOrder: "Descending" }, "MonitoringExecutionSummaries", { about, limit: RUNS_MAX });
  return (
    <Loaded query={schedule}>
      {(found) => (
        <>
          <Head schedule={found} />
          <Loaded query={runs}>
            {(rows) =>
              rows.length ? (
                <Runs runs={rows} type={found.MonitoringType ?? ""} definition={found.MonitoringScheduleConfig?.MonitoringJobDefinitionName} />
              ) : (
                <Card>
                  <Empty icon={<CalendarClock aria-hidden="true" />}>
                    No run yet. The first one compares what the endpoint has captured until then with the baseline of its version.
                  </Empty>
                </Card>
              )
            }
          </Loaded>
        </>
      )}
    </Loaded>
  );
}

function Head({ schedule }: { schedule: Schedule }) {
  const [editing, setEditing] = useState(false);
  const touched = ["DescribeMonitoringSchedule", "ListMonitoringSchedules", "ListMonitoringExecutions"];
  const start = useWrite("sagemaker", "StartMonitoringSchedule", touched);
  const stop = useWrite("sagemaker", "StopMonitoringSchedule", touched);
  const asked = { MonitoringScheduleName: schedule.MonitoringScheduleName };
  const status = schedule.MonitoringScheduleStatus;
  const stopped = status === "Stopped";
  const expression = schedule.MonitoringScheduleConfig?.ScheduleConfig?.ScheduleExpression ?? "NOW";
  const definition = schedule.MonitoringScheduleConfig?.MonitoringJobDefinitionName;
  const last = schedule.LastMonitoringExecutionSummary;
  const error = start.error ?? stop.error;
  return (
    <Card
      title={
        <span className="monitor__title">
          {typeLabel(schedule.MonitoringType)} <Status value={status} words={status === "Scheduled" ? "Enabled" : wordsOf(status)} />
        </span>
      }
      actions={
        <>
          {stopped ? null : (
            <button type="button" className="button button--small" disabled={start.isPending} onClick={() => start.mutate(asked)}>
              <Play /> Run now
            </button>
          )}
          <button type="button" className="button button--small" onClick={() => setEditing(true)}>
            <CalendarClock /> Edit schedule
          </button>
          <button type="button" className="button button--small" disabled={start.isPending || stop.isPending} onClick={() => (stopped ? start : stop).mutate(asked)}>
            {stopped ? <CirclePlay /> : <CirclePause />} {stopped ? "Enable" : "Pause"}
          </button>
        </>
      }
    >
      {error ? <ErrorBox error={error} /> : null}
      {schedule.FailureReason ? <ErrorBox error={new Error(schedule.FailureReason)} /> : null}
      <p className="monitor__next">
        <Next schedule={schedule} />
      </p>
      <Facts
        of={[
          ["Runs", scheduleWords(expression)],
          ["Last run", last ? <LastRun key="l" run={last} /> : "none yet"],
          ["Schedule", <ArnLink key="s" arn={schedule.MonitoringScheduleArn}>{schedule.MonitoringScheduleName}</ArnLink>],
          ["Job definition", definition ? <Copyable key="j" text={definition} /> : "in the schedule itself"],
        ]}
      />
      {editing ? <EditSchedule schedule={schedule} close={() => setEditing(false)} /> : null}
    </Card>
  );
}

function LastRun({ run }: { run: Run }) {
  return (
    <span className="monitor__title">
      <Status value={run.MonitoringExecutionStatus} title={run.FailureReason} /> <Time at={run.ScheduledTime} />
    </span>
  );
}

/** `Monitoring is enabled: next run at 22:00 (in 12 min).` */
function Next({ schedule }: { schedule: Schedule }) {
  const now = useNow();
  const expression = schedule.MonitoringScheduleConfig?.ScheduleConfig?.ScheduleExpression ?? "NOW";
  if (schedule.MonitoringScheduleStatus === "Stopped") return <>Monitoring is paused: it does not run until it is enabled again.</>;
  const at = nextRun(expression, now);
  if (at === null) return <>It runs {scheduleWords(expression)}.</>;
  return (
    <>
      Monitoring is enabled: next run at <Time at={new Date(at).toISOString()} both />.
    </>
  );
}
