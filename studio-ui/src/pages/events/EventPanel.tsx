/** One event: the whole of it, what was delivered because of it, and what each rule makes of it. */

import { useAddress } from "../../parts/address";
import { Empty, Facts, Loaded } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { JsonTree } from "../../parts/JsonTree";
import { SidePanel } from "../../parts/SidePanel";
import { Time } from "../../parts/Time";
import { read } from "../../wire/call";
import { useList, useReading } from "../../wire/query";
import { DeliveryList } from "./Deliveries";
import { Explained } from "./Explained";
import { Choice } from "./Happened";
import type { Rule, WholeEvent } from "./shapes";

export function useEvent(number: string) {
  return useReading<WholeEvent>(["ormer", "event", number], (signal) => read<WholeEvent>(`event?id=${encodeURIComponent(number)}`, signal), { about: ["metric:AWS/Events"], enabled: number !== "" });
}

export function EventPanel({ number, close }: { number: string; close: () => void }) {
  const event = useEvent(number);
  const tabs = [
    { id: "event", label: "Event", body: () => <Loaded query={event}>{(found) => <Whole event={found} />}</Loaded> },
    { id: "deliveries", label: "Deliveries", count: event.data?.deliveries.length, body: () => <Loaded query={event}>{(found) => <DeliveryList of={found.deliveries} empty="No rule has handed this event on." />}</Loaded> },
    { id: "why", label: "Why, or why not", body: () => <Loaded query={event}>{(found) => <Why event={found} />}</Loaded> },
  ];
  return <SidePanel title={event.data?.type ?? `Event ${number}`} under={event.data ? <span className="soft small">{event.data.source}</span> : null} tabs={tabs} close={close} />;
}

function Whole({ event }: { event: WholeEvent }) {
  return (
    <>
      <Facts
        list
        of={[
          ["When", <Time key="t" at={event.time} both />],
          ["Caused by", event.actor ? <ArnLink key="a" arn={event.actor}>{event.actor}</ArnLink> : null],
          ["Bus", event.bus],
          ["About", event.resources.length ? event.resources.map((arn) => <div key={arn}><ArnLink arn={arn}>{arn}</ArnLink></div>) : null],
          ["Id", <Copyable key="i" text={event.uuid} mono />],
        ]}
      />
      <JsonTree value={event.event} name="Event" />
    </>
  );
}

function Why({ event }: { event: WholeEvent }) {
  const [search, change] = useAddress();
  const rules = useList<Rule>("events", "ListRules", { EventBusName: event.bus }, "Rules");
  const choose = (name: string) => change({ rule: name });
  return (
    <Loaded query={rules}>
      {(found) => {
        const patterns = found.filter((rule) => rule.EventPattern);
        const fired = patterns.find((rule) => event.deliveries.some((delivery) => delivery.sender === rule.Arn));
        const chosen = patterns.find((rule) => rule.Name === search.get("rule")) ?? fired ?? patterns[0];
        if (!chosen) return <Empty>No rule on the bus {event.bus} looks at events.</Empty>;
        return (
          <>
            <Choice label="Rule" value={chosen.Name} values={patterns.map((rule) => rule.Name)} choose={choose} any={null} />
            {chosen.State === "ENABLED" ? null : <p className="soft small">The rule is switched off: it does nothing, whatever its pattern says.</p>}
            <Explained pattern={chosen.EventPattern ?? ""} event={JSON.stringify(event.event)} />
          </>
        );
      }}
    </Loaded>
  );
}
