/** A new project: choose a template, fill in what it asks, create. */

import { ArrowLeft, Boxes, FileCode2 } from "lucide-react";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { useAddress } from "../../parts/address";
import { Card, Empty, ErrorBox, Loaded, SkeletonLines } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { useOperation } from "../../wire/query";
import { useSession } from "../../wire/session";
import { DetailsForm } from "./DetailsForm";
import { TemplatesSwitch } from "./TemplatesSwitch";
import { type Template, useBuiltIn, useTeamTemplates } from "./templates";
import "./projects.css";

export default function NewProject() {
  usePlace(["Projects", "/projects"], ["New project"]);
  const [search, change] = useAddress({ visited: true });
  const { region } = useSession();
  const portfolio = useOperation<{ Status?: string }>("sagemaker", "GetSagemakerServicecatalogPortfolioStatus", {}, { about: ["sagemaker:project"] });
  const enabled = portfolio.data?.Status === "Enabled";
  const builtIn = useBuiltIn(enabled);
  const teams = useTeamTemplates(region);
  const every = [...(builtIn.data ?? []), ...(teams.data ?? [])];
  const chosen = every.find((template) => template.id === search.get("template"));
  const choose = (template: string | null) => change({ template });
  if (chosen) {
    return (
      <Page
        title="New project"
        about={`Made of: ${chosen.title}`}
        actions={
          <button type="button" className="button" onClick={() => choose(null)}>
            <ArrowLeft /> Another template
          </button>
        }
      >
        <DetailsForm key={chosen.id} template={chosen} />
      </Page>
    );
  }
  return (
    <Page title="New project" about="Choose what the project is made of. The template brings repositories with code that runs, and the pipelines that deliver them.">
      <Loaded query={portfolio}>{() => <TemplatesSwitch enabled={enabled} />}</Loaded>
      {enabled ? (
        <section className="template-group" aria-label="Templates of SageMaker">
          <h2>Templates of SageMaker</h2>
          <Loaded query={builtIn} waiting={<SkeletonLines lines={6} />}>
            {(templates) => <Cards of={templates} icon={<Boxes />} choose={choose} />}
          </Loaded>
        </section>
      ) : null}
      <section className="template-group" aria-label="Templates of the organisation">
        <h2>Templates of the organisation</h2>
        {teams.error ? <ErrorBox error={teams.error} again={() => void teams.refetch()} /> : null}
        {teams.data?.length ? <Cards of={teams.data} icon={<FileCode2 />} choose={choose} /> : teams.data ? <NoTeamTemplate /> : null}
      </section>
    </Page>
  );
}

function Cards({ of, icon, choose }: { of: Template[]; icon: React.ReactNode; choose: (id: string) => void }) {
  return (
    <ul className="templates">
      {of.map((template) => (
        <li key={template.id}>
          <button type="button" className="template" disabled={template.fault !== ""} onClick={() => choose(template.id)}>
            <span className="template__icon">{icon}</span>
            <span className="template__title">{template.title}</span>
            <span className="template__about">{template.fault ? `This template cannot be used: ${template.fault}` : template.description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function NoTeamTemplate() {
  return (
    <Card>
      <Empty action={<Snippet text={"ormer template init churn\normer template register churn"} />}>
        Templates of your own are CloudFormation templates in S3 that a domain points to. The starter writes one and puts it there.
      </Empty>
    </Card>
  );
}
