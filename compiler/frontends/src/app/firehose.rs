//! Streams of the type `firehose`: records that are written to a bucket.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{FirehoseFormat, Kind, Reference, Stream, TopicEncryption};
use samc_syntax::Spanned;

use super::encryption;
use super::lower::{Lower, Owner};
use super::role;

const MEGABYTE: u64 = 1024 * 1024;

/// What Firehose does in the bucket. Source: "Grant Firehose access to an Amazon S3 destination" in its guide.
const OBJECTS: &[&str] = &["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"];
const BUCKET: &[&str] = &["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];

/// Lowers a delivery stream.
pub(super) fn lower(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, stream: &Stream) {
    for (key, span) in [
        ("shards", stream.shards.as_ref().map(|s| s.span)),
        ("retain", stream.retain.as_ref().map(|s| s.span)),
        ("consumers", stream.consumers.as_ref().and_then(|c| c.first()).map(|s| s.span)),
    ] {
        let Some(span) = span else { continue };
        let finding = Diagnostic::error(
            codes::EXCLUSIVE_PROPERTIES,
            format!("`{key}` is for streams that are read, and this one is delivered"),
        )
        .at(span, "not with `type: firehose`")
        .help("leave it out");
        ctx.report(owner, key, finding);
    }
    let Some(to) = &stream.to else {
        let finding =
            Diagnostic::error(codes::MISSING_PROPERTY, format!("`{}` needs the key `to`", owner.origin.path))
                .at(owner.origin.key_span, "does not say where the records go")
                .help("add `to: {bucket: NAME}`");
        ctx.report(owner, "to", finding);
        return;
    };
    let reference = Reference { name: to.bucket.value.to_string(), part: None };
    let reference = Spanned::new(reference, to.bucket.span);
    let Some(bucket) = ctx.component_of(owner, "to.bucket", &reference, &[Kind::Bucket], "`to`") else {
        return;
    };
    let Some(arn) = ctx.needed(owner, "to.bucket", &reference, &bucket, "arn") else { return };
    let mut statements = vec![
        role::allow(OBJECTS, vec![super::text::followed_by(arn.clone(), "/*")]),
        role::allow(BUCKET, vec![arn.clone()]),
    ];
    if let Some(key) = &bucket.key {
        statements.push(role::allow(&["kms:Decrypt", "kms:GenerateDataKey"], vec![key.clone()]));
    }
    let mut config = Map::from([("BucketARN", arn)]);
    if let Some(prefix) = &to.prefix {
        let value = ctx.text(owner, "to.prefix", prefix);
        let errors = super::text::join(vec![
            super::text::Part::Text("failed/!{firehose:error-output-type}/".to_owned()),
            super::text::Part::Value(value.clone()),
        ]);
        config.insert("Prefix", value);
        config.insert("ErrorOutputPrefix", errors);
    }
    let format = to.format.as_ref();
    let word = match format.map(|f| f.value) {
        Some(FirehoseFormat::None) => "UNCOMPRESSED",
        Some(FirehoseFormat::Zip) => "ZIP",
        Some(FirehoseFormat::Snappy) => "Snappy",
        Some(FirehoseFormat::Gzip) | None => "GZIP",
    };
    config.insert("CompressionFormat", Expr::from(word).with_span(format.and_then(|f| f.span)));
    let buffer = to.buffer.clone().unwrap_or_default();
    let size = buffer
        .size
        .as_ref()
        .map_or(5, |s| ctx.size(owner, "to.buffer.size", s, "1MB", "128MB").bytes() / MEGABYTE);
    let time = buffer.time.as_ref().map_or(300, |t| ctx.seconds(owner, "to.buffer.time", t, "0s", "15m"));
    let number = |n: u64| Expr::new(ExprKind::Int(n.into()), None);
    config.insert(
        "BufferingHints",
        Expr::from([("IntervalInSeconds", number(time)), ("SizeInMBs", number(size))]),
    );
    if let Some(transform) = &to.transform {
        let reference = Reference { name: transform.value.to_string(), part: None };
        let reference = Spanned::new(reference, transform.span);
        if let Some(function) =
            ctx.component_of(owner, "to.transform", &reference, &[Kind::Function], "`transform`")
            && let Some(arn) = ctx.needed(owner, "to.transform", &reference, &function, "arn")
        {
            let versions = super::text::followed_by(arn.clone(), ":*");
            let actions = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"];
            statements.push(role::allow(&actions, vec![arn.clone(), versions]));
            let parameter = [("ParameterName", Expr::from("LambdaArn")), ("ParameterValue", arn)];
            let processor =
                [("Type", Expr::from("Lambda")), ("Parameters", vec![Expr::from(parameter)].into())];
            let processing =
                [("Enabled", Expr::from(true)), ("Processors", vec![Expr::from(processor)].into())];
            config.insert("ProcessingConfiguration", Expr::from(processing));
        }
    }
    let role = role::for_service(ctx, owner, id, "Role", "firehose.amazonaws.com", statements);
    config.insert("RoleARN", Expr::get_att(&role, "Arn"));
    let mut properties = Map::from([("DeliveryStreamType", Expr::from("DirectPut"))]);
    ctx.put_name(owner, &mut properties, "DeliveryStreamName", stream.name.as_ref());
    match stream.encrypt.as_ref().map(|e| (&e.value, e.span)) {
        Some((TopicEncryption::Kms, span)) => {
            let encryption = Map::from([("KeyType", Expr::from("AWS_OWNED_CMK").with_span(span))]);
            properties.insert("DeliveryStreamEncryptionConfigurationInput", encryption);
        }
        Some((TopicEncryption::Key(key), span)) => {
            if let Some(arn) = encryption::key(ctx, owner, "encrypt", key, span) {
                encryption::let_use_key(ctx, &arn, "firehose.amazonaws.com");
                let encryption = [("KeyType", Expr::from("CUSTOMER_MANAGED_CMK")), ("KeyARN", arn)];
                properties.insert("DeliveryStreamEncryptionConfigurationInput", Map::from(encryption));
            }
        }
        Some((TopicEncryption::None, _)) | None => {}
    }
    properties.insert("ExtendedS3DestinationConfiguration", config);
    ctx.add_main(id, "AWS::KinesisFirehose::DeliveryStream", properties, owner);
}
