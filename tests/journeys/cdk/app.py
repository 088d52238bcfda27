"""What a team makes around its models: a bucket that empties itself, a group, a pipeline, a rule with its function."""

import json

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

GROUP = "cdk-models"
PIPELINE = {
    "Version": "2020-12-01",
    "Parameters": [],
    "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "meant to"}}],
}


class Models(cdk.Stack):
    def __init__(self, scope, name, **words):
        super().__init__(scope, name, **words)
        bucket = s3.Bucket(
            self,
            "Data",
            versioned=True,
            enforce_ssl=True,
            auto_delete_objects=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        full = iam.ManagedPolicy.from_aws_managed_policy_name("AmazonSageMakerFullAccess")
        role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"), managed_policies=[full]
        )
        bucket.grant_read_write(role)
        sagemaker.CfnModelPackageGroup(self, "Group", model_package_group_name=GROUP)
        sagemaker.CfnPipeline(
            self,
            "Pipeline",
            pipeline_name="cdk-pipeline",
            role_arn=role.role_arn,
            pipeline_definition={"PipelineDefinitionBody": json.dumps(PIPELINE)},
        )
        heard = functions.Function(
            self,
            "Heard",
            runtime=functions.Runtime.PYTHON_3_12,
            handler="index.handler",
            code=functions.Code.from_asset("heard"),
            environment={"BUCKET": bucket.bucket_name},
            timeout=cdk.Duration.seconds(60),
        )
        bucket.grant_put(heard)
        approved = events.EventPattern(
            source=["aws.sagemaker"],
            detail_type=["SageMaker Model Package State Change"],
            detail={"ModelPackageGroupName": [GROUP], "ModelApprovalStatus": ["Approved"]},
        )
        events.Rule(self, "Approved", event_pattern=approved, targets=[targets.LambdaFunction(heard)])
        queue = sqs.Queue(self, "Queue")
        topic = sns.Topic(self, "Topic")
        topic.add_subscription(subscriptions.SqsSubscription(queue, raw_message_delivery=True))
        secretsmanager.Secret(self, "Secret")
        ssm.StringParameter(self, "Place", parameter_name="/models/bucket", string_value=bucket.bucket_name)
        for key, value in (("TopicArn", topic.topic_arn), ("QueueUrl", queue.queue_url)):
            cdk.CfnOutput(self, key, value=value)


app = cdk.App()
Models(app, "models", env=cdk.Environment(account="123456789012", region="us-east-1"))
app.synth()
