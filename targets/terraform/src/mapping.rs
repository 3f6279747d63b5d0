//! The table of what is what: types and properties of CloudFormation, resources and arguments of the
//! provider. One file for each service.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use samc_ir::Resource;
use serde::Deserialize;

use crate::row::Row;

/// The files by service, sorted.
static FILES: &[(&str, &str)] = &[
    ("ACMPCA", include_str!("../mapping/acmpca.toml")),
    ("AmazonMQ", include_str!("../mapping/amazonmq.toml")),
    ("Amplify", include_str!("../mapping/amplify.toml")),
    ("ApiGateway", include_str!("../mapping/apigateway.toml")),
    ("ApiGatewayV2", include_str!("../mapping/apigatewayv2.toml")),
    ("AppConfig", include_str!("../mapping/appconfig.toml")),
    ("AppSync", include_str!("../mapping/appsync.toml")),
    ("ApplicationAutoScaling", include_str!("../mapping/applicationautoscaling.toml")),
    ("ApplicationInsights", include_str!("../mapping/applicationinsights.toml")),
    ("Athena", include_str!("../mapping/athena.toml")),
    ("Backup", include_str!("../mapping/backup.toml")),
    ("Batch", include_str!("../mapping/batch.toml")),
    ("CertificateManager", include_str!("../mapping/certificatemanager.toml")),
    ("Cloud9", include_str!("../mapping/cloud9.toml")),
    ("CloudFormation", include_str!("../mapping/cloudformation.toml")),
    ("CloudFront", include_str!("../mapping/cloudfront.toml")),
    ("CloudTrail", include_str!("../mapping/cloudtrail.toml")),
    ("CloudWatch", include_str!("../mapping/cloudwatch.toml")),
    ("CodeBuild", include_str!("../mapping/codebuild.toml")),
    ("CodeCommit", include_str!("../mapping/codecommit.toml")),
    ("CodeDeploy", include_str!("../mapping/codedeploy.toml")),
    ("Cognito", include_str!("../mapping/cognito.toml")),
    ("DSQL", include_str!("../mapping/dsql.toml")),
    ("DocDB", include_str!("../mapping/docdb.toml")),
    ("DynamoDB", include_str!("../mapping/dynamodb.toml")),
    ("EC2", include_str!("../mapping/ec2.toml")),
    ("ECR", include_str!("../mapping/ecr.toml")),
    ("ECS", include_str!("../mapping/ecs.toml")),
    ("EFS", include_str!("../mapping/efs.toml")),
    ("ElastiCache", include_str!("../mapping/elasticache.toml")),
    ("ElasticLoadBalancingV2", include_str!("../mapping/elasticloadbalancingv2.toml")),
    ("Events", include_str!("../mapping/events.toml")),
    ("Glue", include_str!("../mapping/glue.toml")),
    ("GuardDuty", include_str!("../mapping/guardduty.toml")),
    ("IAM", include_str!("../mapping/iam.toml")),
    ("IoT", include_str!("../mapping/iot.toml")),
    ("KMS", include_str!("../mapping/kms.toml")),
    ("Kendra", include_str!("../mapping/kendra.toml")),
    ("Kinesis", include_str!("../mapping/kinesis.toml")),
    ("KinesisFirehose", include_str!("../mapping/kinesisfirehose.toml")),
    ("Lambda", include_str!("../mapping/lambda.toml")),
    ("Location", include_str!("../mapping/location.toml")),
    ("Logs", include_str!("../mapping/logs.toml")),
    ("MSK", include_str!("../mapping/msk.toml")),
    ("MemoryDB", include_str!("../mapping/memorydb.toml")),
    ("OSIS", include_str!("../mapping/osis.toml")),
    ("OpenSearchServerless", include_str!("../mapping/opensearchserverless.toml")),
    ("Pinpoint", include_str!("../mapping/pinpoint.toml")),
    ("Pipes", include_str!("../mapping/pipes.toml")),
    ("QLDB", include_str!("../mapping/qldb.toml")),
    ("RDS", include_str!("../mapping/rds.toml")),
    ("RUM", include_str!("../mapping/rum.toml")),
    ("ResourceGroups", include_str!("../mapping/resourcegroups.toml")),
    ("Route53", include_str!("../mapping/route53.toml")),
    ("S3", include_str!("../mapping/s3.toml")),
    ("S3Express", include_str!("../mapping/s3express.toml")),
    ("S3ObjectLambda", include_str!("../mapping/s3objectlambda.toml")),
    ("SES", include_str!("../mapping/ses.toml")),
    ("SNS", include_str!("../mapping/sns.toml")),
    ("SQS", include_str!("../mapping/sqs.toml")),
    ("SSM", include_str!("../mapping/ssm.toml")),
    ("SageMaker", include_str!("../mapping/sagemaker.toml")),
    ("Scheduler", include_str!("../mapping/scheduler.toml")),
    ("SecretsManager", include_str!("../mapping/secretsmanager.toml")),
    ("ServiceDiscovery", include_str!("../mapping/servicediscovery.toml")),
    ("Signer", include_str!("../mapping/signer.toml")),
    ("StepFunctions", include_str!("../mapping/stepfunctions.toml")),
    ("Synthetics", include_str!("../mapping/synthetics.toml")),
    ("Timestream", include_str!("../mapping/timestream.toml")),
    ("Transfer", include_str!("../mapping/transfer.toml")),
    ("VpcLattice", include_str!("../mapping/vpclattice.toml")),
    ("WAFv2", include_str!("../mapping/wafv2.toml")),
];

