/** What belongs to a project, noun by noun. */

import { Link } from "wouter";
import { Card, Empty } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { pageOf } from "../../wire/arns";
import type { Belonging, Belongings, ExecutionBelonging } from "./shapes";
import { typeWords } from "./stackProgress";

const byArn = (row: { arn: string }) => row.arn;
const name = { id: "name", label: "Name", value: (row: Belonging) => row.name, show: (row: Belonging) => <ArnLink arn={row.arn}>{row.name}</ArnLink> };
const status = { id: "status", label: "Status", value: (row: Belonging) => row.status, show: (row: Belonging) => (row.status ? <Status value={row.status} /> : <span className="faint">–</span>) };
const created = { id: "created", label: "Created", value: (row: Belonging) => row.created, show: (row: Belonging) => <Time at={row.created} /> };
const modified = { id: "modified", label: "Changed", value: (row: Belonging) => row.modified, show: (row: Belonging) => <Time at={row.modified} /> };

export function PipelinesTab({ own }: { own: Belongings }) {
  return (
    <>
      <Card flush>
        <Table plain name="project-pipelines" rows={own.pipelines} rowKey={byArn} leads={(row) => pageOf(row.arn)} columns={[name, status, modified, created]} empty={<Empty>The first build of the repository makes the pipeline.</Empty>} />
      </Card>
      {own.executions.length ? (
        <Card flush title="Executions">
          <Table
            plain
            name="project-executions"
            rows={own.executions}
            rowKey={byArn}
            leads={(row) => pageOf(row.arn)}
            columns={[
              { id: "name", label: "Execution", value: titleOf, show: (row) => <Link href={pageOf(row.arn) ?? ""}>{titleOf(row)}</Link> },
              { id: "status", label: "Status", value: (row) => row.status, show: (row) => <Status value={row.status} title={row.FailureReason} /> },
              { id: "pipeline", label: "Pipeline", value: (row) => row.PipelineName ?? null },
              created,
              { id: "reason", label: "Reason", value: (row) => row.FailureReason ?? null },
            ]}
          />
        </Card>
      ) : null}
    </>
  );
}

function titleOf(row: ExecutionBelonging): string {
  return row.PipelineExecutionDisplayName ?? row.name;
}

export function ExperimentsTab({ own }: { own: Belongings }) {
  return (
    <Card flush>
      <Table plain name="project-experiments" rows={own.experiments} rowKey={byArn} leads={(row) => pageOf(row.arn)} columns={[name, created]} empty={<Empty>Each execution of a pipeline is a trial of the experiment that bears its name. None has run yet.</Empty>} />
    </Card>
  );
}

export function ModelsTab({ own }: { own: Belongings }) {
  return (
    <Card flush>
      <Table
        plain
        name="project-models"
        rows={own.modelGroups}
        rowKey={byArn}
        leads={(row) => pageOf(row.arn)}
        columns={[name, { id: "versions", label: "Versions", value: (row) => row.versions, numeric: true }, created]}
        empty={<Empty>A pipeline whose evaluation is good enough registers the first version, and the group with it.</Empty>}
      />
    </Card>
  );
}

export function EndpointsTab({ own }: { own: Belongings }) {
  return (
    <Card flush>
      <Table
        plain
        name="project-endpoints"
        rows={own.endpoints}
        rowKey={byArn}
        leads={(row) => pageOf(row.arn)}
        columns={[
          name,
          status,
          {
            id: "monitors",
            label: "Monitors",
            value: (row) =>
              own.schedules
                .filter((schedule) => schedule.EndpointName === row.name)
                .map((schedule) => schedule.MonitoringType ?? schedule.name)
                .join(", ") || null,
          },
          modified,
          created,
        ]}
        empty={<Empty>Approving a version deploys it to the staging endpoint; approving that brings it to production.</Empty>}
      />
    </Card>
  );
}

export function DeliveryTab({ own }: { own: Belongings }) {
  return (
    <Card flush>
      <Table
        plain
        name="project-delivery"
        rows={own.deliveries}
        rowKey={byArn}
        leads={(row) => pageOf(row.arn)}
        columns={[
          name,
          { id: "status", label: "Newest execution", value: (row) => row.status || "Not run", show: (row) => <Status value={row.status || "Not run"} /> },
          { id: "message", label: "Revision", value: (row) => row.message || null },
          { id: "started", label: "Started", value: (row) => row.started ?? null, show: (row) => <Time at={row.started} /> },
        ]}
        empty={<Empty>This project's template brings no delivery pipeline.</Empty>}
      />
    </Card>
  );
}

export function RulesTab({ own }: { own: Belongings }) {
  if (!own.rules.length) return <Empty>This project's template brings no event rule.</Empty>;
  return (
    <Card flush>
      {own.rules.map((rule) => (
        <details key={rule.arn} className="rule">
          <summary>
            <Status value={rule.State ?? "ENABLED"} />
            <span className="rule__name">{rule.name}</span>
            <span className="faint rule__about">{rule.Description ?? rule.ScheduleExpression}</span>
          </summary>
          <div className="rule__body">
            <Copyable text={rule.arn} mono />
            {rule.EventPattern ? <Json value={parsed(rule.EventPattern)} /> : null}
          </div>
        </details>
      ))}
    </Card>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function ResourcesTab({ own }: { own: Belongings }) {
  return (
    <Card flush>
      <Table
        plain
        name="project-resources"
        rows={own.resources}
        rowKey={(row) => row.logicalId}
        columns={[
          { id: "id", label: "Logical id", value: (row) => row.logicalId },
          { id: "type", label: "Type", value: (row) => row.type, show: (row) => <span title={row.type}>{typeWords(row.type)}</span>, filter: true },
          { id: "physical", label: "Physical id", value: (row) => row.physicalId, show: (row) => (row.arn ? <ArnLink arn={row.arn}>{row.physicalId}</ArnLink> : <Copyable text={row.physicalId} />) },
        ]}
        empty={<Empty>The project's stack is gone.</Empty>}
      />
    </Card>
  );
}
