/** One job: how it went, what it read and wrote, what it printed and measured. */

import { Square } from "lucide-react";
import { useState } from "react";
import { useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, ErrorBox, Facts, SkeletonLines, type Tab, Tabs } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Json } from "../../parts/Json";
import { Logs } from "../../parts/Logs";
import { Status } from "../../parts/Status";
import { Duration, Time } from "../../parts/Time";
import { useOperation, useWrite } from "../../wire/query";
import { useSession } from "../../wire/session";
import { JobMetrics } from "../pipelines/JobMetrics";
import { startedAt } from "../pipelines/jobs";
import { Reason } from "../pipelines/StepPanel";
import { JobData } from "./JobData";
import { type JobKind, KINDS, rowOf } from "./kinds";

type Document = Record<string, unknown>;

export default function Job() {
  const { type = "", name = "" } = useParams();
  usePlace(["Jobs", "/jobs"], [name]);
  const kind = KINDS.find((each) => each.type === type);
  const { account, region } = useSession();
  const arn = `arn:aws:sagemaker:${region}:${account}:${type}/${name}`;
  const job = useOperation<Document>("sagemaker", `Describe${kind?.noun}`, { [`${kind?.noun}Name`]: name }, { enabled: kind !== undefined, about: [arn] });
  const row = kind && job.data ? rowOf(kind, job.data) : null;
  return (
    <Page
      title={name}
      beside={row ? <Status value={row.status} /> : null}
      about={
        row ? (
          <>
            <span>{row.kind.label} job</span>
            <span>
              created <Time at={row.created} />
            </span>
            <span>
              took <Duration from={row.created} to={row.ended} />
            </span>
          </>
        ) : null
      }
      actions={kind && row?.status === "InProgress" ? <Stop kind={kind} name={name} /> : null}
    >
      {job.error && !job.data ? <ErrorBox error={job.error} again={() => void job.refetch()} /> : null}
      {row?.reason ? <Reason text={row.reason} /> : null}
      {kind && job.data ? <Body kind={kind} name={name} job={job.data} /> : job.error ? null : <SkeletonLines lines={6} />}
    </Page>
  );
}

function Body({ kind, name, job }: { kind: JobKind; name: string; job: Document }) {
  const tabs: Tab[] = [
    { id: "overview", label: "Overview", body: () => <Overview kind={kind} job={job} /> },
    { id: "data", label: "Inputs and outputs", body: () => <Card><div style={{ display: "grid", gap: 20 }}><JobData document={job} /></div></Card> },
    { id: "logs", label: "Logs", body: () => <Card flush><Logs group={`/aws/sagemaker/${kind.noun}s`} prefix={`${name}/`} tall /></Card> },
    ...(kind.type === "training-job" ? [{ id: "metrics", label: "Metrics", body: () => <Card><div className="plots"><JobMetrics job={job} /></div></Card> }] : []),
    { id: "json", label: "JSON", body: () => <Json value={job} /> },
  ];
  return <Tabs tabs={tabs} />;
}

function Overview({ kind, job }: { kind: JobKind; job: Document }) {
  const specification = (job["AppSpecification"] ?? job["AlgorithmSpecification"] ?? {}) as Record<string, string>;
  const cluster = ((job["ProcessingResources"] as Document | undefined)?.["ClusterConfig"] ?? job["ResourceConfig"] ?? job["TransformResources"] ?? {}) as Record<string, unknown>;
  const image = specification["ImageUri"] ?? specification["TrainingImage"] ?? "";
  const experiment = job["ExperimentConfig"] as { ExperimentName?: string; TrialName?: string } | undefined;
  return (
    <Card>
      <Facts
        of={[
          ["ARN", <ArnLink key="a" arn={String(job[`${kind.noun}Arn`])}>{String(job[`${kind.noun}Arn`])}</ArnLink>],
          ["Image", image ? <Copyable key="i" text={image} mono /> : null],
          ["Model", job["ModelName"] ? <Copyable key="m" text={String(job["ModelName"])} /> : null],
          ["Instances", cluster["InstanceType"] ? `${cluster["InstanceCount"] ?? 1} × ${cluster["InstanceType"]}` : null],
          ["Role", job["RoleArn"] ? <ArnLink key="r" arn={String(job["RoleArn"])} /> : null],
          ["Created", <Time key="c" at={job["CreationTime"] as string} both />],
          ["Began to run", startedAt(job) ? <Time key="s" at={startedAt(job)} both /> : null],
          ["Changed", job["LastModifiedTime"] ? <Time key="l" at={job["LastModifiedTime"] as string} both /> : null],
          ["Secondary status", job["SecondaryStatus"] ? <Status key="t" value={String(job["SecondaryStatus"])} /> : null],
          ["Exit message", job["ExitMessage"] as string | undefined],
          ["Experiment", experiment?.ExperimentName],
        ]}
      />
    </Card>
  );
}

function Stop({ kind, name }: { kind: JobKind; name: string }) {
  const [asking, setAsking] = useState(false);
  const stop = useWrite("sagemaker", `Stop${kind.noun}`, [`Describe${kind.noun}`]);
  return (
    <>
      <button type="button" className="button button--danger" onClick={() => setAsking(true)}>
        <Square /> Stop job
      </button>
      {asking ? (
        <Dialog
          title={`Stop ${name}?`}
          close={() => setAsking(false)}
          foot={
            <>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Let it run
              </button>
              <button type="button" className="button button--danger button--primary" disabled={stop.isPending} onClick={() => stop.mutate({ [`${kind.noun}Name`]: name }, { onSuccess: () => setAsking(false) })}>
                Stop job
              </button>
            </>
          }
        >
          {stop.error ? <ErrorBox error={stop.error} /> : null}
          <p>The job is told to end, and ended when it does not. A pipeline that waits for it sees it stopped.</p>
        </Dialog>
      ) : null}
    </>
  );
}
