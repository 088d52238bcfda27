/** The monitors of an endpoint, one tab each. */

import { useAddress } from "../../parts/address";
import { Card, Empty } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { Monitor } from "./Monitor";
import { ordered, type ScheduleSummary, typeLabel } from "./shapes";
import "./monitors.css";

export function Monitors({ schedules }: { schedules: ScheduleSummary[] }) {
  const [search, change] = useAddress();
  const every = ordered(schedules);
  const chosen = every.find((each) => each.MonitoringScheduleName === search.get("monitor")) ?? every[0];
  if (!chosen) {
    return (
      <Card>
        <Empty action={<Snippet text={"monitor = DefaultModelMonitor(role=role)\nmonitor.create_monitoring_schedule(endpoint_input=endpoint, ...)"} />}>
          No schedule watches this endpoint. A project's modelmonitor pipeline makes them; so does the SageMaker SDK.
        </Empty>
      </Card>
    );
  }
  const choose = (name: string) => change({ monitor: name, run: null });
  return (
    <>
      <div className="choice-row" role="group" aria-label="Monitor">
        {every.map((schedule) => (
          <button key={schedule.MonitoringScheduleName} type="button" className="button button--small" aria-pressed={schedule === chosen} title={schedule.MonitoringScheduleName} onClick={() => choose(schedule.MonitoringScheduleName)}>
            {labelOf(schedule, every)}
          </button>
        ))}
      </div>
      <Monitor key={chosen.MonitoringScheduleName} name={chosen.MonitoringScheduleName} arn={chosen.MonitoringScheduleArn} />
    </>
  );
}

/** What a schedule watches, with its name where two watch the same. */
function labelOf(schedule: ScheduleSummary, every: ScheduleSummary[]): string {
  const label = typeLabel(schedule.MonitoringType);
  return every.filter((each) => each.MonitoringType === schedule.MonitoringType).length > 1 ? `${label}: ${schedule.MonitoringScheduleName}` : label;
}
