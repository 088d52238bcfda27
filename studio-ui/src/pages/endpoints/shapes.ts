/** What SageMaker answers of endpoints, as far as pages use it. */

export interface EndpointSummary {
  EndpointName: string;
  EndpointArn: string;
  EndpointStatus: string;
  CreationTime: string;
  LastModifiedTime: string;
}

export interface VariantState {
  VariantName: string;
  DeployedImages?: { SpecifiedImage?: string; ResolvedImage?: string }[];
  CurrentWeight?: number;
  DesiredWeight?: number;
  CurrentInstanceCount?: number;
  DesiredInstanceCount?: number;
  VariantStatus?: { Status: string; StatusMessage?: string }[];
}

export interface EndpointDescription extends EndpointSummary {
  EndpointConfigName?: string;
  ProductionVariants?: VariantState[];
  DataCaptureConfig?: { EnableCapture: boolean; CaptureStatus: string; CurrentSamplingPercentage: number; DestinationS3Uri: string };
  FailureReason?: string;
  PendingDeploymentSummary?: { EndpointConfigName: string; StartTime?: string; ProductionVariants?: VariantState[] };
  AsyncInferenceConfig?: object;
}

export interface VariantConfig {
  VariantName: string;
  ModelName?: string;
  InitialInstanceCount?: number;
  InstanceType?: string;
  InitialVariantWeight?: number;
  ServerlessConfig?: { MemorySizeInMB: number; MaxConcurrency: number };
}

export interface EndpointConfig {
  EndpointConfigName: string;
  ProductionVariants: VariantConfig[];
  ShadowProductionVariants?: VariantConfig[];
}
