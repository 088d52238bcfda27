/** What is being done with a stack, resource by resource; and all that was ever done. */

import { Card, Empty } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Duration, Time } from "../../parts/Time";
import { madeOf, type StackEvent, typeWords } from "../projects/stackProgress";

export function Progress({ events }: { events: StackEvent[] }) {
  const rows = madeOf(events);
  const done = rows.filter((row) => row.ended).length;
  return (
    <Card
      flush
      title="Under way"
      actions={
        <span className="soft number small" role="status">
          {done} of {rows.length} begun are done
        </span>
      }
    >
      <ul className="stack-progress">
        {rows.map((row) => (
          <li key={row.id}>
            <Status value={row.status} />
            <span>{row.id}</span>
            <span className="soft">{typeWords(row.type)}</span>
            <span className="soft number">
              <Duration from={row.began} to={row.ended} />
            </span>
            {row.reason ? <span className="stack-progress__reason">{row.reason}</span> : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function StackEvents({ of }: { of: StackEvent[] }) {
  return (
    <Card flush>
      <Table
        name="stack-events"
        rows={of}
        rowKey={(row) => row.EventId}
        columns={[
          { id: "time", label: "When", value: (row) => row.Timestamp, show: (row) => <Time at={row.Timestamp} /> },
          { id: "id", label: "Logical id", value: (row) => row.LogicalResourceId },
          { id: "type", label: "Type", value: (row) => row.ResourceType, show: (row) => <span title={row.ResourceType}>{typeWords(row.ResourceType)}</span>, filter: true },
          { id: "status", label: "Status", value: (row) => row.ResourceStatus, show: (row) => <Status value={row.ResourceStatus} />, filter: true },
          { id: "reason", label: "Reason", value: (row) => row.ResourceStatusReason ?? null, show: (row) => (row.ResourceStatusReason ? <span title={row.ResourceStatusReason}>{row.ResourceStatusReason}</span> : <span className="faint">–</span>) },
          { id: "physical", label: "Physical id", value: (row) => row.PhysicalResourceId ?? null, extra: true },
        ]}
        empty={<Empty>Nothing has been done with this stack yet.</Empty>}
      />
    </Card>
  );
}
