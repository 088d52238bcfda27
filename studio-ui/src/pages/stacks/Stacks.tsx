/** CloudFormation's stacks: a project is one, and so is each of its endpoints. */

import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { useAddress } from "../../parts/address";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useList } from "../../wire/query";
import { stackPage, type StackSummary } from "./shapes";

export default function Stacks() {
  usePlace(["Stacks"]);
  const [search, change] = useAddress();
  const withDeleted = search.has("deleted");
  const stacks = useList<StackSummary>("cloudformation", "ListStacks", {}, "StackSummaries", { about: ["cloudformation", "aws.cloudformation"] });
  const toggle = () => change({ deleted: withDeleted ? null : "too" });
  return (
    <Page title="Stacks" about="What CloudFormation templates made, resource by resource.">
      <Card flush>
        <Loaded query={stacks}>
          {(found) => {
            const rows = found.filter((row) => withDeleted || row.StackStatus !== "DELETE_COMPLETE");
            return (
              <Table
                name="stacks"
                rows={rows}
                rowKey={(row) => row.StackId}
                leads={(row) => stackPage(row.StackId)}
                order="-created"
                actions={
                  <label className="choice small">
                    <input type="checkbox" checked={withDeleted} onChange={toggle} /> Deleted ones too
                  </label>
                }
                columns={[
                  { id: "name", label: "Name", value: (row) => row.StackName, show: (row) => <Link href={stackPage(row.StackId)}>{row.StackName}</Link> },
                  { id: "status", label: "Status", value: (row) => row.StackStatus, show: (row) => <Status value={row.StackStatus} title={row.StackStatusReason} />, filter: true },
                  { id: "reason", label: "Reason", value: (row) => row.StackStatusReason ?? null, extra: true },
                  { id: "description", label: "Description", value: (row) => row.TemplateDescription ?? null },
                  { id: "created", label: "Created", value: (row) => row.CreationTime, show: (row) => <Time at={row.CreationTime} /> },
                  { id: "changed", label: "Changed", value: (row) => row.DeletionTime ?? row.LastUpdatedTime ?? null, show: (row) => <Time at={row.DeletionTime ?? row.LastUpdatedTime} /> },
                  { id: "id", label: "Stack id", value: (row) => row.StackId, extra: true },
                ]}
                empty={<Empty action={<Snippet text="aws cloudformation deploy --stack-name mine --template-file template.yaml" />}>No stack stands in this region. A project makes one; so does a deployment, and the AWS CLI.</Empty>}
              />
            );
          }}
        </Loaded>
      </Card>
    </Page>
  );
}
