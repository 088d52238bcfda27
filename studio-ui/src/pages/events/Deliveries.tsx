/** What rules and schedules handed on: to whom, how often it was tried, and why it failed. */

import { Card, Empty, Loaded } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { shortName } from "../../wire/arns";
import { read } from "../../wire/call";
import { useReading } from "../../wire/query";
import type { Delivery } from "./shapes";

// As a delivery's status stands in rows, and as people read it.
const WORDS: Record<string, string> = { Dead: "Dead letter" };

export function DeliveryStatus({ of }: { of: Delivery }) {
  const look = of.status === "Dead" ? "Failed" : of.status === "Delivered" ? "Succeeded" : of.attempts ? "Retrying in progress" : "Queued";
  return <Status value={look} words={WORDS[of.status] ?? (of.status === "Pending" && of.attempts ? "To be retried" : of.status)} title={of.message || undefined} />;
}

export function DeliveryList({ of, empty }: { of: Delivery[]; empty: string }) {
  if (!of.length) return <Empty>{empty}</Empty>;
  return (
    <ul className="deliveries">
      {of.map((each) => (
        <li key={each.id}>
          <div className="deliveries__head">
            <DeliveryStatus of={each} />
            <span className="faint small">
              <Time at={each.ended ?? each.created} />
            </span>
          </div>
          <div>
            <ArnLink arn={each.sender} /> <span className="faint">to</span> <ArnLink arn={each.target} />
          </div>
          <Trouble of={each} />
        </li>
      ))}
    </ul>
  );
}

function Trouble({ of }: { of: Delivery }) {
  if (!of.message) return of.attempts > 1 ? <div className="faint small">at the {of.attempts}th attempt</div> : null;
  return (
    <div className="deliveries__trouble">
      <span className="mono">{of.code}</span> {of.message}
      <span className="faint">
        {" "}
        {of.attempts} {of.attempts === 1 ? "attempt" : "attempts"}
        {of.exhausted ? `, ended by ${of.exhausted}` : ""}
      </span>
    </div>
  );
}

export function DeliveryTable({ of, name, empty, withSender }: { of: Delivery[]; name: string; empty: React.ReactNode; withSender?: boolean }) {
  return (
    <Table
      plain
      name={name}
      rows={of}
      rowKey={(row) => String(row.id)}
      columns={[
        { id: "created", label: "When", value: (row) => row.created, show: (row) => <Time at={row.created} /> },
        { id: "status", label: "Status", value: (row) => row.status, show: (row) => <DeliveryStatus of={row} /> },
        ...(withSender ? [{ id: "sender", label: "From", value: (row: Delivery) => shortName(row.sender), show: (row: Delivery) => <ArnLink arn={row.sender} /> }] : []),
        { id: "target", label: "To", value: (row) => row.target, show: (row) => <ArnLink arn={row.target} /> },
        { id: "type", label: "Event", value: (row) => row.detailType || null },
        { id: "attempts", label: "Attempts", value: (row) => row.attempts, numeric: true },
        { id: "reason", label: "Reason", value: (row) => (row.message ? `${row.code}: ${row.message}` : null), show: (row) => (row.message ? <span className="deliveries__reason" title={row.message}><span className="mono">{row.code}</span> {row.message}{row.exhausted ? ` (${row.exhausted})` : ""}</span> : <span className="faint">–</span>) },
      ]}
      empty={empty}
    />
  );
}

export function DeadLetters() {
  const dead = useReading<{ deliveries: Delivery[] }>(["ormer", "dead-letters"], (signal) => read<{ deliveries: Delivery[] }>("dead-letters", signal), { about: ["metric:AWS/Events"] });
  return (
    <Card flush>
      <Loaded query={dead}>
        {({ deliveries }) => (
          <DeliveryTable withSender of={deliveries} name="dead-letters" empty={<Empty>Everything was delivered. What a target refuses for good, or too often, stands here, and in the log group <code>/aws/events/dead-letters</code>.</Empty>} />
        )}
      </Loaded>
    </Card>
  );
}
