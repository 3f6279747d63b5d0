//! The bucket that `deploy` of the Serverless Framework uploads to. It stays a part of the stack, as a stack that
//! has one and is updated without it would have to delete a bucket that is not empty.

use samc_ir::{Expr, Map, Origin};

use super::names::DEPLOYMENT_BUCKET;
use super::output::Output;
use super::service::Service;
use super::value::{given, tags};
use crate::template::expr_from_json;

/// The properties of the bucket.
const BUCKET: &str = r#"{"BucketEncryption": {"ServerSideEncryptionConfiguration": [
    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}"#;

/// Its policy: nothing without TLS.
const POLICY: &str = r#"{"Bucket": {"Ref": "ServerlessDeploymentBucket"}, "PolicyDocument": {"Statement": [{
    "Action": "s3:*", "Effect": "Deny", "Principal": "*",
    "Resource": [
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "ServerlessDeploymentBucket"}, "/*"]]},
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "ServerlessDeploymentBucket"}]]}],
    "Condition": {"Bool": {"aws:SecureTransport": false}}}]}}"#;

/// What stops all access of the public.
const BLOCK: &str = r#"{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true,
    "RestrictPublicBuckets": true}"#;

/// The name of a bucket that is there, where the author gives one.
pub(super) fn given_name(service: &Service) -> Option<&Expr> {
    let bucket = given(&service.provider, "deploymentBucket")?;
    match bucket.as_map() {
        Some(settings) => given(settings, "name"),
        None => Some(bucket),
    }
}

/// The bucket as resources refer to it.
pub(super) fn reference(service: &Service) -> Expr {
    given_name(service).cloned().unwrap_or_else(|| Expr::reference(DEPLOYMENT_BUCKET))
}

/// Adds the bucket, unless one is given, and says which it is.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    out.output("ServerlessDeploymentBucketName", "", reference(service));
    if given_name(service).is_some() {
        return;
    }
    let span = service.root.key_span("provider");
    let origin =
        Origin { key_span: span, span, path: "provider.deploymentBucket".to_owned(), ..Origin::default() };
    let table = |json: &str| expr_from_json(json).as_map().cloned().unwrap_or_default();
    let settings =
        service.provider_at(&["deploymentBucket"]).and_then(Expr::as_map).cloned().unwrap_or_default();
    let mut properties = table(BUCKET);
    if let Some(map) = given(&settings, "tags").and_then(Expr::as_map).filter(|map| !map.is_empty()) {
        properties.insert("Tags", tags(map));
    }
    if given(&settings, "blockPublicAccess").is_some() {
        properties.insert("PublicAccessBlockConfiguration", table(BLOCK));
    }
    if given(&settings, "versioning").is_some() {
        properties.insert("VersioningConfiguration", Map::from([("Status", "Enabled")]));
    }
    out.add(DEPLOYMENT_BUCKET, "AWS::S3::Bucket", properties, &origin);
    if given(&settings, "skipPolicySetup").is_none() {
        out.add("ServerlessDeploymentBucketPolicy", "AWS::S3::BucketPolicy", table(POLICY), &origin);
    }
}
