/** One version of a model: its story, its evidence, and the decision about it. */

import { Box } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, ErrorBox, Facts, Loaded, SkeletonLines, Tabs } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { ObjectLink } from "../../parts/Objects";
import { Status } from "../../parts/Status";
import { StoryRail } from "../../parts/StoryRail";
import { wordsOf } from "../../parts/statuses";
import { Time } from "../../parts/Time";
import { pageOf } from "../../wire/arns";
import { useList, useOperation } from "../../wire/query";
import { useSession } from "../../wire/session";
import { parsed, planOf } from "../pipelines/definition";
import type { Step } from "../pipelines/shapes";
import { Activity } from "./Activity";
import { BiasReport } from "./BiasReport";
import { DataQuality } from "./DataQuality";
import { DecisionDialog } from "./DecisionDialog";
import { Explainability } from "./Explainability";
import { Lineage } from "./Lineage";
import { ModelQuality } from "./ModelQuality";
import { useHappenings } from "./happenings";
import { useServing } from "./serving";
import type { Source, Version } from "./shapes";
import { storyOf } from "./story";
import "./models.css";

const EXECUTION = /:pipeline\/(.+)\/execution\/(.+)$/;

export default function VersionPage() {
  const { group = "", version = "" } = useParams();
  usePlace(["Models", "/models"], [group, `/models/${group}`], [`version ${version}`]);
  const { account, region } = useSession();
  const arn = `arn:aws:sagemaker:${region}:${account}:model-package/${group}/${version}`;
  const described = useOperation<Version>("sagemaker", "DescribeModelPackage", { ModelPackageName: arn }, { about: [arn] });
  const [deciding, setDeciding] = useState(false);
  const data = described.data;
  return (
    <Page
      title={`${group} version ${version}`}
      beside={data ? <Status value={data.ModelApprovalStatus} /> : null}
      about={data ? <About version={data} /> : null}
      actions={
        data ? (
          <button type="button" className="button button--primary" onClick={() => setDeciding(true)}>
            Update status
          </button>
        ) : null
      }
    >
      {described.error && !data ? <ErrorBox error={described.error} again={() => void described.refetch()} /> : null}
      {data ? <Body version={data} decide={() => setDeciding(true)} /> : described.error ? null : <SkeletonLines lines={8} />}
      {deciding && data ? <DecisionDialog version={data} close={() => setDeciding(false)} /> : null}
    </Page>
  );
}

function About({ version }: { version: Version }) {
  const { lastStage: stage, source } = useHappenings(version.ModelPackageArn).data ?? {};
  const made = version.MetadataProperties?.GeneratedBy;
  return (
    <>
      <span>
        registered <Time at={version.CreationTime} />
      </span>
      {made && pageOf(made) ? (
        <span>
          by <Link href={pageOf(made) ?? ""}>execution {made.split("/").pop()}</Link>
        </span>
      ) : null}
      {source?.commit ? (
        <span>
          from commit <Link href={`/delivery/${source.delivery}/executions/${source.execution}`}>{source.commit.slice(0, 8)}</Link> {source.message}
        </span>
      ) : null}
      {stage ? <span>Last stage: {stage}</span> : null}
      <span>{version.ModelPackageDescription}</span>
    </>
  );
}

function Body({ version, decide }: { version: Version; decide: () => void }) {
  const arn = version.ModelPackageArn;
  const made = version.MetadataProperties?.GeneratedBy ?? "";
  const [, pipeline, execution] = EXECUTION.exec(made) ?? [];
  const asked = { PipelineExecutionArn: made };
  const steps = useList<Step>("sagemaker", "ListPipelineExecutionSteps", { ...asked, SortOrder: "Ascending" }, "PipelineExecutionSteps", { enabled: execution !== undefined, about: [made] });
  const definition = useOperation<{ PipelineDefinition: string }>("sagemaker", "DescribePipelineDefinitionForExecution", asked, { enabled: execution !== undefined, fixed: true });
  const happenings = useHappenings(arn);
  const serving = useServing();
  const stops = storyOf({
    version,
    steps: steps.data ?? [],
    definitions: definition.data ? planOf(parsed(definition.data.PipelineDefinition)).steps : [],
    happenings: happenings.data?.happenings ?? [],
    serving,
    execution: execution ? `${pipeline}/executions/${execution}` : null,
    act: (
      <button type="button" className="button button--small" onClick={decide}>
        Decide
      </button>
    ),
  });
  return (
    <>
      <Card>
        <StoryRail stops={stops} label={`Story of version ${version.ModelPackageVersion}`} />
      </Card>
      <Tabs
        tabs={[
          { id: "activity", label: "Activity", body: () => <Activity arn={arn} made={execution ? `${pipeline}/executions/${execution}` : ""} /> },
          { id: "quality", label: "Model quality", body: () => <ModelQuality version={version} steps={steps.data ?? []} /> },
          { id: "data", label: "Data quality", body: () => <DataQuality version={version} /> },
          { id: "bias", label: "Bias", body: () => <BiasReport version={version} /> },
          { id: "explainability", label: "Explainability", body: () => <Explainability version={version} /> },
          { id: "lineage", label: "Lineage", body: () => <Lineage arn={arn} /> },
          { id: "artifacts", label: "Artifacts", body: () => <Artifacts version={version} /> },
          { id: "settings", label: "Settings", body: () => <Settings version={version} /> },
        ]}
      />
    </>
  );
}

