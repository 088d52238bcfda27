/** ARNs, and the page that shows what one names. */

export interface Arn {
  service: string;
  region: string;
  account: string;
  /** `endpoint` of `endpoint/name`; "" where the resource is only a name. */
  type: string;
  /** What stands behind the type. */
  name: string;
}

export function parse(arn: string): Arn | null {
  const parts = arn.split(":");
  if (parts[0] !== "arn" || parts.length < 6) return null;
  const [, , service = "", region = "", account = "", ...rest] = parts;
  const resource = rest.join(":");
  const cut = resource.search(/[/:]/);
  const type = cut < 0 ? "" : resource.slice(0, cut);
  return { service, region, account, type, name: cut < 0 ? resource : resource.slice(cut + 1) };
}

/** The last part of an ARN, which people call the thing by. */
export function shortName(arn: string): string {
  const parts = parse(arn);
  if (!parts) return arn;
  if (parts.type === "pipeline") return parts.name.split("/execution/").pop() ?? parts.name;
  if (parts.type === "stack") return parts.name.split("/")[0] ?? parts.name;
  if (parts.type === "model-package") return parts.name.replace("/", " · version ");
  return parts.name.split("/").pop() ?? parts.name;
}

const PAGES: Record<string, (name: string) => string | null> = {
  "sagemaker:pipeline": (name) => {
    const [pipeline, execution] = name.split("/execution/");
    return execution ? `/pipelines/${pipeline}/executions/${execution}` : `/pipelines/${pipeline}`;
  },
  "sagemaker:model-package": (name) => `/models/${name}`,
  "sagemaker:model-package-group": (name) => `/models/${name}`,
  "sagemaker:endpoint": (name) => `/endpoints/${name}`,
  "sagemaker:project": (name) => `/projects/${name}`,
  "sagemaker:training-job": (name) => `/jobs/training-job/${name}`,
  "sagemaker:processing-job": (name) => `/jobs/processing-job/${name}`,
  "sagemaker:transform-job": (name) => `/jobs/transform-job/${name}`,
  "sagemaker:experiment": (name) => `/experiments/${name}`,
  "events:rule": (name) => {
    const [first, second] = name.split("/");
    return second === undefined ? `/events/rules/default/${first}` : `/events/rules/${first}/${second}`;
  },
  "s3:": (name) => `/data/${name}`,
  "cloudformation:stack": (name) => `/stacks/${name}`,
  "codepipeline:": (name) => `/delivery/${name}`,
};

/** The address of the page that shows what an ARN names; null when there is none. */
export function pageOf(arn: string): string | null {
  const parts = parse(arn);
  return parts ? (PAGES[`${parts.service}:${parts.type}`]?.(parts.name) ?? null) : null;
}
