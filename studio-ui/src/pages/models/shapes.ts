/** What SageMaker answers of model groups and versions, as far as pages use it. */

import type { Actor } from "../pipelines/shapes";

export interface GroupSummary {
  ModelPackageGroupName: string;
  ModelPackageGroupArn: string;
  ModelPackageGroupDescription?: string;
  CreationTime: string;
  ModelPackageGroupStatus: string;
}

export interface VersionSummary {
  ModelPackageArn: string;
  ModelPackageGroupName: string;
  ModelPackageVersion: number;
  ModelPackageDescription?: string;
  CreationTime: string;
  ModelPackageStatus: string;
  ModelApprovalStatus: string;
}

export interface Source {
  ContentType?: string;
  S3Uri: string;
}

export interface Metrics {
  ModelQuality?: { Statistics?: Source; Constraints?: Source };
  ModelDataQuality?: { Statistics?: Source; Constraints?: Source };
  Bias?: { Report?: Source; PreTrainingReport?: Source; PostTrainingReport?: Source };
  Explainability?: { Report?: Source };
}

export interface Baselines {
  ModelQuality?: { Statistics?: Source; Constraints?: Source };
  ModelDataQuality?: { Statistics?: Source; Constraints?: Source };
  Bias?: { ConfigFile?: Source; PreTrainingConstraints?: Source; PostTrainingConstraints?: Source };
  Explainability?: { Constraints?: Source; ConfigFile?: Source };
}

export interface Container {
  Image: string;
  ImageDigest?: string;
  ModelDataUrl?: string;
  Environment?: Record<string, string>;
}

export interface Version extends VersionSummary {
  ApprovalDescription?: string;
  InferenceSpecification?: {
    Containers: Container[];
    SupportedContentTypes?: string[];
    SupportedResponseMIMETypes?: string[];
    SupportedRealtimeInferenceInstanceTypes?: string[];
    SupportedTransformInstanceTypes?: string[];
  };
  ModelMetrics?: Metrics;
  DriftCheckBaselines?: Baselines;
  MetadataProperties?: { GeneratedBy?: string; CommitId?: string; Repository?: string; ProjectId?: string };
  CustomerMetadataProperties?: Record<string, string>;
  CreatedBy?: Actor;
  LastModifiedBy?: Actor;
  LastModifiedTime?: string;
}
