/** Home: where the change of every project is, those that wait for a person first. */

import { Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { ButtonLink, Card, Loaded, Skeleton } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { Decision } from "../decisions/Decision";
import { NoProject } from "../projects/Projects";
import { useProjects } from "../projects/projectQueries";
import { ProjectRail } from "../projects/ProjectRail";
import { isUnderWay, type ProjectSummary } from "../projects/shapes";
import { type Ask, useStory } from "../projects/story";
import "../projects/projects.css";

// Rails are read one by one: the rest is on the projects' page.
const SHOWN_MAX = 25;

export default function Home() {
  usePlace(["Home"]);
  const projects = useProjects();
  const [ask, setAsk] = useState<Ask | null>(null);
  return (
    <Page
      title="Home"
      about="Where each project's newest change is."
      actions={
        <ButtonLink href="/new-project">
          <Plus /> New project
        </ButtonLink>
      }
    >
      <Loaded query={projects}>
        {(found) => {
          const standing = found.filter((project) => project.ProjectStatus !== "DeleteCompleted");
          if (!standing.length) {
            return (
              <Card>
                <NoProject />
              </Card>
            );
          }
          return (
            <>
              {standing.slice(0, SHOWN_MAX).map((project) => (
                <Story key={project.ProjectArn} project={project} decide={setAsk} />
              ))}
              {standing.length > SHOWN_MAX ? (
                <p className="soft">
                  The {SHOWN_MAX} newest of {standing.length} projects are shown. <Link href="/projects">All projects</Link>
                </p>
              ) : null}
            </>
          );
        }}
      </Loaded>
      {ask ? <Decision ask={ask} close={() => setAsk(null)} /> : null}
    </Page>
  );
}

function Story({ project, decide }: { project: ProjectSummary; decide: (ask: Ask) => void }) {
  const name = project.ProjectName;
  const story = useStory(name);
  const settled = !isUnderWay(project.ProjectStatus) && !project.ProjectStatus.endsWith("Failed");
  return (
    <section className="card story" aria-label={name}>
      <div className="story__head">
        <h2>
          <Link href={`/projects/${name}`}>{name}</Link>
        </h2>
        {settled ? null : <Status value={project.ProjectStatus} />}
        <span className="story__title">{story.data?.title}</span>
        {story.data?.version ? <span className="chip number">version {story.data.version}</span> : null}
      </div>
      <Loaded query={story} waiting={<Skeleton height={58} />}>
        {(found) => (found.stops.length ? <ProjectRail project={name} stops={found.stops} decide={decide} /> : <p className="soft small">Nothing that builds or deploys belongs to this project.</p>)}
      </Loaded>
    </section>
  );
}
