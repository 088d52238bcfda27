/** The chosen step of an execution: what it is, reads, writes, prints and measured. */

import { Facts, Loaded, type Tab } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { Logs } from "../../parts/Logs";
import { ObjectLink } from "../../parts/Objects";
import { SidePanel } from "../../parts/SidePanel";
import { Status } from "../../parts/Status";
import { Duration, Time } from "../../parts/Time";
import { useOperation } from "../../wire/query";
import { conditionText, type Placed } from "./definition";
import { JobData } from "../jobs/JobData";
import { type Job, jobOf, jobOfArn } from "./jobs";
import { kindName } from "./kinds";
import type { Step } from "./shapes";
import { JobMetrics } from "./JobMetrics";

type Document = Record<string, unknown>;

export function StepPanel({ step, run, status, close }: { step: Placed; run: Step | undefined; status: string; close: () => void }) {
  const job = jobOf(run?.Metadata);
  const described = useOperation<Document>("sagemaker", job?.operation ?? "", { [job?.member ?? ""]: job?.name }, { enabled: job !== null, about: job ? [job.arn] : [] });
  const tabs: Tab[] = [{ id: "overview", label: "Overview", body: () => <Overview step={step} run={run} job={job} document={described.data} /> }];
  if (job) {
    tabs.push({ id: "data", label: "Inputs and outputs", body: () => <Loaded query={described}>{(document) => <JobData document={document} />}</Loaded> });
    if (job.logs) tabs.push({ id: "logs", label: "Logs", body: () => <Logs key={job.arn} group={job.logs ?? ""} prefix={`${job.name}/`} /> });
    if (job.type === "training-job") tabs.push({ id: "metrics", label: "Metrics", body: () => <Loaded query={described}>{(document) => <JobMetrics job={document} />}</Loaded> });
  }
  tabs.push({ id: "json", label: "JSON", body: () => <Documents step={step} run={run} document={described.data} /> });
  return (
    <SidePanel
      title={step.DisplayName ?? step.Name}
      under={
        <span className="page__about">
          <Status value={status} />
          <span>{kindName(step.Type)}</span>
        </span>
      }
      tabs={tabs}
      close={close}
    />
  );
}

function Overview({ step, run, job, document }: { step: Placed; run: Step | undefined; job: Job | null; document: Document | undefined }) {
  const conditions = step.Type === "Condition" ? ((step.Arguments?.["Conditions"] ?? []) as unknown[]) : [];
  const outcome = run?.Metadata?.["Condition"]?.["Outcome"];
  const copied = run?.CacheHitResult?.SourcePipelineExecutionArn ?? run?.SelectiveExecutionResult?.SourcePipelineExecutionArn;
  const spec = (document?.["AppSpecification"] ?? document?.["AlgorithmSpecification"]) as Record<string, string> | undefined;
  const cluster = ((document?.["ProcessingResources"] as Document | undefined)?.["ClusterConfig"] ?? document?.["ResourceConfig"] ?? document?.["TransformResources"]) as Record<string, unknown> | undefined;
  return (
    <>
      {run?.FailureReason ? <Reason text={run.FailureReason} /> : null}
      {step.Description ? <p className="soft">{step.Description}</p> : null}
      <Facts
        of={[
          ["Started", run?.StartTime ? <Time key="s" at={run.StartTime} both /> : null],
          ["Ended", run?.EndTime ? <Time key="e" at={run.EndTime} both /> : null],
          ["Took", run?.StartTime ? <Duration key="d" from={run.StartTime} to={run.EndTime} /> : null],
          ["Attempt", run?.AttemptCount && run.AttemptCount > 1 ? run.AttemptCount : null],
          ["Result taken from", copied ? <ArnLink key="c" arn={copied} /> : null],
        ]}
      />
      {conditions.length ? (
        <Facts
          list
          of={[
            ["Condition", <span key="c" className="mono">{conditions.map(conditionText).join(" and ")}</span>],
            ["Outcome", outcome ? String(outcome) : null],
          ]}
        />
      ) : null}
      <Facts
        list
        of={[
          ["Job", job ? <ArnLink key="j" arn={job.arn} /> : null],
          ["Image", spec ? <Copyable key="i" text={spec["ImageUri"] ?? spec["TrainingImage"] ?? spec["AlgorithmName"] ?? ""} mono /> : null],
          ["Instances", cluster?.["InstanceType"] ? `${cluster["InstanceCount"] ?? 1} × ${cluster["InstanceType"]}` : null],
        ]}
      />
      <Metadata of={run?.Metadata} />
      {run ? null : <p className="soft">This step has not begun.</p>}
    </>
  );
}

export function Reason({ text }: { text: string }) {
  return (
    <div className="error-box" role="alert">
      <span />
      <span className="error-box__text">{text}</span>
    </div>
  );
}

/** What a step says of itself beside its job: the check's decisions, the version it registered. */
function Metadata({ of }: { of: Step["Metadata"] }) {
  const pairs = Object.entries(of ?? {}).flatMap(([, members]) => Object.entries(members));
  const shown = pairs.filter(([name, value]) => value !== "" && value !== null && !["CheckJobArn", "Outcome"].includes(name) && !(name === "Arn" && jobOfArn(String(value))));
  return <Facts list of={shown.map(([name, value]): [string, React.ReactNode] => [apart(name), <Value key={name} value={value} />])} />;
}

function Value({ value }: { value: unknown }) {
  if (typeof value === "string" && value.startsWith("s3://")) return <ObjectLink uri={value} />;
  if (typeof value === "string" && value.startsWith("arn:")) return <ArnLink arn={value} />;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (value !== null && typeof value === "object") return <Json value={value} />;
  return <>{String(value)}</>;
}

/** `BaselineUsedForDriftCheckStatistics` → `Baseline used for drift check statistics`. */
function apart(name: string): string {
  if (name === "Arn") return "ARN";
  const words = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function Documents({ step, run, document }: { step: Placed; run: Step | undefined; document: Document | undefined }) {
  return (
    <>
      {run ? <Section title="Step" value={run} /> : null}
      {document ? <Section title="Job" value={document} /> : null}
      <Section title="Definition" value={step} />
    </>
  );
}

function Section({ title, value }: { title: string; value: unknown }) {
  return (
    <section style={{ display: "grid", gap: 8, minWidth: 0 }}>
      <h3>{title}</h3>
      <Json value={value} />
    </section>
  );
}
