/** What SageMaker and Studio's own questions answer of projects, as far as pages use it. */

import type { Actor } from "../pipelines/shapes";

export interface ProjectSummary {
  ProjectArn: string;
  ProjectId: string;
  ProjectName: string;
  ProjectDescription?: string;
  ProjectStatus: string;
  CreationTime: string;
}

export interface Pair {
  Key: string;
  Value: string;
}

export interface StackDetail {
  Name?: string;
  Id?: string;
  StatusMessage: string;
}

export interface ProjectDescription extends ProjectSummary {
  CreatedBy?: Actor;
  LastModifiedBy?: Actor;
  LastModifiedTime?: string;
  ServiceCatalogProvisioningDetails?: { ProductId: string; ProvisioningArtifactId?: string; ProvisioningParameters?: Pair[] };
  ServiceCatalogProvisionedProductDetails?: { ProvisionedProductId?: string; ProvisionedProductStatusMessage?: string };
  TemplateProviderDetails?: { CfnTemplateProviderDetail?: { TemplateName: string; TemplateURL: string; Parameters?: Pair[]; StackDetail?: StackDetail } }[];
}

export interface Belonging {
  arn: string;
  name: string;
  status: string;
  created: string;
  modified: string;
}

export interface DeliveryBelonging extends Belonging {
  execution?: string;
  started?: string;
  trigger?: string;
  message?: string;
}

export interface ExecutionBelonging extends Belonging {
  PipelineName?: string;
  PipelineExecutionDisplayName?: string;
  PipelineExecutionDescription?: string;
  FailureReason?: string;
}

export interface ScheduleBelonging extends Belonging {
  EndpointName?: string;
  MonitoringType?: string;
}

export interface RuleBelonging extends Belonging {
  Description?: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  State?: string;
}

export interface StackResource {
  logicalId: string;
  type: string;
  physicalId: string;
  arn: string;
}

export interface Belongings {
  arn: string;
  stack: string;
  repositories: Belonging[];
  deliveries: DeliveryBelonging[];
  pipelines: Belonging[];
  executions: ExecutionBelonging[];
  experiments: Belonging[];
  modelGroups: (Belonging & { versions: number })[];
  endpoints: Belonging[];
  schedules: ScheduleBelonging[];
  rules: RuleBelonging[];
  buildProjects: Belonging[];
  stacks: (Belonging & { StackName?: string })[];
  resources: StackResource[];
}

/** What a project says of its stack: why it failed, or what its deletion left. */
export function messageOf(project: ProjectDescription): string {
  const own = project.TemplateProviderDetails?.[0]?.CfnTemplateProviderDetail?.StackDetail?.StatusMessage;
  return own ?? project.ServiceCatalogProvisionedProductDetails?.ProvisionedProductStatusMessage ?? "";
}

export function isUnderWay(status: string): boolean {
  return status === "Pending" || status.endsWith("InProgress");
}
