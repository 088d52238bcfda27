/** A project's settings: what it is made of, its tags, and its end. */

import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Card, ErrorBox, Facts, Loaded } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Removal } from "../../parts/Removal";
import { Json } from "../../parts/Json";
import { Time } from "../../parts/Time";
import { call } from "../../wire/call";
import { useList, useWrite } from "../../wire/query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { actorName } from "../pipelines/shapes";
import { TagFields } from "./DetailsForm";
import type { Belongings, Pair, ProjectDescription } from "./shapes";

export function ProjectSettings({ project, own }: { project: ProjectDescription; own: Belongings | undefined }) {
  const [deleting, setDeleting] = useState(false);
  const provider = project.TemplateProviderDetails?.[0]?.CfnTemplateProviderDetail;
  return (
    <>
      <Card title="Project">
        <Facts
          of={[
            ["ARN", <ArnLink key="a" arn={project.ProjectArn}>{project.ProjectArn}</ArnLink>],
            ["Id", <Copyable key="i" text={project.ProjectId} mono />],
            ["Created", <Time key="c" at={project.CreationTime} both />],
            ["Created by", actorName(project.CreatedBy)],
            ["Template", provider ? <Copyable key="t" text={provider.TemplateURL}>{provider.TemplateName}</Copyable> : <Copyable key="p" text={project.ServiceCatalogProvisioningDetails?.ProductId ?? ""} mono />],
            ["Stack", own?.stack ? <ArnLink key="s" arn={own.stack} /> : null],
          ]}
        />
      </Card>
      <Tags arn={project.ProjectArn} />
      <details>
        <summary>As DescribeProject answers</summary>
        <div style={{ marginTop: 8 }}>
          <Json value={project} />
        </div>
      </details>
      <Card title="Delete the project">
        <div className="form">
          <p className="soft">What its template made goes with it. Buckets that the template keeps stay, and so does what pipelines made: models, endpoints and their stacks.</p>
          <button type="button" className="button button--danger" style={{ justifySelf: "start" }} onClick={() => setDeleting(true)}>
            <Trash2 /> Delete project
          </button>
        </div>
      </Card>
      {deleting ? <DeleteDialog name={project.ProjectName} endpoints={(own?.endpoints ?? []).map((each) => each.name)} close={() => setDeleting(false)} /> : null}
    </>
  );
}

function Tags({ arn }: { arn: string }) {
  const tags = useList<Pair>("sagemaker", "ListTags", { ResourceArn: arn }, "Tags");
  return <Card title="Tags">{<Loaded query={tags}>{(found) => <TagsForm key={JSON.stringify(found)} arn={arn} before={found} />}</Loaded>}</Card>;
}

function TagsForm({ arn, before }: { arn: string; before: Pair[] }) {
  const [tags, setTags] = useState(before);
  const queries = useQueryClient();
  const wanted = tags.filter((tag) => tag.Key);
  const gone = before.filter((tag) => !wanted.some((each) => each.Key === tag.Key)).map((tag) => tag.Key);
  const changed = wanted.filter((tag) => before.find((each) => each.Key === tag.Key)?.Value !== tag.Value);
  const save = useMutation({
    mutationFn: async () => {
      if (gone.length) await call("sagemaker", "DeleteTags", { ResourceArn: arn, TagKeys: gone });
      if (changed.length) await call("sagemaker", "AddTags", { ResourceArn: arn, Tags: changed });
    },
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "ListTags" }),
  });
  return (
    <div className="form">
      <TagFields tags={tags} setTags={setTags} />
      {save.error ? <ErrorBox error={save.error} /> : null}
      {gone.length + changed.length ? (
        <div className="form__foot">
          <button type="button" className="button" onClick={() => setTags(before)}>
            Undo
          </button>
          <button type="button" className="button button--primary" disabled={save.isPending} onClick={() => save.mutate()}>
            Save tags
          </button>
        </div>
      ) : null}
    </div>
  );
}

function DeleteDialog({ name, endpoints, close }: { name: string; endpoints: string[]; close: () => void }) {
  const remove = useWrite("sagemaker", "DeleteProject", ["DescribeProject", "ListProjects"]);
  return (
    <Removal
      title={`Delete project ${name}?`}
      does={`Delete project ${name}`}
      go={() => remove.mutate({ ProjectName: name }, { onSuccess: close })}
      close={close}
      pending={remove.isPending}
      error={remove.error}
      typed={{ name, label: "Type the name of the project" }}
    >
      <p>Its repositories, delivery pipelines and event rules are deleted, with every commit that nobody has cloned.</p>
      {endpoints.length ? <p>These endpoints stay and go on answering: {endpoints.join(", ")}. Delete their stacks to end them.</p> : null}
    </Removal>
  );
}