/// What a resource of a type becomes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    /// The resource of the provider.
    pub(crate) to: String,
    /// The attribute that `Ref` is.
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    /// The argument with the name that CloudFormation would make up, and the longest it may be.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The longest name.
    #[serde(default)]
    pub(crate) name_limit: Option<usize>,
    /// What the service asks of a name beyond letters, digits and `-`.
    #[serde(default)]
    pub(crate) name_form: Option<NameForm>,
    /// The resource that goes with it and is there when all of it is: what refers to it, refers to that one.
    #[serde(default)]
    pub(crate) whole: Option<String>,
    /// Attributes by the names of `Fn::GetAtt`.
    #[serde(default)]
    pub(crate) att: FxHashMap<String, String>,
    /// Attributes of the provider that hold what templates spell out: what follows `arn:${AWS::Partition}:`, as
    /// `Fn::Sub` has it, with the resource's own `${Ref}` or attribute.
    #[serde(default)]
    pub(crate) arns: FxHashMap<String, String>,
    /// Rows by the paths of properties.
    #[serde(default)]
    pub(crate) args: FxHashMap<String, Row>,
    /// Values that CloudFormation has where nothing is said and the provider has others, and arguments that the
    /// provider wants: by the name of the argument, with dots for the blocks it is in, behind `path/` where it is
    /// one of the part at a path.
    #[serde(default)]
    pub(crate) defaults: FxHashMap<String, toml::Value>,
}

/// How a name is written that is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NameForm {
    /// In small letters.
    Small,
    /// With `_` where others have `-`.
    Underscores,
}

impl Mapping {
    /// The attribute of the provider for one of CloudFormation.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        if name == "Ref" {
            return (!self.reference.is_empty()).then(|| self.reference.clone());
        }
        if let Some(found) = self.att.get(name) {
            return Some(found.clone());
        }
        let (first, rest) = name.split_once('.')?;
        Some(self.att.get(&format!("{first}.*"))?.replace('*', rest))
    }
}

/// The names of the attributes in what an attribute is told by: `arn`, `uris["GRAPHQL"]`, `id + /x`, or a text
/// with attributes in it such as `${resource_id}|${service_namespace}`.
#[cfg(test)]
pub(crate) fn attributes_in(told: &str) -> Vec<&str> {
    if told.contains("${") {
        return told.split("${").skip(1).filter_map(|rest| rest.split(['}', '[', '.']).next()).collect();
    }
    told.split(['[', ' ', '.']).next().into_iter().collect()
}

/// The mapping of a resource. `["AWS::A::B with X"]` is that of resources of a type with a certain property.
pub(crate) fn of(resource: &Resource) -> Option<&'static Mapping> {
    let kind = resource.resource_type.as_str();
    let table = table(kind)?;
    let special = table.iter().find(|(key, _)| {
        let property = key.strip_prefix(kind).and_then(|rest| rest.strip_prefix(" with "));
        property.is_some_and(|property| resource.property(property).is_some_and(|value| !value.is_no_value()))
    });
    special.map(|(_, mapping)| mapping).or_else(|| table.get(kind))
}

/// The table of the service of a type.
fn table(kind: &str) -> Option<&'static FxHashMap<String, Mapping>> {
    let service = kind.split("::").nth(1)?;
    let at = FILES.binary_search_by_key(&service, |(name, _)| name).ok()?;
    static TABLES: OnceLock<Vec<OnceLock<FxHashMap<String, Mapping>>>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| FILES.iter().map(|_| OnceLock::new()).collect());
    Some(tables.get(at)?.get_or_init(|| toml::from_str(FILES[at].1).unwrap_or_default()))
}

static WITHOUT_HANDLERS: &str = include_str!("../tables/without_handlers.txt");

/// Whether the Cloud Control API can make resources of a type.
pub(crate) fn has_handlers(resource_type: &str) -> bool {
    samc_data::resource_schemas::position(resource_type).is_some()
        && !WITHOUT_HANDLERS.lines().any(|line| line == resource_type)
}

/// Every file with its service.
#[cfg(test)]
pub(crate) fn files() -> &'static [(&'static str, &'static str)] {
    FILES
}

/// Every type that is mapped.
#[cfg(test)]
pub(crate) fn all() -> Vec<(String, &'static Mapping)> {
    let tables =
        FILES.iter().map(|(_, text)| toml::from_str::<FxHashMap<String, Mapping>>(text).unwrap_or_default());
    let kinds = tables.flat_map(FxHashMap::into_keys);
    kinds.filter_map(|kind| Some((kind.clone(), table(&kind)?.get(&kind)?))).collect()
}
