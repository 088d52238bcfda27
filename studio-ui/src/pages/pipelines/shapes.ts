/** What SageMaker answers of pipelines, as far as pages use it. */

export interface PipelineSummary {
  PipelineArn: string;
  PipelineName: string;
  PipelineDisplayName?: string;
  PipelineDescription?: string;
  RoleArn?: string;
  CreationTime: string;
  LastModifiedTime: string;
  LastExecutionTime?: string;
}

export interface PipelineDescription extends PipelineSummary {
  PipelineDefinition: string;
  PipelineStatus: string;
  LastRunTime?: string;
  CreatedBy?: Actor;
  ParallelismConfiguration?: { MaxParallelExecutionSteps: number };
}

export interface Actor {
  UserProfileName?: string;
  IamIdentity?: { Arn?: string };
}

export interface ExecutionSummary {
  PipelineExecutionArn: string;
  StartTime: string;
  PipelineExecutionStatus: string;
  PipelineExecutionDescription?: string;
  PipelineExecutionDisplayName?: string;
  PipelineExecutionFailureReason?: string;
}

export interface ExecutionDescription {
  PipelineArn: string;
  PipelineExecutionArn: string;
  PipelineExecutionDisplayName?: string;
  PipelineExecutionStatus: string;
  PipelineExecutionDescription?: string;
  PipelineExperimentConfig?: { ExperimentName?: string; TrialName?: string };
  FailureReason?: string;
  CreationTime: string;
  LastModifiedTime: string;
  CreatedBy?: Actor;
  LastModifiedBy?: Actor;
  ParallelismConfiguration?: { MaxParallelExecutionSteps: number };
  PipelineVersionId?: number;
}

export interface Step {
  StepName: string;
  StepDisplayName?: string;
  StepDescription?: string;
  StartTime?: string;
  EndTime?: string;
  StepStatus: string;
  FailureReason?: string;
  AttemptCount?: number;
  CacheHitResult?: { SourcePipelineExecutionArn: string };
  SelectiveExecutionResult?: { SourcePipelineExecutionArn: string };
  Metadata?: Record<string, Record<string, unknown>>;
}

export interface NamedValue {
  Name: string;
  Value: string;
}

/** The name behind an actor: the user's, or the last part of the ARN. */
export function actorName(actor: Actor | undefined): string {
  const arn = actor?.IamIdentity?.Arn ?? "";
  return actor?.UserProfileName ?? arn.split(/[/:]/).pop() ?? "";
}
