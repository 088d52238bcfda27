/** What CodePipeline answers, as far as pages use it. */

export interface ActionType {
  category: string;
  owner: string;
  provider: string;
  version: string;
}

export interface ActionDeclaration {
  name: string;
  actionTypeId: ActionType;
  runOrder?: number;
  configuration?: Record<string, string>;
  inputArtifacts?: { name: string }[];
  outputArtifacts?: { name: string }[];
  roleArn?: string;
}

export interface StageDeclaration {
  name: string;
  actions: ActionDeclaration[];
}

export interface PipelineDeclaration {
  name: string;
  roleArn: string;
  stages: StageDeclaration[];
  version: number;
  executionMode?: string;
  pipelineType?: string;
}

export interface PipelineAnswer {
  pipeline: PipelineDeclaration;
  metadata: { pipelineArn: string; created: string; updated: string };
}

export interface ActionExecutionState {
  actionExecutionId?: string;
  status: string;
  summary?: string;
  lastStatusChange?: string;
  token?: string;
  lastUpdatedBy?: string;
  externalExecutionId?: string;
  externalExecutionUrl?: string;
  errorDetails?: { code?: string; message?: string };
}

export interface ActionState {
  actionName: string;
  currentRevision?: { revisionId: string };
  latestExecution?: ActionExecutionState;
  entityUrl?: string;
}

export interface Transition {
  enabled: boolean;
  disabledReason?: string;
  lastChangedBy?: string;
  lastChangedAt?: string;
}

export interface StageState {
  stageName: string;
  actionStates: ActionState[];
  inboundTransitionState?: Transition;
  inboundExecutions?: { pipelineExecutionId: string; status: string }[];
  latestExecution?: { pipelineExecutionId: string; status: string };
}

export interface PipelineState {
  pipelineName: string;
  pipelineVersion: number;
  stageStates: StageState[];
}

export interface ExecutionSummary {
  pipelineExecutionId: string;
  status: string;
  statusSummary?: string;
  startTime: string;
  lastUpdateTime: string;
  sourceRevisions?: { actionName: string; revisionId?: string; revisionSummary?: string }[];
  trigger?: { triggerType: string; triggerDetail?: string };
  stopTrigger?: { reason?: string };
}

export interface ExecutionDetail {
  pipelineName: string;
  pipelineVersion: number;
  pipelineExecutionId: string;
  status: string;
  statusSummary?: string;
  artifactRevisions?: { name: string; revisionId: string; revisionSummary?: string; created?: string; revisionUrl?: string }[];
  trigger?: { triggerType: string; triggerDetail?: string };
}

export interface ActionExecution {
  pipelineExecutionId: string;
  actionExecutionId: string;
  pipelineVersion: number;
  stageName: string;
  actionName: string;
  startTime: string;
  lastUpdateTime: string;
  updatedBy?: string;
  status: string;
  input?: {
    configuration?: Record<string, string>;
    resolvedConfiguration?: Record<string, string>;
    inputArtifacts?: Artifact[];
  };
  output?: {
    outputArtifacts?: Artifact[];
    outputVariables?: Record<string, string>;
    executionResult?: {
      externalExecutionId?: string;
      externalExecutionSummary?: string;
      externalExecutionUrl?: string;
      errorDetails?: { code?: string; message?: string };
    };
  };
}

export interface Artifact {
  name: string;
  s3location?: { bucket: string; key: string };
}
