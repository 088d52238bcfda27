/** A pattern and an event, held against each other: a rule's or one's own, kept or pasted. */

import { useEffect, useState } from "react";
import { useAddress } from "../../parts/address";
import { Card, Empty, ErrorBox } from "../../parts/Box";
import { useList } from "../../wire/query";
import { useSession } from "../../wire/session";
import { useEvent } from "./EventPanel";
import { Explained } from "./Explained";
import { Choice } from "./Happened";
import { exampleEvent, parsed } from "./happened";
import type { Rule } from "./shapes";

const PATTERN = JSON.stringify({ source: ["shop.orders"], detail: { amount: [{ numeric: [">", 10] }] } }, null, 2);

export function TryPattern() {
  const { account, region } = useSession();
  const [search, change] = useAddress();
  const bus = search.get("bus") || "default";
  const number = search.get("event") ?? "";
  const rules = useList<Rule>("events", "ListRules", { EventBusName: bus }, "Rules");
  const event = useEvent(number);
  const patterns = (rules.data ?? []).filter((rule) => rule.EventPattern);
  const chosen = patterns.find((rule) => rule.Name === search.get("rule"));
  const [pattern, setPattern] = useFilled(chosen?.EventPattern, PATTERN);
  const [text, setText] = useFilled(event.data ? JSON.stringify(event.data.event) : undefined, exampleEvent(account, region));
  const set = (name: string, value: string) => change({ [name]: value });
  const whole = parsed(pattern) !== null && parsed(text) !== null;
  return (
    <div className="try">
      <Card title="Pattern" actions={<Choice label="Rule" value={chosen?.Name ?? ""} values={patterns.map((rule) => rule.Name)} choose={(name) => set("rule", name)} any="my own" />}>
        <textarea className="input mono try__text" aria-label="Pattern" spellCheck={false} value={pattern} aria-invalid={parsed(pattern) === null || undefined} onChange={(change) => setPattern(change.target.value)} />
        {parsed(pattern) === null ? <p className="field__fault">This is not a JSON object yet.</p> : null}
      </Card>
      <Card
        title="Event"
        actions={
          <label className="try__number small">
            Number of a kept event
            <input className="input" inputMode="numeric" value={number} onChange={(change) => set("event", change.target.value.replace(/\D/g, ""))} />
          </label>
        }
      >
        {event.error && number ? <ErrorBox error={event.error} /> : null}
        <textarea className="input mono try__text" aria-label="Event" spellCheck={false} value={text} aria-invalid={parsed(text) === null || undefined} onChange={(change) => setText(change.target.value)} />
        {parsed(text) === null ? <p className="field__fault">This is not a JSON object yet.</p> : null}
      </Card>
      <Card title="What the pattern makes of the event">{whole ? <Explained pattern={pattern} event={text} /> : <Empty>Write a pattern and an event, both as JSON objects.</Empty>}</Card>
    </div>
  );
}

/** A text that is filled in when what it comes from changes, and is one's own in between. */
function useFilled(from: string | undefined, first: string): [string, (text: string) => void] {
  const [text, setText] = useState(first);
  useEffect(() => {
    if (from !== undefined) setText(JSON.stringify(JSON.parse(from), null, 2));
  }, [from]);
  return [text, setText];
}
