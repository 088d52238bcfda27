/** What a stack made, each with the way to what it is. */

import { Link } from "wouter";
import { Card, Empty } from "../../parts/Box";
import { ArnLink, Copyable, CopyButton } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { typeWords } from "../projects/stackProgress";
import { pageOfResource } from "./physical";
import type { StackResource } from "./shapes";

export function Resources({ of }: { of: StackResource[] }) {
  return (
    <Card flush>
      <Table
        name="stack-resources"
        rows={of}
        rowKey={(row) => row.LogicalResourceId}
        leads={(row) => pageOfResource(row.ResourceType, row.PhysicalResourceId)}
        columns={[
          { id: "id", label: "Logical id", value: (row) => row.LogicalResourceId },
          { id: "type", label: "Type", value: (row) => row.ResourceType, show: (row) => <span title={row.ResourceType}>{typeWords(row.ResourceType)}</span>, filter: true },
          { id: "physical", label: "What it is", value: (row) => row.PhysicalResourceId ?? null, show: (row) => <Physical row={row} /> },
          { id: "status", label: "Status", value: (row) => row.ResourceStatus, show: (row) => <Status value={row.ResourceStatus} title={row.ResourceStatusReason} /> },
          { id: "changed", label: "Changed", value: (row) => row.LastUpdatedTimestamp, show: (row) => <Time at={row.LastUpdatedTimestamp} /> },
          { id: "reason", label: "Reason", value: (row) => row.ResourceStatusReason ?? null, extra: true },
        ]}
        empty={<Empty>The stack has made nothing yet.</Empty>}
      />
    </Card>
  );
}

function Physical({ row }: { row: StackResource }) {
  const id = row.PhysicalResourceId;
  if (!id) return <span className="faint">–</span>;
  if (id.startsWith("arn:")) return <ArnLink arn={id} />;
  const page = pageOfResource(row.ResourceType, id);
  if (!page) return <Copyable text={id} />;
  return (
    <span className="copyable">
      <span className="copyable__text" title={id}>
        <Link href={page}>{id}</Link>
      </span>
      <CopyButton text={id} />
    </span>
  );
}
