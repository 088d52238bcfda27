/** One rule: what it listens to, what it starts, when it fired, and why it did not. */

import { Power, PowerOff } from "lucide-react";
import { Link, useLocation, useParams, useSearchParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, ErrorBox, Facts, Loaded, SkeletonLines, type Tab, Tabs } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { JsonTree } from "../../parts/JsonTree";
import { SidePanel, Split } from "../../parts/SidePanel";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { read } from "../../wire/call";
import { useList, useOperation, useReading, useWrite } from "../../wire/query";
import { DeliveryTable } from "./Deliveries";
import { useEvent } from "./EventPanel";
import { Explained } from "./Explained";
import { aboutOf, parsed, sourcesOf } from "./happened";
import { type Decision, type Rule, type RuleView, rulePage, type Target } from "./shapes";
import "./events.css";

export default function RulePage() {
  const { bus = "default", name = "" } = useParams();
  usePlace(["Events", "/events"], ["Rules", "/events?tab=rules"], [name]);
  const named = { Name: name, EventBusName: bus };
  const rule = useOperation<Rule>("events", "DescribeRule", named, { about: ["cloudformation"] });
  const targets = useList<Target>("events", "ListTargetsByRule", { Rule: name, EventBusName: bus }, "Targets", { about: ["cloudformation"] });
  const view = useReading<RuleView>(["ormer", "rule", bus, name], (signal) => read<RuleView>(`rule?${new URLSearchParams({ name, bus })}`, signal), { about: ["metric:AWS/Events", ...sourcesOf(rule.data?.EventPattern)] });
  const found = rule.data;
  return (
    <Page
      title={name}
      beside={found ? <Status value={found.State} /> : null}
      about={
        found ? (
          <>
            <span>{found.Description ?? aboutOf(found)}</span>
            {bus === "default" ? null : <span>on the bus {bus}</span>}
          </>
        ) : null
      }
      actions={found ? <Switch rule={found} /> : null}
    >
      {rule.error && !found ? <ErrorBox error={rule.error} again={() => void rule.refetch()} /> : null}
      {found ? <Tabs tabs={tabsOf(found, view, targets)} /> : rule.error ? null : <SkeletonLines lines={6} />}
    </Page>
  );
}

function tabsOf(rule: Rule, view: ReturnType<typeof useReading<RuleView>>, targets: ReturnType<typeof useList<Target>>): Tab[] {
  const decided: Tab = { id: "recent", label: "Why, or why not", body: () => <Loaded query={view}>{(found) => <Decisions rule={rule} of={found.decisions} />}</Loaded> };
  const sent: Tab = {
    id: "deliveries",
    label: "Deliveries",
    count: view.data?.deliveries.length,
    body: () => (
      <Card flush>
        <Loaded query={view}>{(found) => <DeliveryTable name="rule-deliveries" of={found.deliveries} empty={<Empty>This rule has handed nothing on yet.</Empty>} />}</Loaded>
      </Card>
    ),
  };
  return [
    ...(rule.EventPattern ? [decided, sent] : [sent]),
    { id: "targets", label: "Targets", count: targets.data?.length, body: () => <Loaded query={targets}>{(found) => <Targets of={found} />}</Loaded> },
    { id: "rule", label: rule.EventPattern ? "Pattern" : "Schedule", body: () => <About rule={rule} created={view.data?.created} /> },
  ];
}

function Switch({ rule }: { rule: Rule }) {
  const touches = ["DescribeRule", "ListRules", "rule"];
  const enable = useWrite("events", "EnableRule", touches);
  const disable = useWrite("events", "DisableRule", touches);
  const isOn = rule.State !== "DISABLED";
  const write = isOn ? disable : enable;
  const error = enable.error ?? disable.error;
  return (
    <>
      <button type="button" className="button" disabled={write.isPending} onClick={() => write.mutate({ Name: rule.Name, EventBusName: rule.EventBusName })}>
        {isOn ? <PowerOff /> : <Power />} {isOn ? "Disable rule" : "Enable rule"}
      </button>
      {error ? <ErrorBox error={error} /> : null}
    </>
  );
}

