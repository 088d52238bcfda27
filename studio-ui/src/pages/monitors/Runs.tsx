/** What a monitor's runs found, over time and one by one. */

import { useQueries } from "@tanstack/react-query";
import { useAddress } from "../../parts/address";
import { Card, Empty, ErrorBox, Facts, SkeletonLines } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { ObjectLink } from "../../parts/Objects";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { absolute } from "../../parts/times";
import { Duration, Time } from "../../parts/Time";
import { isMoving, lookOf } from "../../parts/statuses";
import { settings } from "../../wire/query";
import { Drifts } from "./Drifts";
import { findingsOf, type Findings } from "./findings";
import { type Run, subjectOf } from "./shapes";

// Findings are read from S3, one file a run: of older runs only when one looks at them.
const READ_MAX = 24;
const BARS_MAX = 72;

export function Runs({ runs, type, definition }: { runs: Run[]; type: string; definition: string | undefined }) {
  const [search, change] = useAddress();
  const chosen = runs.find((run) => run.ScheduledTime === search.get("run")) ?? runs[0];
  const read = runs.slice(0, READ_MAX);
  const wanted = chosen && !read.includes(chosen) ? [...read, chosen] : read;
  const found = useQueries({
    queries: wanted.map((run) => ({
      queryKey: ["findings", run.ProcessingJobArn],
      queryFn: ({ signal }: { signal: AbortSignal }) => findingsOf(run, signal),
      ...settings({ enabled: Boolean(run.ProcessingJobArn) && run.MonitoringExecutionStatus.startsWith("Completed"), fixed: true }),
    })),
  });
  const findings = new Map(wanted.map((run, index) => [run.ScheduledTime, found[index]]));
  const countOf = (run: Run) => findings.get(run.ScheduledTime)?.data?.violations.length;
  const place = chosen ? findings.get(chosen.ScheduledTime)?.data?.place : undefined;
  const choose = (run: Run) => change({ run: run.ScheduledTime });
  return (
    <>
      <Card title="Runs" flush actions={<span className="soft small number">{runs.length}</span>}>
        <Bars runs={runs} countOf={countOf} chosen={chosen} choose={choose} />
        <Table
          name={`runs.${type}`}
          plain
          rows={runs}
          rowKey={(row) => row.ScheduledTime}
          order="-scheduled"
          columns={[
            { id: "scheduled", label: "For", value: (row) => row.ScheduledTime, show: (row) => <button type="button" className="link-button" aria-pressed={row === chosen} onClick={() => choose(row)}><Time at={row.ScheduledTime} both /></button> },
            { id: "status", label: "Status", value: (row) => row.MonitoringExecutionStatus, show: (row) => <Status value={row.MonitoringExecutionStatus} title={row.FailureReason} /> },
            { id: "violations", label: "Violations", value: (row) => countOf(row) ?? null, numeric: true },
            { id: "took", label: "Took", value: (row) => Date.parse(row.LastModifiedTime) - Date.parse(row.CreationTime), show: (row) => <Duration from={row.CreationTime} to={isMoving(row.MonitoringExecutionStatus) || row.MonitoringExecutionStatus === "Pending" ? undefined : row.LastModifiedTime} />, numeric: true },
            { id: "reason", label: "Reason", value: (row) => row.FailureReason ?? null },
          ]}
        />
      </Card>
      {chosen ? <Chosen run={chosen} findings={findings.get(chosen.ScheduledTime)?.data} error={findings.get(chosen.ScheduledTime)?.error ?? null} /> : null}
      {place && type === "DataQuality" ? (
        <Drifts key={place} place={place} definition={definition} violations={findings.get(chosen?.ScheduledTime ?? "")?.data?.violations ?? []} />
      ) : null}
    </>
  );
}

/** One bar a run, the oldest at the left: as high as it found violations. */
function Bars({ runs, countOf, chosen, choose }: { runs: Run[]; countOf: (run: Run) => number | undefined; chosen: Run | undefined; choose: (run: Run) => void }) {
  const shown = runs.slice(0, BARS_MAX).reverse();
  const most = Math.max(1, ...shown.map((run) => countOf(run) ?? 0));
  if (shown.length < 2) return null;
  return (
    <div className="runs" role="group" aria-label="Violations over time">
      {shown.map((run) => {
        const count = countOf(run) ?? 0;
        return (
          <button
            key={run.ScheduledTime}
            type="button"
            className="runs__bar"
            data-look={lookOf(run.MonitoringExecutionStatus)}
            data-chosen={run === chosen || undefined}
            aria-label={`${absolute(Date.parse(run.ScheduledTime))}: ${run.MonitoringExecutionStatus}, ${count} violations`}
            title={`${absolute(Date.parse(run.ScheduledTime))}\n${count} violations`}
            onClick={() => choose(run)}
          >
            <span style={{ height: `${12 + (88 * count) / most}%` }} />
          </button>
        );
      })}
    </div>
  );
}

function Chosen({ run, findings, error }: { run: Run; findings: Findings | undefined; error: Error | null }) {
  const over = run.MonitoringExecutionStatus.startsWith("Completed");
  return (
    <Card title={<>Run for {absolute(Date.parse(run.ScheduledTime))}</>} flush actions={<Status value={run.MonitoringExecutionStatus} />}>
      <div className="card__body">
        {run.FailureReason ? <ErrorBox error={Object.assign(new Error(run.FailureReason), { code: run.MonitoringExecutionStatus })} /> : null}
        <Facts
          of={[
            ["Job", run.ProcessingJobArn ? <ArnLink key="j" arn={run.ProcessingJobArn} /> : null],
            ["Started", <Time key="s" at={run.CreationTime} both />],
            ["Report", findings ? <ObjectLink key="r" uri={findings.place}>Open its files</ObjectLink> : null],
          ]}
        />
      </div>
      {error ? <ErrorBox error={error} /> : null}
      {over && !findings && !error ? <div className="card__body"><SkeletonLines lines={3} /></div> : null}
      {findings ? (
        <Table
          name="violations"
          plain
          rows={findings.violations.map((violation, place) => ({ ...violation, place }))}
          rowKey={(row) => String(row.place)}
          columns={[
            { id: "subject", label: "Of", value: subjectOf, show: (row) => <span className="mono">{subjectOf(row)}</span> },
            { id: "check", label: "Check", value: (row) => row.constraint_check_type ?? null },
            { id: "text", label: "Found", value: (row) => row.description ?? null, show: (row) => <span className="violation">{row.description}</span> },
          ]}
          empty={<Empty>Nothing is out of bounds: every constraint of the baseline holds.</Empty>}
        />
      ) : null}
    </Card>
  );
}
