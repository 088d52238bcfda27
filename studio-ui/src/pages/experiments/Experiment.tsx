/** One experiment: its runs with their parameters and metrics as columns, compared side by side. */

import { GitCompareArrows } from "lucide-react";
import { useMemo, useState } from "react";
import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { useAddress } from "../../parts/address";
import { Card, Empty, Facts, Loaded, Tabs } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { rounded } from "../../parts/numbers";
import { SidePanel, Split } from "../../parts/SidePanel";
import { Status } from "../../parts/Status";
import { type Column, Table } from "../../parts/Table";
import { Duration, Time } from "../../parts/Time";
import { pageOf } from "../../wire/arns";
import { joined, useFound, useNewest } from "./found";
import { namesOf, type Run } from "./runs";

// Shown at once; the column chooser has the others.
const PARAMETERS_MAX = 3;
const METRICS_MAX = 4;

export default function Experiment() {
  const { name = "" } = useParams();
  usePlace(["Experiments", "/experiments"], [name]);
  const { first, runs, more, many } = useNewest(name);
  const found = useFound(name, many);
  const every = useMemo(() => joined(runs, found), [runs, found]);
  const measured = useMemo(() => every.filter(isMeasured), [every]);
  return (
    <Page title={name} about="Runs side by side: what they were given, and what came of it.">
      {more ? <p className="soft small">{more}</p> : null}
      <Tabs
        tabs={[
          { id: "measured", label: "Measured", count: first.data && measured.length, body: () => <Loaded query={first}>{() => <Runs rows={measured} empty="No run of this experiment has measured anything yet." />}</Loaded> },
          { id: "all", label: "All runs", count: first.data && every.length, body: () => <Loaded query={first}>{() => <Runs rows={every} empty="This experiment has no runs yet." />}</Loaded> },
        ]}
      />
    </Page>
  );
}

function isMeasured(run: Run): boolean {
  return Object.keys(run.metrics).length > 0;
}

function Runs({ rows, empty }: { rows: Run[]; empty: string }) {
  const [search, change] = useAddress();
  const [picked, setPicked] = useState<Set<string>>(new Set());
  const [comparing, setComparing] = useState(false);
  const measured = rows.filter((row) => Object.keys(row.metrics).length);
  const parameters = namesOf(measured.length ? measured : rows, (run) => run.parameters).filter((each) => !each.startsWith("SageMaker."));
  const metrics = namesOf(rows, (run) => run.metrics);
  const chosen = rows.find((row) => row.name === search.get("run"));
  const choose = (name: string | null) => change({ run: name });
  const columns: Column<Run>[] = [
    { id: "label", label: "Run", value: (row) => row.label, show: (row) => <button type="button" className="link-button" style={{ fontWeight: 500 }} onClick={() => choose(row.name)}>{row.label}</button> },
    { id: "trial", label: "Trial", value: (row) => row.trial || null },
    { id: "kind", label: "Kind", value: (row) => row.kind, filter: true },
    { id: "status", label: "Status", value: (row) => row.status, show: (row) => (row.status ? <Status value={row.status} /> : null), filter: true },
    { id: "started", label: "Started", value: (row) => row.started, show: (row) => <Time at={row.started} /> },
    ...metrics.map((name, place): Column<Run> => ({ id: `m.${name}`, label: name, value: (row) => row.metrics[name] ?? null, show: (row) => (row.metrics[name] === undefined ? <span className="faint">–</span> : rounded(row.metrics[name])), numeric: true, extra: place >= METRICS_MAX })),
    ...parameters.map((name, place): Column<Run> => ({ id: `p.${name}`, label: name, value: (row) => row.parameters[name] ?? null, numeric: rows.every((row) => typeof (row.parameters[name] ?? 0) === "number"), extra: place >= PARAMETERS_MAX })),
  ];
  return (
    <Card flush>
      <Split panel={chosen ? <RunPanel run={chosen} close={() => choose(null)} /> : null}>
        <div style={{ minWidth: 0 }}>
          <Table
            name="runs"
            rows={rows}
            rowKey={(row) => row.name}
            columns={columns}
            order="-started"
            picked={picked}
            setPicked={setPicked}
            actions={
              <button type="button" className="button button--small" disabled={picked.size < 2} title={picked.size < 2 ? "Pick two runs or more" : undefined} onClick={() => setComparing(true)}>
                <GitCompareArrows /> Compare
              </button>
            }
            empty={<Empty>{empty}</Empty>}
          />
        </div>
      </Split>
      {comparing ? (
        <Dialog title="Compare runs" close={() => setComparing(false)} wide>
          <Comparison runs={rows.filter((row) => picked.has(row.name))} />
        </Dialog>
      ) : null}
    </Card>
  );
}

function Comparison({ runs }: { runs: Run[] }) {
  const parts: [string, (run: Run) => Record<string, string | number>][] = [
    ["Metrics", (run) => run.metrics],
    ["Parameters", (run) => run.parameters],
  ];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Comparison">
      <table className="table">
        <thead>
          <tr>
            <th>
              <span>Name</span>
            </th>
            {runs.map((run) => (
              <th key={run.name} data-numeric>
                <span style={{ justifyContent: "flex-end" }}>
                  {run.label} {run.trial}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.flatMap(([title, of]) =>
            namesOf(runs, of).map((name) => {
              const values = runs.map((run) => of(run)[name]);
              const differ = new Set(values.map(String)).size > 1;
              return (
                <tr key={`${title}${name}`} style={differ ? { fontWeight: 550 } : undefined}>
                  <td title={title}>{name}</td>
                  {values.map((value, place) => (
                    <td key={runs[place]?.name} data-numeric>
                      {typeof value === "number" ? rounded(value) : (value ?? "–")}
                    </td>
                  ))}
                </tr>
              );
            }),
          )}
        </tbody>
      </table>
    </div>
  );
}

function RunPanel({ run, close }: { run: Run; close: () => void }) {
  const page = pageOf(run.source);
  return (
    <SidePanel
      title={run.label}
      under={
        <span className="page__about">
          {run.status ? <Status value={run.status} /> : null}
          <span>{run.kind}</span>
        </span>
      }
      close={close}
      tabs={[
        {
          id: "overview",
          label: "Overview",
          body: () => (
            <>
              <Facts
                list
                of={[
                  ["Started", <Time key="s" at={run.started} both />],
                  ["Took", run.ended ? <Duration key="t" from={run.started} to={run.ended} /> : null],
                  ["Job", page ? <Link key="j" href={page}>{run.source.split("/").pop()}</Link> : run.source || null],
                  ["ARN", <ArnLink key="a" arn={run.arn}>{run.arn}</ArnLink>],
                ]}
              />
              <h3>Metrics</h3>
              {Object.keys(run.metrics).length ? <Facts of={Object.entries(run.metrics).map(([name, value]): [string, React.ReactNode] => [name, <span key={name} className="number">{rounded(value)}</span>])} /> : <p className="faint">None.</p>}
              <h3>Parameters</h3>
              <Facts list of={Object.entries(run.parameters).map(([name, value]): [string, React.ReactNode] => [name, <Copyable key={name} text={String(value)} mono />])} />
            </>
          ),
        },
      ]}
    />
  );
}
