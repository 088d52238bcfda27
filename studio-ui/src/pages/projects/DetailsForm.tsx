/** Details of a new project: its name, description, tags, and what its template asks for; with the same as code. */

import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { Card, ErrorBox, Loaded } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { faultsOf, type FormParameter, ParameterFields, startValues } from "../../parts/ParameterFields";
import { awsCli, boto3 } from "../../parts/python";
import { useWrite } from "../../wire/query";
import { useProjects } from "./projectQueries";
import { type Details, nameFault, requestOf, type Template, useTemplateParameters } from "./templates";
import type { Pair } from "./shapes";

const DESCRIPTION_CHARACTERS_MAX = 1024;
const TAGS_MAX = 50;

export function DetailsForm({ template }: { template: Template }) {
  const parameters = useTemplateParameters(template);
  return <Loaded query={parameters}>{(found) => <Form template={template} parameters={found} />}</Loaded>;
}

function kept(name: string): Details {
  const known = sessionStorage.getItem(name);
  return known ? (JSON.parse(known) as Details) : { name: "", description: "", tags: [] };
}

function Form({ template, parameters }: { template: Template; parameters: FormParameter[] }) {
  const [, go] = useLocation();
  const place = `project.${template.id}`;
  const [details, setDetails] = useState(() => kept("project.details"));
  const [values, setValues] = useState(() => startValues(place, parameters));
  const [language, setLanguage] = useState<"boto3" | "cli">("boto3");
  const projects = useProjects();
  const create = useWrite<Record<string, unknown>>("sagemaker", "CreateProject", ["ListProjects"]);
  const taken = (projects.data ?? []).filter((project) => project.ProjectStatus !== "DeleteCompleted").map((project) => project.ProjectName);
  const fault = nameFault(details.name, taken);
  const request = requestOf(template, details, parameters, values);
  const ready = details.name !== "" && fault === "" && Object.keys(faultsOf(parameters, values)).length === 0;
  const change = (some: Partial<Details>) => {
    const next = { ...details, ...some };
    sessionStorage.setItem("project.details", JSON.stringify(next));
    setDetails(next);
  };
  const send = (event: React.FormEvent) => {
    event.preventDefault();
    create.mutate(request, {
      onSuccess: () => {
        sessionStorage.removeItem("project.details");
        sessionStorage.removeItem(place);
        go(`/projects/${details.name}`);
      },
    });
  };
  return (
    <form className="columns" onSubmit={send}>
      <Card title="Project details">
        <div className="form">
          <div className="field">
            <label className="field__label" htmlFor="project-name">
              Name
            </label>
            <input id="project-name" className="input" value={details.name} autoFocus spellCheck={false} aria-invalid={fault ? true : undefined} aria-describedby="name-note" onChange={(event) => change({ name: event.target.value })} />
            <span className={fault ? "field__fault" : "field__note"} id="name-note">
              {fault || "Repositories, pipelines and endpoints bear it. It cannot be changed later."}
            </span>
          </div>
          <label className="field">
            <span className="field__label">
              Description <span className="faint">optional</span>
            </span>
            <textarea className="input" value={details.description} maxLength={DESCRIPTION_CHARACTERS_MAX} onChange={(event) => change({ description: event.target.value })} />
          </label>
          <TagFields tags={details.tags} setTags={(tags) => change({ tags })} />
          {parameters.length ? (
            <section className="form__group">
              <h3>What the template asks for</h3>
              <ParameterFields kept={place} parameters={parameters} values={values} setValues={setValues} />
            </section>
          ) : null}
          {create.error ? <ErrorBox error={create.error} /> : null}
          <div className="form__foot">
            <button type="submit" className="button button--primary" disabled={!ready || create.isPending}>
              {create.isPending ? "Creating…" : "Create project"}
            </button>
          </div>
        </div>
      </Card>
      <Card
        title="The same as code"
        actions={
          <div className="choice-row" role="group" aria-label="Language">
            {(["boto3", "cli"] as const).map((each) => (
              <button key={each} type="button" className="button button--small" aria-pressed={language === each} onClick={() => setLanguage(each)}>
                {each === "boto3" ? "boto3" : "AWS CLI"}
              </button>
            ))}
          </div>
        }
      >
        <Snippet text={(language === "boto3" ? boto3 : awsCli)("sagemaker", "CreateProject", request)} />
      </Card>
    </form>
  );
}

export function TagFields({ tags, setTags }: { tags: Pair[]; setTags: (tags: Pair[]) => void }) {
  const set = (place: number, some: Partial<Pair>) => setTags(tags.map((tag, index) => (index === place ? { ...tag, ...some } : tag)));
  return (
    <fieldset className="tag-fields">
      <legend className="field__label">
        Tags <span className="faint">optional</span>
      </legend>
      {tags.map((tag, place) => (
        <div key={place} className="tag-fields__row">
          <input className="input" aria-label={`Key of tag ${place + 1}`} placeholder="Key" maxLength={128} value={tag.Key} onChange={(event) => set(place, { Key: event.target.value })} />
          <input className="input" aria-label={`Value of tag ${place + 1}`} placeholder="Value" maxLength={256} value={tag.Value} onChange={(event) => set(place, { Value: event.target.value })} />
          <button type="button" className="button button--quiet button--icon" aria-label={`Remove tag ${place + 1}`} onClick={() => setTags(tags.filter((_, index) => index !== place))}>
            <X />
          </button>
        </div>
      ))}
      {tags.length < TAGS_MAX ? (
        <button type="button" className="button button--small" style={{ justifySelf: "start" }} onClick={() => setTags([...tags, { Key: "", Value: "" }])}>
          <Plus /> Add tag
        </button>
      ) : null}
    </fieldset>
  );
}