function Artifacts({ version }: { version: Version }) {
  const inference = version.InferenceSpecification;
  const files = Object.entries({ ...version.ModelMetrics }).flatMap(([group, sources]) => Object.entries(sources as Record<string, Source>).map(([name, source]): [string, string] => [`${wordsOf(group)}: ${wordsOf(name).toLowerCase()}`, source.S3Uri]));
  return (
    <>
      {(inference?.Containers ?? []).map((container, index) => (
        <Card key={container.Image + index} title={`Container ${index + 1}`}>
          <Facts
            list
            of={[
              ["Image", <Copyable key="i" text={container.Image} mono />],
              ["Digest", container.ImageDigest ? <Copyable key="d" text={container.ImageDigest} mono /> : null],
              ["Model data", container.ModelDataUrl ? <ObjectLink key="m" uri={container.ModelDataUrl} /> : null],
              ...Object.entries(container.Environment ?? {}).map(([name, value]): [string, React.ReactNode] => [name, <Copyable key={name} text={value} mono />]),
            ]}
          />
        </Card>
      ))}
      {inference ? (
        <Card title="Serving">
          <Facts
            of={[
              ["Takes", inference.SupportedContentTypes?.join(", ")],
              ["Answers", inference.SupportedResponseMIMETypes?.join(", ")],
              ["Real-time instances", inference.SupportedRealtimeInferenceInstanceTypes?.join(", ")],
              ["Transform instances", inference.SupportedTransformInstanceTypes?.join(", ")],
            ]}
          />
        </Card>
      ) : null}
      <Card title="Files">{files.length ? <Facts list of={files.map(([name, uri]): [string, React.ReactNode] => [name, <ObjectLink key={name} uri={uri} />])} /> : <Empty icon={<Box />}>No file was registered with this version.</Empty>}</Card>
    </>
  );
}

function Settings({ version }: { version: Version }) {
  const built = useHappenings(version.ModelPackageArn).data?.source.commit;
  const commit = version.MetadataProperties?.CommitId ?? built;
  const tags = useOperation<{ Tags: { Key: string; Value: string }[] }>("sagemaker", "ListTags", { ResourceArn: version.ModelPackageArn }, { about: [version.ModelPackageArn] });
  return (
    <>
      <Card>
        <Facts
          of={[
            ["ARN", <ArnLink key="a" arn={version.ModelPackageArn}>{version.ModelPackageArn}</ArnLink>],
            ["Status", <Status key="s" value={version.ModelPackageStatus} />],
            ["Registered", <Time key="c" at={version.CreationTime} both />],
            ["Changed", <Time key="m" at={version.LastModifiedTime} both />],
            ["Commit", commit ? <Copyable key="commit" text={commit} mono /> : null],
            ["Repository", version.MetadataProperties?.Repository],
            ...Object.entries(version.CustomerMetadataProperties ?? {}).map(([name, value]): [string, React.ReactNode] => [name, value]),
          ]}
        />
      </Card>
      <Card title="Tags">
        <Loaded query={tags}>{({ Tags }) => (Tags.length ? <Facts of={Tags.map((tag): [string, React.ReactNode] => [tag.Key, tag.Value])} /> : <p className="soft">No tags.</p>)}</Loaded>
      </Card>
      <Card title="Document">
        <Json value={version} />
      </Card>
    </>
  );
}
