"""The template that `ormer template init` writes: small, whole, and meant to be changed."""

from __future__ import annotations

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: One repository whose commits are built.

Parameters:
  # Every project gives these two.
  SageMakerProjectName:
    Type: String
    MaxLength: 32
    AllowedPattern: ^[a-zA-Z](-*[a-zA-Z0-9])*
  SageMakerProjectId:
    Type: String
  # Where the repository's first files lie: `ormer template register` packs the folder `seed` there.
  SeedBucket:
    Type: String
    Default: {bucket}
  SeedKey:
    Type: String
    Default: {key}

Resources:
  # Stays when the project is deleted, with what lies in it.
  Artifacts:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: !Sub sagemaker-project-${{SageMakerProjectId}}

  Repository:
    Type: AWS::CodeCommit::Repository
    Properties:
      RepositoryName: !Sub sagemaker-${{SageMakerProjectName}}-${{SageMakerProjectId}}-code
      Code:
        BranchName: main
        S3: {{Bucket: !Ref SeedBucket, Key: !Ref SeedKey}}

  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      Name: !Sub sagemaker-${{SageMakerProjectName}}-${{SageMakerProjectId}}-build
      ServiceRole: !Sub >-
        arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/service-role/AmazonSageMakerProjectsCodeBuildRole
      Source: {{Type: CODEPIPELINE, BuildSpec: buildspec.yml}}
      Artifacts: {{Type: CODEPIPELINE}}
      Environment:
        Type: LINUX_CONTAINER
        ComputeType: BUILD_GENERAL1_SMALL
        Image: aws/codebuild/amazonlinux2-x86_64-standard:5.0
        EnvironmentVariables:
          - {{Name: SAGEMAKER_PROJECT_NAME, Value: !Ref SageMakerProjectName}}
          - {{Name: SAGEMAKER_PROJECT_ID, Value: !Ref SageMakerProjectId}}
          - {{Name: ARTIFACT_BUCKET, Value: !Ref Artifacts}}

  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: !Sub sagemaker-${{SageMakerProjectName}}-${{SageMakerProjectId}}-code
      RoleArn: !Sub >-
        arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/service-role/AmazonSageMakerProjectsCodePipelineRole
      ArtifactStore: {{Type: S3, Location: !Ref Artifacts}}
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId: {{Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}}
              Configuration:
                RepositoryName: !GetAtt Repository.Name
                BranchName: main
              OutputArtifacts: [{{Name: Source}}]
        - Name: Build
          Actions:
            - Name: Build
              ActionTypeId: {{Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}}
              Configuration: {{ProjectName: !Ref Build}}
              InputArtifacts: [{{Name: Source}}]
"""
BUILDSPEC = """\
version: 0.2
phases:
  build:
    commands:
      - echo "Building $SAGEMAKER_PROJECT_NAME ($SAGEMAKER_PROJECT_ID)"
"""
README = """\
# My project

A commit to `main` is built: `buildspec.yml` says how.
"""


def files(bucket: str, key: str) -> dict[str, str]:
    """{path: text} of a template of one's own. bucket, key: where its seed will lie."""
    return {
        "template.yaml": TEMPLATE.format(bucket=bucket, key=key),
        "seed/buildspec.yml": BUILDSPEC,
        "seed/README.md": README,
    }
