/** One endpoint: what it serves and how it does, a box to try it, its metrics, what it captured, its log. */

import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, ErrorBox, Facts, Loaded, SkeletonLines, type Tab, Tabs } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Removal } from "../../parts/Removal";
import { Json } from "../../parts/Json";
import { Logs } from "../../parts/Logs";
import { ObjectLink } from "../../parts/Objects";
import { Status } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { useList, useOperation, useWrite } from "../../wire/query";
import { useSession } from "../../wire/session";
import { Monitors } from "../monitors/Monitors";
import type { ScheduleSummary } from "../monitors/shapes";
import { Reason } from "../pipelines/StepPanel";
import { Captured } from "./Captured";
import { Metrics } from "./Metrics";
import type { EndpointConfig, EndpointDescription } from "./shapes";
import { Test } from "./Test";
import { Variants } from "./Variants";

export default function Endpoint() {
  const { name = "" } = useParams();
  usePlace(["Endpoints", "/endpoints"], [name]);
  const { account, region } = useSession();
  const arn = `arn:aws:sagemaker:${region}:${account}:endpoint/${name}`;
  const endpoint = useOperation<EndpointDescription>("sagemaker", "DescribeEndpoint", { EndpointName: name }, { about: [arn] });
  const [deleting, setDeleting] = useState(false);
  const data = endpoint.data;
  return (
    <Page
      title={name}
      beside={data ? <Status value={data.EndpointStatus} /> : null}
      about={
        data ? (
          <span>
            changed <Time at={data.LastModifiedTime} />
          </span>
        ) : null
      }
      actions={
        data ? (
          <button type="button" className="button button--danger" onClick={() => setDeleting(true)}>
            <Trash2 /> Delete endpoint
          </button>
        ) : null
      }
    >
      {endpoint.error && !data ? <ErrorBox error={endpoint.error} again={() => void endpoint.refetch()} /> : null}
      {data?.FailureReason ? <Reason text={data.FailureReason} /> : null}
      {data ? <Body endpoint={data} /> : endpoint.error ? null : <SkeletonLines lines={6} />}
      {deleting ? <DeleteDialog name={name} close={() => setDeleting(false)} /> : null}
    </Page>
  );
}

function Body({ endpoint }: { endpoint: EndpointDescription }) {
  const name = endpoint.EndpointName;
  const config = useOperation<EndpointConfig>("sagemaker", "DescribeEndpointConfig", { EndpointConfigName: endpoint.EndpointConfigName }, { enabled: Boolean(endpoint.EndpointConfigName), fixed: true });
  const schedules = useList<ScheduleSummary>("sagemaker", "ListMonitoringSchedules", { EndpointName: name }, "MonitoringScheduleSummaries", { about: ["sagemaker:monitoring-schedule"] });
  const capture = endpoint.DataCaptureConfig;
  const tabs: Tab[] = [
    { id: "overview", label: "Overview", body: () => <Variants endpoint={endpoint} config={config.data} /> },
    { id: "test", label: "Test", body: () => <Test endpoint={endpoint} config={config.data} /> },
    { id: "metrics", label: "Metrics", body: () => <Metrics endpoint={endpoint} /> },
    ...(capture?.DestinationS3Uri ? [{ id: "captured", label: "Captured", body: () => <Captured endpoint={endpoint} /> }] : []),
    // Where schedules are not answered yet, there is no tab about them.
    ...(schedules.data ? [{ id: "monitors", label: "Monitors", count: schedules.data.length, body: () => <Monitors schedules={schedules.data} /> }] : []),
    { id: "logs", label: "Logs", body: () => <Card flush><Logs group={`/aws/sagemaker/Endpoints/${name}`} prefix="" tall /></Card> },
    { id: "settings", label: "Settings", body: () => <Settings endpoint={endpoint} config={config.data} /> },
  ];
  return <Tabs tabs={tabs} />;
}

function Settings({ endpoint, config }: { endpoint: EndpointDescription; config: EndpointConfig | undefined }) {
  const tags = useOperation<{ Tags: { Key: string; Value: string }[] }>("sagemaker", "ListTags", { ResourceArn: endpoint.EndpointArn }, { about: [endpoint.EndpointArn] });
  const capture = endpoint.DataCaptureConfig;
  return (
    <>
      <Card>
        <Facts
          of={[
            ["ARN", <ArnLink key="a" arn={endpoint.EndpointArn}>{endpoint.EndpointArn}</ArnLink>],
            ["Configuration", endpoint.EndpointConfigName ? <Copyable key="c" text={endpoint.EndpointConfigName} /> : null],
            ["Created", <Time key="t" at={endpoint.CreationTime} both />],
            ["Changed", <Time key="m" at={endpoint.LastModifiedTime} both />],
            ["Capture", capture ? `${capture.CaptureStatus}, ${capture.CurrentSamplingPercentage} % of requests` : "off"],
            ["Captured to", capture?.DestinationS3Uri ? <ObjectLink key="o" uri={capture.DestinationS3Uri} /> : null],
          ]}
        />
      </Card>
      <Card title="Tags">
        <Loaded query={tags}>{({ Tags }) => (Tags.length ? <Facts of={Tags.map((tag): [string, React.ReactNode] => [tag.Key, tag.Value])} /> : <p className="soft">No tags.</p>)}</Loaded>
      </Card>
      {config ? (
        <Card title="Configuration">
          <Json value={config} />
        </Card>
      ) : null}
    </>
  );
}

function DeleteDialog({ name, close }: { name: string; close: () => void }) {
  const [, go] = useLocation();
  const remove = useWrite("sagemaker", "DeleteEndpoint", ["ListEndpoints"]);
  return (
    <Removal
      title={`Delete ${name}?`}
      does={`Delete ${name}`}
      go={() => remove.mutate({ EndpointName: name }, { onSuccess: () => go("/endpoints") })}
      close={close}
      pending={remove.isPending}
      error={remove.error}
      typed={{ name, label: "Type the endpoint's name" }}
    >
      <p>Its instances end and requests to it fail. Its configuration, models and captured requests stay.</p>
    </Removal>
  );
}