function Decisions({ rule, of }: { rule: Rule; of: Decision[] }) {
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const number = search.get("event") ?? "";
  const address = (event: string) => `${rulePage(rule.EventBusName, rule.Name)}?tab=recent${event ? `&event=${event}` : ""}`;
  return (
    <Card flush>
      <Split panel={number ? <Why key={number} rule={rule} number={number} decision={of.find((one) => String(one.number) === number)} close={() => go(address(""))} /> : null}>
        <Table
          plain
          name="decisions"
          rows={of}
          rowKey={(row) => row.id}
          leads={(row) => address(String(row.number))}
          columns={[
            { id: "time", label: "When", value: (row) => row.time, show: (row) => <Time at={row.time} /> },
            { id: "fired", label: "Rule", value: (row) => (row.fired ? "Fired" : "Did not fire"), show: (row) => <Status value={row.fired ? "Succeeded" : "Skipped"} words={row.fired ? "Fired" : "Did not fire"} /> },
            { id: "type", label: "Event", value: (row) => row.type, show: (row) => <Link href={address(String(row.number))}>{row.type}</Link> },
            { id: "reason", label: "Because", value: (row) => row.reason || "the pattern matches", show: (row) => <span title={row.reason}>{row.reason || <span className="faint">the pattern matches</span>}</span> },
          ]}
          empty={<Empty>No event with the rule's source and type has come yet. Those that come from now on are told here, whether it fires or not.</Empty>}
        />
      </Split>
    </Card>
  );
}

function Why({ rule, number, decision, close }: { rule: Rule; number: string; decision: Decision | undefined; close: () => void }) {
  const event = useEvent(number);
  const ofState = decision && /^(it came before|the rule is)/.test(decision.reason) ? decision.reason : "";
  const tabs = [
    {
      id: "why",
      label: "Field by field",
      body: () => (
        <Loaded query={event}>
          {(found) => (
            <>
              {ofState ? <p className="explained__result">It did not fire: {ofState}.</p> : null}
              <Explained pattern={rule.EventPattern ?? ""} event={JSON.stringify(found.event)} />
            </>
          )}
        </Loaded>
      ),
    },
    { id: "event", label: "Event", body: () => <Loaded query={event}>{(found) => <JsonTree value={found.event} name="Event" />}</Loaded> },
  ];
  return (
    <SidePanel
      title={event.data?.type ?? `Event ${number}`}
      under={
        <Link href={`/events?event=${number}`} className="soft small">
          Open the event
        </Link>
      }
      tabs={tabs}
      close={close}
    />
  );
}

function Targets({ of }: { of: Target[] }) {
  if (!of.length) return <Empty>The rule has no target: it matches, and nothing follows.</Empty>;
  return (
    <>
      {of.map((target) => (
        <Card key={target.Id} title={target.Id}>
          <Facts
            of={[
              ["Sends to", <ArnLink key="a" arn={target.Arn}>{target.Arn}</ArnLink>],
              ["As the role", target.RoleArn ? <ArnLink key="r" arn={target.RoleArn} /> : null],
              ["Input", target.Input ? <code key="i">{target.Input}</code> : target.InputPath ? <code key="p">{target.InputPath}</code> : target.InputTransformer ? null : "the event itself"],
              ["Attempts at most", target.RetryPolicy?.MaximumRetryAttempts === undefined ? "185" : String(target.RetryPolicy.MaximumRetryAttempts)],
              ["Age at most", target.RetryPolicy?.MaximumEventAgeInSeconds === undefined ? "24 h" : `${target.RetryPolicy.MaximumEventAgeInSeconds} s`],
              ["Dead letters", target.DeadLetterConfig?.Arn ?? "/aws/events/dead-letters"],
            ]}
          />
          {target.InputTransformer ? <Json value={target.InputTransformer} /> : null}
        </Card>
      ))}
    </>
  );
}

function About({ rule, created }: { rule: Rule; created: string | undefined }) {
  return (
    <Card>
      <div style={{ display: "grid", gap: 16 }}>
        <Facts
          of={[
            ["ARN", <ArnLink key="a" arn={rule.Arn}>{rule.Arn}</ArnLink>],
            ["Bus", rule.EventBusName],
            ["Created", created ? <Time key="c" at={created} both /> : null],
            ["Schedule", rule.ScheduleExpression ? <code key="s">{rule.ScheduleExpression}</code> : null],
          ]}
        />
        {rule.EventPattern ? (
          <>
            <JsonTree value={parsed(rule.EventPattern) ?? rule.EventPattern} name="Pattern" />
            <p>
              <Link href={`/events?${new URLSearchParams({ tab: "pattern", bus: rule.EventBusName, rule: rule.Name })}`}>Try it on an event</Link>
            </p>
          </>
        ) : null}
      </div>
    </Card>
  );
}
