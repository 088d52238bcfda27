/** The chosen action: how it went, what it took and made, its log. */

import { ErrorBox, Facts, Loaded, type Tab } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { Logs } from "../../parts/Logs";
import { ObjectLink } from "../../parts/Objects";
import { SidePanel } from "../../parts/SidePanel";
import { Status } from "../../parts/Status";
import { Duration, Time } from "../../parts/Time";
import { useOperation } from "../../wire/query";
import { providerName } from "./providers";
import type { ActionExecution, Artifact } from "./shapes";
import type { ShownAction, ShownStage } from "./stages";

interface Build {
  id: string;
  arn: string;
  buildStatus: string;
  startTime?: string;
  endTime?: string;
  logs?: { groupName?: string; streamName?: string };
  phases?: { phaseType: string; phaseStatus?: string; durationInSeconds?: number; contexts?: { message?: string }[] }[];
}

export function ActionPanel({ stage, action, run, close }: { stage: ShownStage; action: ShownAction; run: ActionExecution | undefined; close: () => void }) {
  const isBuild = action.declared.actionTypeId.provider === "CodeBuild" && action.external !== "";
  const build = useOperation<{ builds: Build[] }>("codebuild", "BatchGetBuilds", { ids: [action.external] }, { enabled: isBuild, about: ["codebuild", "aws.codebuild"] });
  const found = build.data?.builds[0];
  const tabs: Tab[] = [{ id: "overview", label: "Overview", body: () => <Overview action={action} run={run} build={found} /> }];
  if (isBuild) {
    tabs.push({
      id: "logs",
      label: "Logs",
      body: () =>
        found?.logs?.groupName && found.logs.streamName ? (
          <Logs key={found.id} group={found.logs.groupName} prefix={found.logs.streamName} />
        ) : (
          <Loaded query={build}>{() => <p className="soft">The build has not written anything yet.</p>}</Loaded>
        ),
    });
  }
  tabs.push({ id: "data", label: "Artifacts", body: () => <Artifacts run={run} /> });
  tabs.push({ id: "json", label: "JSON", body: () => <Json value={run ?? action.declared} /> });
  return (
    <SidePanel
      title={action.declared.name}
      under={
        <span className="page__about">
          <Status value={action.status} />
          <span>
            {providerName(action.declared.actionTypeId)} in {stage.name}
          </span>
        </span>
      }
      tabs={tabs}
      close={close}
    />
  );
}

function Overview({ action, run, build }: { action: ShownAction; run: ActionExecution | undefined; build: Build | undefined }) {
  const configuration = run?.input?.resolvedConfiguration ?? action.declared.configuration ?? {};
  return (
    <>
      {action.error ? <ErrorBox error={Object.assign(new Error(action.error), { code: run?.output?.executionResult?.errorDetails?.code ?? "ActionFailed" })} /> : null}
      {action.summary ? <p>{action.summary}</p> : null}
      <Facts
        of={[
          ["Started", run ? <Time key="s" at={run.startTime} both /> : null],
          ["Changed", action.changed ? <Time key="c" at={action.changed} both /> : null],
          ["Took", run && run.status !== "InProgress" ? <Duration key="d" from={run.startTime} to={run.lastUpdateTime} /> : null],
          ["Decided by", action.by ? <ArnLink key="b" arn={action.by} /> : null],
          ["Made", action.external ? action.external.startsWith("arn:") ? <ArnLink key="e" arn={action.external} /> : <Copyable key="e" text={action.external} mono /> : null],
        ]}
      />
      {build?.phases?.length ? (
        <section style={{ display: "grid", gap: 8 }}>
          <h3>Phases of the build</h3>
          <ul style={{ display: "grid", gap: 6 }}>
            {build.phases
              .filter((phase) => phase.phaseType !== "COMPLETED")
              .map((phase) => (
                <li key={phase.phaseType} style={{ display: "grid", gridTemplateColumns: "1fr auto", gap: "0 12px" }}>
                  <Status value={phase.phaseStatus ?? "IN_PROGRESS"} words={phase.phaseType.toLowerCase().replaceAll("_", " ")} />
                  <span className="faint small number">{phase.durationInSeconds === undefined ? "" : `${phase.durationInSeconds} s`}</span>
                  {phase.contexts?.filter((each) => each.message).map((each) => (
                    <span key={each.message} className="soft small" style={{ gridColumn: "1 / -1", overflowWrap: "anywhere" }}>
                      {each.message}
                    </span>
                  ))}
                </li>
              ))}
          </ul>
        </section>
      ) : null}
      <section style={{ display: "grid", gap: 8 }}>
        <h3>Configuration</h3>
        <Facts list of={Object.entries(configuration).map(([name, value]): [string, React.ReactNode] => [name, <Copyable key={name} text={value} mono />])} />
      </section>
    </>
  );
}

function Artifacts({ run }: { run: ActionExecution | undefined }) {
  const variables = Object.entries(run?.output?.outputVariables ?? {});
  return (
    <>
      <List title="Takes" of={run?.input?.inputArtifacts} />
      <List title="Makes" of={run?.output?.outputArtifacts} />
      {variables.length ? (
        <section style={{ display: "grid", gap: 8 }}>
          <h3>Variables</h3>
          <Facts list of={variables.map(([name, value]): [string, React.ReactNode] => [name, <Copyable key={name} text={value} mono />])} />
        </section>
      ) : null}
    </>
  );
}

function List({ title, of }: { title: string; of: Artifact[] | undefined }) {
  return (
    <section style={{ display: "grid", gap: 8, minWidth: 0 }}>
      <h3>{title}</h3>
      {of?.length ? (
        <Facts list of={of.map(({ name, s3location }): [string, React.ReactNode] => [name, s3location ? <ObjectLink key={name} uri={`s3://${s3location.bucket}/${s3location.key}`} /> : "–"])} />
      ) : (
        <p className="faint">Nothing.</p>
      )}
    </section>
  );
}
