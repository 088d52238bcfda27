/** All projects, and where each one's change is. */

import { Plus } from "lucide-react";
import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { ButtonLink, Card, Empty, Loaded } from "../../parts/Box";
import { Copyable, Snippet } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useProjects } from "./projectQueries";
import { present, stopLook, useStory, whereabouts } from "./story";
import { Mark } from "../../parts/Status";

export default function Projects() {
  usePlace(["Projects"]);
  const projects = useProjects();
  return (
    <Page
      title="Projects"
      about="Repositories, delivery pipelines, models and endpoints that belong together, made of one template."
      actions={
        <ButtonLink href="/new-project" primary>
          <Plus /> New project
        </ButtonLink>
      }
    >
      <Card flush>
        <Loaded query={projects} waiting={<div style={{ height: 240 }} />}>
          {(rows) => (
            <Table
              name="projects"
              rows={rows}
              rowKey={(row) => row.ProjectArn}
              leads={(row) => `/projects/${row.ProjectName}`}
              order="-created"
              columns={[
                { id: "name", label: "Name", value: (row) => row.ProjectName, show: (row) => <Link href={`/projects/${row.ProjectName}`}>{row.ProjectName}</Link> },
                { id: "status", label: "Status", value: (row) => row.ProjectStatus, show: (row) => <Status value={row.ProjectStatus} />, filter: true },
                { id: "change", label: "Newest change", show: (row) => <Where project={row.ProjectName} gone={row.ProjectStatus.startsWith("Delete")} /> },
                { id: "about", label: "Description", value: (row) => row.ProjectDescription ?? null },
                { id: "created", label: "Created", value: (row) => row.CreationTime, show: (row) => <Time at={row.CreationTime} /> },
                { id: "id", label: "Id", value: (row) => row.ProjectId, show: (row) => <Copyable text={row.ProjectId} mono />, extra: true },
              ]}
              empty={<NoProject />}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

/** What fills the page when there is no project. */
export function NoProject() {
  return (
    <Empty
      action={
        <div style={{ display: "grid", gap: 12, justifyItems: "center" }}>
          <ButtonLink href="/new-project" primary>
            <Plus /> New project
          </ButtonLink>
          <Snippet text="ormer project create abalone" />
        </div>
      }
    >
      There is no project yet. A template makes one with everything that carries a commit to a monitored endpoint.
    </Empty>
  );
}

function Where({ project, gone }: { project: string; gone: boolean }) {
  const story = useStory(project, !gone);
  if (!story.data) return <span className="faint">–</span>;
  const stop = present(story.data.stops);
  if (!stop) return <span className="faint">–</span>;
  return (
    <span className="status" data-look={stopLook(stop)} title={stop.text}>
      <Mark look={stopLook(stop)} />
      <span>{whereabouts(story.data)}</span>
    </span>
  );
}
