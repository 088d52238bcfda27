/** A project's portal: where its change is, and all that belongs to it. */

import { FolderGit2 } from "lucide-react";
import { useState } from "react";
import { useParams, useSearchParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, ErrorBox, Loaded, SkeletonLines, Tabs } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Time } from "../../parts/Time";
import { Decision } from "../decisions/Decision";
import { actorName } from "../pipelines/shapes";
import { Activity } from "./Activity";
import { Creation } from "./Creation";
import { DeliveryTab, EndpointsTab, ExperimentsTab, ModelsTab, PipelinesTab, ResourcesTab, RulesTab } from "./lists";
import { useBelongings, useProject } from "./projectQueries";
import { ProjectRail } from "./ProjectRail";
import { CloneDialog, Repositories } from "./Repositories";
import { ProjectSettings } from "./ProjectSettings";
import { type Belongings, isUnderWay, messageOf, type ProjectDescription } from "./shapes";
import { type Ask, useStory } from "./story";
import "./projects.css";

export default function Project() {
  const { name = "" } = useParams();
  usePlace(["Projects", "/projects"], [name]);
  const project = useProject(name);
  const belongings = useBelongings(name);
  const [cloning, setCloning] = useState(false);
  const data = project.data;
  const own = belongings.data;
  const gone = data?.ProjectStatus === "DeleteCompleted";
  return (
    <Page
      title={name}
      beside={data ? <Status value={data.ProjectStatus} /> : null}
      about={data ? <About project={data} /> : null}
      actions={
        own?.repositories.length && !gone ? (
          <button type="button" className="button" onClick={() => setCloning(true)}>
            <FolderGit2 /> Clone
          </button>
        ) : null
      }
    >
      {project.error && !data ? <ErrorBox error={project.error} again={() => void project.refetch()} /> : null}
      {data ? <Body project={data} own={own} error={belongings.error} /> : project.error ? null : <SkeletonLines lines={8} />}
      {cloning && own ? <CloneDialog project={name} repositories={own.repositories.map((each) => each.name)} close={() => setCloning(false)} /> : null}
    </Page>
  );
}

function About({ project }: { project: ProjectDescription }) {
  return (
    <>
      <span>{project.ProjectDescription}</span>
      <span>
        <Copyable text={project.ProjectId} mono />
      </span>
      <span>
        created <Time at={project.CreationTime} />
        {actorName(project.CreatedBy) ? ` by ${actorName(project.CreatedBy)}` : ""}
      </span>
    </>
  );
}

function Body({ project, own, error }: { project: ProjectDescription; own: Belongings | undefined; error: Error | null }) {
  const status = project.ProjectStatus;
  const message = messageOf(project);
  const stack = own?.stack;
  if (isUnderWay(status)) return stack ? <Creation project={project} stack={stack} /> : <SkeletonLines lines={6} />;
  if (status === "DeleteCompleted") {
    return (
      <>
        <Card>
          <p>This project is deleted. {message}</p>
        </Card>
        {stack ? <Creation project={project} stack={stack} /> : null}
      </>
    );
  }
  const failed = status.endsWith("Failed");
  return (
    <>
      {failed ? <ErrorBox error={Object.assign(new Error(message || "Its stack did not come up."), { code: status })} /> : null}
      {failed && stack ? <Creation project={project} stack={stack} /> : null}
      {status === "CreateFailed" ? <ProjectSettings project={project} own={own} /> : own ? <Portal project={project} own={own} /> : error ? <ErrorBox error={error} /> : <SkeletonLines lines={8} />}
    </>
  );
}

function Portal({ project, own }: { project: ProjectDescription; own: Belongings }) {
  const [search] = useSearchParams();
  const story = useStory(project.ProjectName);
  const [ask, setAsk] = useState<Ask | null>(null);
  const tabs = [
    { id: "repositories", label: "Repositories", count: own.repositories.length, body: () => <Repositories key={search.get("repository") ?? ""} project={project.ProjectName} own={own} /> },
    { id: "pipelines", label: "Pipelines", count: own.pipelines.length, body: () => <PipelinesTab own={own} /> },
    { id: "experiments", label: "Experiments", count: own.experiments.length, body: () => <ExperimentsTab own={own} /> },
    { id: "models", label: "Model groups", count: own.modelGroups.length, body: () => <ModelsTab own={own} /> },
    { id: "endpoints", label: "Endpoints", count: own.endpoints.length, body: () => <EndpointsTab own={own} /> },
    { id: "delivery", label: "Delivery", count: own.deliveries.length, body: () => <DeliveryTab own={own} /> },
    { id: "rules", label: "Event rules", count: own.rules.length, body: () => <RulesTab own={own} /> },
    { id: "resources", label: "Resources", count: own.resources.length, body: () => <Made project={project} own={own} /> },
    { id: "activity", label: "Activity", body: () => <Activity own={own} /> },
    { id: "settings", label: "Settings", body: () => <ProjectSettings project={project} own={own} /> },
  ];
  return (
    <>
      <Loaded query={story} waiting={<div className="card" style={{ height: 132 }} />}>
        {(found) =>
          found.stops.length ? (
            <Card title={found.title || "The newest change"}>
              <ProjectRail project={project.ProjectName} stops={found.stops} decide={setAsk} />
            </Card>
          ) : null
        }
      </Loaded>
      <Tabs tabs={tabs} />
      {ask ? <Decision ask={ask} close={() => setAsk(null)} /> : null}
    </>
  );
}

/** What the template made, and how that went. */
function Made({ project, own }: { project: ProjectDescription; own: Belongings }) {
  return (
    <>
      <ResourcesTab own={own} />
      {own.stack ? <Creation project={project} stack={own.stack} /> : null}
    </>
  );
}
