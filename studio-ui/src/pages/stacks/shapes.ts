/** What the stacks pages read. */

export interface StackSummary {
  StackId: string;
  StackName: string;
  StackStatus: string;
  StackStatusReason?: string;
  TemplateDescription?: string;
  CreationTime: string;
  LastUpdatedTime?: string;
  DeletionTime?: string;
  ParentId?: string;
  RootId?: string;
}

export interface Stack {
  StackId: string;
  StackName: string;
  StackStatus: string;
  StackStatusReason?: string;
  Description?: string;
  CreationTime: string;
  LastUpdatedTime?: string;
  DeletionTime?: string;
  RoleARN?: string;
  Parameters?: { ParameterKey: string; ParameterValue?: string; ResolvedValue?: string }[];
  Outputs?: { OutputKey: string; OutputValue: string; Description?: string; ExportName?: string }[];
  Tags?: { Key: string; Value: string }[];
  Capabilities?: string[];
  EnableTerminationProtection?: boolean;
  DisableRollback?: boolean;
  ParentId?: string;
}

export interface StackResource {
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceType: string;
  ResourceStatus: string;
  ResourceStatusReason?: string;
  LastUpdatedTimestamp: string;
}

export interface ChangeSetSummary {
  ChangeSetId: string;
  ChangeSetName: string;
  Status: string;
  StatusReason?: string;
  ExecutionStatus: string;
  Description?: string;
  CreationTime?: string;
}

export interface Change {
  ResourceChange: {
    Action: string;
    LogicalResourceId: string;
    PhysicalResourceId?: string;
    ResourceType: string;
    Replacement?: string;
    Scope?: string[];
    Details?: { Target?: { Attribute?: string; Name?: string; RequiresRecreation?: string } }[];
  };
}

export function stackPage(id: string): string {
  const [, name = "", uuid = ""] = /stack\/([^/]+)\/(.+)$/.exec(id) ?? [];
  return `/stacks/${name}/${uuid}`;
}

/** Whether something is being done with the stack now. */
export function isUnderWay(status: string): boolean {
  return status.endsWith("_IN_PROGRESS") && status !== "REVIEW_IN_PROGRESS";
}
