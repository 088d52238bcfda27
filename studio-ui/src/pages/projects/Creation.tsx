/** A project's stack while it is made, changed or deleted: resource by resource, with the reason where one failed. */

import { Card, Loaded } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { Duration } from "../../parts/Time";
import { useList, useOperation } from "../../wire/query";
import type { ProjectDescription } from "./shapes";
import { isUnderWay } from "./shapes";
import { type Made, madeOf, type StackEvent, typeWords } from "./stackProgress";
import "./projects.css";

const TITLES: Record<string, string> = { Create: "Making the project", Update: "Changing the project", Delete: "Deleting the project" };
const ENDED: Record<string, string> = { Create: "What was made", Update: "What was changed", Delete: "What was deleted" };

export function Creation({ project, stack }: { project: ProjectDescription; stack: string }) {
  const events = useList<StackEvent>("cloudformation", "DescribeStackEvents", { StackName: stack }, "StackEvents", { about: ["cloudformation"], limit: 1000 });
  const summary = useOperation<{ ResourceTypes?: string[] }>("cloudformation", "GetTemplateSummary", { StackName: stack }, { fixed: true });
  const verb = project.ProjectStatus.replace(/(InProgress|Completed|Failed)$/, "");
  const moving = isUnderWay(project.ProjectStatus);
  return (
    <Loaded query={events}>
      {(found) => {
        const rows = madeOf(found);
        const total = Math.max(rows.length, verb === "Update" ? 0 : (summary.data?.ResourceTypes?.length ?? 0));
        const done = rows.filter((row) => row.ended).length;
        return (
          <Card
            flush
            title={(moving ? TITLES : ENDED)[verb] ?? "The project's stack"}
            actions={
              <span className="soft number small" role="status">
                {done} of {total} resources
              </span>
            }
          >
            <div className="made__line" role="progressbar" aria-label="Resources" aria-valuemin={0} aria-valuemax={total} aria-valuenow={done}>
              <span style={{ width: `${total ? (100 * done) / total : 0}%` }} />
            </div>
            <div className="made">
              {rows.map((row) => (
                <Row key={row.id} row={row} />
              ))}
            </div>
          </Card>
        );
      }}
    </Loaded>
  );
}

function Row({ row }: { row: Made }) {
  return (
    <div className="made__row">
      <Status value={row.status} />
      <span title={row.id}>{row.id}</span>
      <span className="soft made__type" title={row.type}>
        {typeWords(row.type)}
      </span>
      <span className="soft number" style={{ textAlign: "right" }}>
        <Duration from={row.began} to={row.ended} />
      </span>
      {row.reason ? <span className="made__reason">{row.reason}</span> : null}
    </div>
  );
}
