/** Change sets: what a template would change, looked at before it is done. */

import { Card, Empty, ErrorBox, Loaded } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { useOperation, useWrite } from "../../wire/query";
import { typeWords } from "../projects/stackProgress";
import type { Change, ChangeSetSummary } from "./shapes";

const TOUCHES = ["ListChangeSets", "DescribeChangeSet", "DescribeStacks", "DescribeStackEvents", "ListStackResources"];

export function ChangeSets({ of }: { of: ChangeSetSummary[] }) {
  return (
    <>
      {of.map((each) => (
        <One key={each.ChangeSetId} set={each} />
      ))}
    </>
  );
}

function One({ set }: { set: ChangeSetSummary }) {
  const described = useOperation<{ Changes?: Change[] }>("cloudformation", "DescribeChangeSet", { ChangeSetName: set.ChangeSetId }, { about: ["cloudformation", "aws.cloudformation"] });
  const execute = useWrite("cloudformation", "ExecuteChangeSet", TOUCHES);
  const forget = useWrite("cloudformation", "DeleteChangeSet", TOUCHES);
  const error = execute.error ?? forget.error;
  const named = { ChangeSetName: set.ChangeSetId };
  return (
    <Card
      flush
      title={set.ChangeSetName}
      actions={
        <>
          <Status value={set.Status} title={set.StatusReason} />
          <Status value={set.ExecutionStatus} />
          {set.ExecutionStatus === "AVAILABLE" ? (
            <button type="button" className="button button--small button--primary" disabled={execute.isPending} onClick={() => execute.mutate(named)}>
              Execute change set
            </button>
          ) : null}
          <button type="button" className="button button--small" disabled={forget.isPending} onClick={() => forget.mutate(named)}>
            Delete change set
          </button>
        </>
      }
    >
      {error ? <ErrorBox error={error} /> : null}
      {set.StatusReason ? <p className="card__body soft">{set.StatusReason}</p> : null}
      <Loaded query={described}>
        {({ Changes: changes = [] }) => (
          <Table
            plain
            name="change-set"
            rows={changes}
            rowKey={(row) => row.ResourceChange.LogicalResourceId}
            columns={[
              { id: "action", label: "Does", value: ({ ResourceChange: row }) => row.Action, show: ({ ResourceChange: row }) => <ActionWord of={row} /> },
              { id: "id", label: "Logical id", value: ({ ResourceChange: row }) => row.LogicalResourceId },
              { id: "type", label: "Type", value: ({ ResourceChange: row }) => row.ResourceType, show: ({ ResourceChange: row }) => <span title={row.ResourceType}>{typeWords(row.ResourceType)}</span> },
              { id: "what", label: "What changes", value: ({ ResourceChange: row }) => whatOf(row) || null },
            ]}
            empty={<Empty>Nothing would change.</Empty>}
          />
        )}
      </Loaded>
    </Card>
  );
}

function ActionWord({ of }: { of: Change["ResourceChange"] }) {
  const replaced = of.Replacement === "True" || of.Replacement === "Conditional";
  return (
    <span>
      {of.Action}
      {replaced ? <span className="stack-progress__reason"> {of.Replacement === "True" ? "and replaces it" : "and may replace it"}</span> : null}
    </span>
  );
}

function whatOf(change: Change["ResourceChange"]): string {
  const names = (change.Details ?? []).map((detail) => detail.Target?.Name ?? detail.Target?.Attribute ?? "");
  return [...new Set(names.filter(Boolean))].join(", ");
}
