/** When a monitor runs: every hour, every few hours, or once a day; monitoring knows no other rhythm. */

import { useState } from "react";
import { ErrorBox } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { boto3 } from "../../parts/python";
import { absolute } from "../../parts/times";
import { useWrite } from "../../wire/query";
import { expressionOf, nextRun, type Rhythm, rhythmOf } from "./schedules";
import type { Schedule } from "./shapes";

const KINDS: [Rhythm["kind"], string][] = [
  ["hourly", "Every hour"],
  ["every", "Every few hours"],
  ["daily", "Once a day"],
];
// Steps that divide a day, so that runs are evenly apart.
const STEPS = [2, 3, 4, 6, 8, 12];

export function EditSchedule({ schedule, close }: { schedule: Schedule; close: () => void }) {
  const config = schedule.MonitoringScheduleConfig ?? {};
  const before = config.ScheduleConfig?.ScheduleExpression ?? "";
  const [rhythm, setRhythm] = useState<Rhythm>(() => rhythmOf(before) ?? { kind: "hourly", step: 6, hour: 0 });
  const update = useWrite("sagemaker", "UpdateMonitoringSchedule", ["DescribeMonitoringSchedule"]);
  const expression = expressionOf(rhythm);
  const request = { MonitoringScheduleName: schedule.MonitoringScheduleName, MonitoringScheduleConfig: { ...config, ScheduleConfig: { ...config.ScheduleConfig, ScheduleExpression: expression } } };
  const next = nextRun(expression, Date.now());
  const hours = rhythm.kind === "every" ? rhythm.step : 24;
  return (
    <Dialog
      title="When it runs"
      close={close}
      foot={
        <>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="button" className="button button--primary" disabled={expression === before || update.isPending} onClick={() => update.mutate(request, { onSuccess: close })}>
            Save schedule
          </button>
        </>
      }
    >
      {update.error ? <ErrorBox error={update.error} /> : null}
      <fieldset className="flags" style={{ gridTemplateColumns: "1fr" }}>
        <legend className="field__label">Rhythm</legend>
        {KINDS.map(([kind, label]) => (
          <label key={kind} className="choice">
            <input type="radio" name="rhythm" checked={rhythm.kind === kind} onChange={() => setRhythm({ ...rhythm, kind })} />
            {label}
          </label>
        ))}
      </fieldset>
      {rhythm.kind === "hourly" ? null : (
        <div className="fields">
          {rhythm.kind === "every" ? (
            <label className="field">
              <span className="field__label">Hours between runs</span>
              <select className="input" value={rhythm.step} onChange={(event) => setRhythm({ ...rhythm, step: Number(event.target.value), hour: rhythm.hour % Number(event.target.value) })}>
                {STEPS.map((step) => (
                  <option key={step}>{step}</option>
                ))}
              </select>
            </label>
          ) : null}
          <label className="field">
            <span className="field__label">{rhythm.kind === "every" ? "First hour, UTC" : "Hour, UTC"}</span>
            <select className="input" value={rhythm.hour} onChange={(event) => setRhythm({ ...rhythm, hour: Number(event.target.value) })}>
              {Array.from({ length: hours }, (_, hour) => (
                <option key={hour} value={hour}>
                  {String(hour).padStart(2, "0")}:00
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <p className="soft">{next === null ? expression : `Next run at ${absolute(next)}.`}</p>
      <details>
        <summary>The same with boto3</summary>
        <div style={{ marginTop: 8 }}>
          <Snippet text={boto3("sagemaker", "UpdateMonitoringSchedule", request)} />
        </div>
      </details>
    </Dialog>
  );
}
