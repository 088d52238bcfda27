/** What projects can be made of: the built-in templates, and the team's own in S3. */

import { type ApiError, call, listed } from "../../wire/call";
import { useReading } from "../../wire/query";
import type { FormParameter, Values } from "../../parts/ParameterFields";
import type { Pair } from "./shapes";

export interface Template {
  /** What stands in addresses. */
  id: string;
  title: string;
  description: string;
  /** Why it cannot be used, "" when it can. */
  fault: string;
  product?: { ProductId: string; ProvisioningArtifactId: string; PathId: string };
  url?: string;
}

interface Product {
  ProductId: string;
  Name: string;
  ShortDescription?: string;
}

/** SageMaker itself fills these in. */
const OWN = ["SageMakerProjectName", "SageMakerProjectId"];
const LOCATION_TAG = "sagemaker:projectS3TemplatesLocation";
const VISIBLE_TAG = "sagemaker:studio-visibility";
const ENDINGS = /\.(ya?ml|json|template)$/;
const NAME_CHARACTERS_MAX = 32;

export function useBuiltIn(enabled: boolean) {
  return useReading<Template[]>(["servicecatalog", "SearchProducts", "templates"], builtIn, { enabled, about: [] });
}

async function builtIn(signal: AbortSignal): Promise<Template[]> {
  const { ProductViewSummaries: products } = await call<{ ProductViewSummaries: Product[] }>("servicecatalog", "SearchProducts", {}, signal);
  return Promise.all(
    products.map(async (product) => {
      const asked = { Id: product.ProductId };
      const described = await call<{ ProvisioningArtifacts: { Id: string }[]; LaunchPaths?: { Id: string }[] }>("servicecatalog", "DescribeProduct", asked, signal);
      const product_ = { ProductId: product.ProductId, ProvisioningArtifactId: described.ProvisioningArtifacts.at(-1)?.Id ?? "", PathId: described.LaunchPaths?.[0]?.Id ?? "" };
      return { id: product.ProductId, title: product.Name, description: product.ShortDescription ?? "", fault: "", product: product_ };
    }),
  );
}

/** Visible templates in the places that domains' tags name. */
export function useTeamTemplates(region: string) {
  return useReading<Template[]>(["s3", "TeamTemplates", region], (signal) => teams(region, signal));
}

async function teams(region: string, signal: AbortSignal): Promise<Template[]> {
  const domains = await listed<{ DomainArn: string }>("sagemaker", "ListDomains", {}, "Domains", signal);
  const tags = await Promise.all(domains.map(({ DomainArn }) => listed<Pair>("sagemaker", "ListTags", { ResourceArn: DomainArn }, "Tags", signal)));
  const places = new Set(tags.flat().filter((tag) => tag.Key === LOCATION_TAG && tag.Value.startsWith("s3://")).map((tag) => tag.Value));
  const found = await Promise.all([...places].map((place) => inPlace(place, region, signal)));
  return found.flat();
}

async function inPlace(place: string, region: string, signal: AbortSignal): Promise<Template[]> {
  const [bucket = "", ...rest] = place.slice("s3://".length).split("/");
  const entries = await listed<{ Key: string }>("s3", "ListObjectsV2", { Bucket: bucket, Prefix: rest.join("/") }, "Contents", signal, 200);
  const templates = await Promise.all(
    entries
      .filter(({ Key }) => ENDINGS.test(Key))
      .map(async ({ Key }): Promise<Template | null> => {
        const { TagSet } = await call<{ TagSet: Pair[] }>("s3", "GetObjectTagging", { Bucket: bucket, Key }, signal);
        if (!TagSet.some((tag) => tag.Key === VISIBLE_TAG && tag.Value.toLowerCase() === "true")) return null;
        const url = addressOf(region, bucket, Key);
        try {
          const { Description } = await call<{ Description?: string }>("cloudformation", "GetTemplateSummary", { TemplateURL: url }, signal);
          return { id: url, title: titleOf(Key), description: Description ?? "", fault: "", url };
        } catch (error) {
          return { id: url, title: titleOf(Key), description: "", fault: (error as ApiError).message, url };
        }
      }),
  );
  return templates.filter((template) => template !== null);
}

