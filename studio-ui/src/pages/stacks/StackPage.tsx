/** One stack: how it stands, what it made, from which template, and how it went. */

import { useEffect } from "react";
import { useLocation, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, ErrorBox, Facts, Loaded, SkeletonLines, type Tab, Tabs } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useList, useOperation } from "../../wire/query";
import { useSession } from "../../wire/session";
import { ofThisOperation, type StackEvent, typeWords } from "../projects/stackProgress";
import { ChangeSets } from "./ChangeSets";
import { Deletion } from "./Deletion";
import { Progress, StackEvents } from "./Progress";
import { Resources } from "./Resources";
import { type ChangeSetSummary, isUnderWay, type Stack, stackPage, type StackResource } from "./shapes";
import { Template } from "./Template";
import "./stacks.css";

const ABOUT = ["cloudformation", "aws.cloudformation"];

export default function StackPage() {
  const { name = "", id } = useParams();
  const { account, region } = useSession();
  usePlace(["Stacks", "/stacks"], [name]);
  const named = id ? `arn:aws:cloudformation:${region}:${account}:stack/${name}/${id}` : name;
  const stacks = useOperation<{ Stacks?: Stack[] }>("cloudformation", "DescribeStacks", { StackName: named }, { about: ABOUT });
  const stack = stacks.data?.Stacks?.[0];
  const [, go] = useLocation();
  // A stack that goes, whoever deletes it, is soon found by its id alone.
  const going = stack && !id && (stacks.error !== null || stack.StackStatus.startsWith("DELETE_")) ? stackPage(stack.StackId) : null;
  useEffect(() => {
    if (going) go(going, { replace: true });
  }, [going, go]);
  return (
    <Page
      title={name}
      beside={stack ? <Status value={stack.StackStatus} /> : null}
      about={
        stack ? (
          <>
            <span>{stack.Description}</span>
            <span>
              created <Time at={stack.CreationTime} />
            </span>
            {stack.DeletionTime ? (
              <span>
                deleted <Time at={stack.DeletionTime} />
              </span>
            ) : stack.LastUpdatedTime ? (
              <span>
                changed <Time at={stack.LastUpdatedTime} />
              </span>
            ) : null}
          </>
        ) : null
      }
      actions={stack && !/^DELETE_(COMPLETE|IN_PROGRESS)$/.test(stack.StackStatus) ? <Deletion stack={stack} /> : null}
    >
      {stacks.error && !stack ? <ErrorBox error={stacks.error} again={() => void stacks.refetch()} /> : null}
      {stack ? <Body stack={stack} /> : stacks.error ? null : <SkeletonLines lines={6} />}
    </Page>
  );
}

function Body({ stack }: { stack: Stack }) {
  const named = { StackName: stack.StackId };
  const events = useList<StackEvent>("cloudformation", "DescribeStackEvents", named, "StackEvents", { about: ABOUT, limit: 1000 });
  const resources = useList<StackResource>("cloudformation", "ListStackResources", named, "StackResourceSummaries", { about: ABOUT });
  const sets = useList<ChangeSetSummary>("cloudformation", "ListChangeSets", named, "Summaries", { about: ABOUT, enabled: stack.StackStatus !== "DELETE_COMPLETE" });
  const moving = isUnderWay(stack.StackStatus);
  const tabs: Tab[] = [
    { id: "resources", label: "Resources", count: resources.data?.length, body: () => <Loaded query={resources}>{(found) => <Resources of={found} />}</Loaded> },
    { id: "events", label: "Events", body: () => <Loaded query={events}>{(found) => <StackEvents of={found} />}</Loaded> },
    { id: "parameters", label: "Parameters", count: stack.Parameters?.length, body: () => <Parameters stack={stack} /> },
    { id: "outputs", label: "Outputs", count: stack.Outputs?.length, body: () => <Outputs stack={stack} /> },
    { id: "template", label: "Template", body: () => <Template name={stack.StackId} changed={stack.LastUpdatedTime ?? stack.CreationTime} /> },
    ...(sets.data?.length ? [{ id: "changes", label: "Change sets", count: sets.data.length, body: () => <ChangeSets of={sets.data} /> }] : []),
    { id: "about", label: "Settings", body: () => <About stack={stack} /> },
  ];
  return (
    <>
      <Failure stack={stack} events={events.data ?? []} />
      {moving && events.data ? <Progress events={events.data} /> : null}
      <Tabs tabs={tabs} />
    </>
  );
}

/** The first resource that failed is why the rest was taken back. */
function Failure({ stack, events }: { stack: Stack; events: StackEvent[] }) {
  if (!/FAILED|ROLLBACK/.test(stack.StackStatus)) return null;
  const first = ofThisOperation(events).find((event) => event.ResourceStatus.endsWith("_FAILED") && event.ResourceStatusReason && event.ResourceStatusReason !== "Resource creation cancelled");
  const reason = first ? `${first.LogicalResourceId} (${typeWords(first.ResourceType)}): ${first.ResourceStatusReason}` : stack.StackStatusReason;
  return reason ? <ErrorBox error={Object.assign(new Error(reason), { name: first?.ResourceStatus ?? stack.StackStatus })} /> : null;
}

function Parameters({ stack }: { stack: Stack }) {
  const rows = stack.Parameters ?? [];
  return (
    <Card flush>
      <Table
        plain
        name="stack-parameters"
        rows={rows}
        rowKey={(row) => row.ParameterKey}
        columns={[
          { id: "key", label: "Parameter", value: (row) => row.ParameterKey },
          { id: "value", label: "Value", value: (row) => row.ParameterValue, show: (row) => <Copyable text={row.ParameterValue ?? ""} mono /> },
          { id: "resolved", label: "Stands for", value: (row) => row.ResolvedValue ?? null },
        ]}
        empty={<Empty>The template has no parameters.</Empty>}
      />
    </Card>
  );
}

function Outputs({ stack }: { stack: Stack }) {
  return (
    <Card flush>
      <Table
        plain
        name="stack-outputs"
        rows={stack.Outputs ?? []}
        rowKey={(row) => row.OutputKey}
        columns={[
          { id: "key", label: "Output", value: (row) => row.OutputKey },
          { id: "value", label: "Value", value: (row) => row.OutputValue, show: (row) => (row.OutputValue.startsWith("arn:") ? <ArnLink arn={row.OutputValue}>{row.OutputValue}</ArnLink> : <Copyable text={row.OutputValue} mono />) },
          { id: "description", label: "Description", value: (row) => row.Description ?? null },
          { id: "export", label: "Exported as", value: (row) => row.ExportName ?? null },
        ]}
        empty={<Empty>The template gives nothing out.</Empty>}
      />
    </Card>
  );
}

function About({ stack }: { stack: Stack }) {
  return (
    <Card>
      <Facts
        of={[
          ["Stack id", <ArnLink key="i" arn={stack.StackId}>{stack.StackId}</ArnLink>],
          ["Role", stack.RoleARN ? <ArnLink key="r" arn={stack.RoleARN} /> : null],
          ["Made by the stack", stack.ParentId ? <ArnLink key="p" arn={stack.ParentId} /> : null],
          ["Capabilities", stack.Capabilities?.join(", ")],
          ["Termination protection", stack.EnableTerminationProtection ? "on: deleting is refused" : "off"],
          ["When it fails", stack.DisableRollback ? "it is left as it is" : "it is rolled back"],
          ...(stack.Tags ?? []).map(({ Key, Value }): [string, React.ReactNode] => [`Tag ${Key}`, Value]),
        ]}
      />
    </Card>
  );
}