export function addressOf(region: string, bucket: string, key: string): string {
  return `https://s3.${region}.amazonaws.com/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/** `templates/churn/template.yaml` and `templates/churn.yaml` are both called churn. */
export function titleOf(key: string): string {
  const parts = key.split("/");
  const stem = (parts.at(-1) ?? key).replace(ENDINGS, "");
  return stem === "template" ? (parts.at(-2) ?? stem) : stem;
}

/** A name that CreateProject takes for a template of one's own. */
export function templateName(text: string): string {
  return text.replace(/[^a-zA-Z0-9]+/g, "-").slice(0, NAME_CHARACTERS_MAX).replace(/^-|-$/g, "") || "template";
}

/** What a template asks for beside what SageMaker fills in. */
export function useTemplateParameters(template: Template) {
  const { product, url } = template;
  return useReading<FormParameter[]>(
    ["cloudformation", "TemplateParameters", template.id],
    async (signal) => {
      if (product) {
        const answer = await call<{ ProvisioningArtifactParameters: ProductParameter[] }>("servicecatalog", "DescribeProvisioningParameters", { ...product }, signal);
        return answer.ProvisioningArtifactParameters.map(ofProduct).filter(isAsked);
      }
      const answer = await call<{ Parameters: SummaryParameter[] }>("cloudformation", "GetTemplateSummary", { TemplateURL: url }, signal);
      return answer.Parameters.map(ofSummary).filter(isAsked);
    },
    { fixed: true },
  );
}

interface ProductParameter {
  ParameterKey: string;
  ParameterType?: string;
  DefaultValue?: string;
  Description?: string;
  ParameterConstraints?: { AllowedValues?: string[]; AllowedPattern?: string };
}

interface SummaryParameter {
  ParameterKey: string;
  ParameterType?: string;
  DefaultValue?: string;
  Description?: string;
  ParameterConstraints?: { AllowedValues?: string[] };
}

function isAsked(parameter: FormParameter): boolean {
  return !OWN.includes(parameter.Name);
}

export function ofProduct(parameter: ProductParameter): FormParameter {
  const { AllowedPattern: pattern } = parameter.ParameterConstraints ?? {};
  return { ...ofSummary(parameter), ...(pattern ? { Pattern: pattern } : {}) };
}

/** CloudFormation's parameter as forms know them: its Number is a Float, all else is text. */
export function ofSummary(parameter: SummaryParameter): FormParameter {
  const { AllowedValues: values } = parameter.ParameterConstraints ?? {};
  return {
    Name: parameter.ParameterKey,
    Type: parameter.ParameterType === "Number" ? "Float" : "String",
    ...(parameter.DefaultValue === undefined ? {} : { DefaultValue: parameter.DefaultValue }),
    ...(values?.length ? { EnumValues: values } : {}),
    ...(parameter.Description ? { Description: parameter.Description } : {}),
  };
}

export interface Details {
  name: string;
  description: string;
  tags: Pair[];
}

/** The CreateProject request of a form. */
export function requestOf(template: Template, details: Details, parameters: FormParameter[], values: Values): Record<string, unknown> {
  const pairs = parameters.filter((each) => values[each.Name] !== "" && values[each.Name] !== String(each.DefaultValue ?? "")).map((each) => ({ Key: each.Name, Value: values[each.Name] ?? "" }));
  const tags = details.tags.filter((tag) => tag.Key);
  const made = template.product
    ? { ServiceCatalogProvisioningDetails: { ...template.product, ...(pairs.length ? { ProvisioningParameters: pairs } : {}) } }
    : { TemplateProviders: [{ CfnTemplateProvider: { TemplateName: templateName(template.title), TemplateURL: template.url, ...(pairs.length ? { Parameters: pairs } : {}) } }] };
  return { ProjectName: details.name, ...(details.description ? { ProjectDescription: details.description } : {}), ...made, ...(tags.length ? { Tags: tags } : {}) };
}

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProject.html
const NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$/;

/** What is wrong with a project's name, "" when nothing is. */
export function nameFault(name: string, taken: string[]): string {
  if (name === "") return "";
  if (name.length > 32) return "At most 32 characters.";
  if (!NAME.test(name)) return "Letters, digits and dashes, beginning and ending with a letter or digit.";
  return taken.includes(name) ? "There is a project of this name." : "";
}
