//! `buckets`: a bucket that is never public, and the policy that refuses requests without TLS.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{
    Bucket, BucketEncryption, Component as _, Duration, Kind, LockMode, Reference, StorageClass,
};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::Component;
use super::raw;
use super::role::document;
use super::text::followed_by;
use super::{encryption, index};

const DAY: u64 = 86_400;

/// Lowers one bucket.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, bucket: &Bucket) {
    let owner = ctx.owner("buckets", name, span, bucket.common());
    let Some(found) = ctx.components.get(name).cloned() else { return };
    let mut properties = Map::new();
    match &found.physical {
        Some(physical) => {
            properties.insert("BucketName", physical.clone());
        }
        None => ctx.put_name(&owner, &mut properties, "BucketName", bucket.name.as_ref()),
    }
    let all = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    properties.insert("PublicAccessBlockConfiguration", all.into_iter().map(|k| (k, true)).collect::<Map>());
    let encrypt = bucket.encrypt.as_ref();
    let algorithm = match encrypt.map(|e| &e.value) {
        Some(BucketEncryption::Kms | BucketEncryption::Key(_)) => "aws:kms",
        Some(BucketEncryption::S3) | None => "AES256",
    };
    let mut default =
        Map::from([("SSEAlgorithm", Expr::from(algorithm).with_span(encrypt.and_then(|e| e.span)))]);
    if let Some(Spanned { value: BucketEncryption::Key(key), span }) = encrypt
        && let Some(arn) = encryption::key(ctx, &owner, "encrypt", key, *span)
    {
        default.insert("KMSMasterKeyID", arn);
    }
    let mut rule = Map::from([("ServerSideEncryptionByDefault", Expr::from(default))]);
    if algorithm == "aws:kms" {
        // One data key for many objects, so that KMS is asked, and paid, less often.
        rule.insert("BucketKeyEnabled", true);
    }
    let rule = Expr::from(rule);
    properties.insert(
        "BucketEncryption",
        Map::from([("ServerSideEncryptionConfiguration", Expr::from(vec![rule]))]),
    );
    if let Some(versions) = &bucket.versions {
        let status = if versions.value { "Enabled" } else { "Suspended" };
        let status = Expr::from(status).with_span(versions.span);
        properties.insert("VersioningConfiguration", Map::from([("Status", status)]));
    }
    put_cors(ctx, &owner, bucket, &mut properties);
    let rules = lifecycle(ctx, &owner, bucket);
    if !rules.is_empty() {
        properties.insert("LifecycleConfiguration", Map::from([("Rules", Expr::from(rules))]));
    }
    if let Some(to) = &bucket.logs_to {
        let reference = Reference { name: to.value.to_string(), part: None };
        let reference = Spanned::new(reference, to.span);
        if let Some(log_bucket) =
            ctx.component_of(&owner, "logs-to", &reference, &[Kind::Bucket], "`logs-to`")
            && let Some(log_name) = ctx.needed(&owner, "logs-to", &reference, &log_bucket, "name")
        {
            let prefix = Expr::from(format!("{name}/"));
            let logging = [("DestinationBucketName", log_name), ("LogFilePrefix", prefix)];
            properties.insert("LoggingConfiguration", Expr::from(logging));
        }
    }
    if let Some(website) = &bucket.website {
        let index = website.index.as_ref().map_or("index.html", |i| i.value.as_str());
        let mut made = Map::from([("IndexDocument", Expr::from(index))]);
        if let Some(error) = &website.error {
            made.insert("ErrorDocument", Expr::from(error.value.as_str()).with_span(error.span));
        }
        properties.insert("WebsiteConfiguration", made);
    }
    lock(ctx, &owner, bucket, &mut properties);
    replicate(ctx, &owner, bucket, &found, &mut properties);
    if ctx.listeners.eventbridge.contains(name) {
        let on = Map::from([("EventBridgeEnabled", true)]);
        properties.insert("NotificationConfiguration", Map::from([("EventBridgeConfiguration", on)]));
    }
    ctx.add_main(&found.id, "AWS::S3::Bucket", properties, &owner);
    put_policy(ctx, &owner, name, bucket, &found);
}

fn needs_versions(ctx: &mut Lower<'_>, owner: &Owner, bucket: &Bucket, key: &str, span: Option<Span>) {
    if bucket.versions.as_ref().is_some_and(|v| v.value) {
        return;
    }
    let finding =
        Diagnostic::error(codes::MISSING_PROPERTY, format!("`{}` needs versions of objects", owner.at(key)))
            .at(span.or(owner.origin.key_span), "works with `versions: true` only")
            .help("add `versions: true` to the bucket");
    ctx.report(owner, key, finding);
}

/// For how long objects cannot be deleted.
fn lock(ctx: &mut Lower<'_>, owner: &Owner, bucket: &Bucket, properties: &mut Map) {
    let Some(lock) = &bucket.object_lock else { return };
    needs_versions(ctx, owner, bucket, "object-lock", lock.keep.span);
    let days = days(ctx, owner, "object-lock.keep", &lock.keep);
    let mode = match lock.mode.as_ref().map(|m| m.value) {
        Some(LockMode::Compliance) => "COMPLIANCE",
        Some(LockMode::Governance) | None => "GOVERNANCE",
    };
    let retention = Expr::from([("Mode", Expr::from(mode)), ("Days", days)]);
    let rule = Expr::from([("DefaultRetention", retention)]);
    properties.insert("ObjectLockEnabled", true);
    properties.insert(
        "ObjectLockConfiguration",
        Expr::from([("ObjectLockEnabled", Expr::from("Enabled")), ("Rule", rule)]),
    );
}

/// Copies of objects in another bucket, by a role that S3 takes on. Source: "Setting up permissions for
/// live replication" in its guide.
fn replicate(ctx: &mut Lower<'_>, owner: &Owner, bucket: &Bucket, found: &Component, properties: &mut Map) {
    let Some(given) = &bucket.replicate else { return };
    needs_versions(ctx, owner, bucket, "replicate", given.to.span);
    let to = if given.to.value.starts_with("arn:") || given.to.value.contains("${") {
        Some(ctx.text(owner, "replicate", &given.to))
    } else {
        super::function::reference(ctx, owner, "replicate", &given.to).and_then(|name| {
            let target = ctx.component_of(owner, "replicate", &name, &[Kind::Bucket], "`replicate`")?;
            ctx.needed(owner, "replicate", &name, &target, "arn")
        })
    };
    let (Some(to), Some(arn)) = (to, found.attribute("arn")) else { return };
    // The role names the bucket, and the bucket the role: the bucket's name must be known beforehand.
    debug_assert!(found.physical.is_some(), "index gives such buckets a name");
    let read = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"];
    let write = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"];
    let statements = vec![
        super::role::allow(&["s3:GetReplicationConfiguration", "s3:ListBucket"], vec![arn.clone()]),
        super::role::allow(&read, vec![followed_by(arn, "/*")]),
        super::role::allow(&write, vec![followed_by(to.clone(), "/*")]),
    ];
    let role =
        super::role::for_service(ctx, owner, &found.id, "ReplicationRole", "s3.amazonaws.com", statements);
    let prefix = given.prefix.as_ref().map_or("", |p| p.value.as_str());
    let rule = Map::from([
        ("Id", Expr::from("all")),
        ("Status", Expr::from("Enabled")),
        ("Priority", Expr::from(1)),
        ("Filter", Expr::from([("Prefix", prefix)])),
        ("DeleteMarkerReplication", Expr::from([("Status", "Disabled")])),
        ("Destination", Expr::from([("Bucket", to)])),
    ]);
    let configuration = [("Role", Expr::get_att(&role, "Arn")), ("Rules", vec![Expr::from(rule)].into())];
    properties.insert("ReplicationConfiguration", Expr::from(configuration));
}

fn put_cors(ctx: &mut Lower<'_>, owner: &Owner, bucket: &Bucket, properties: &mut Map) {
    let Some(cors) = bucket.cors.as_ref().filter(|c| !c.is_off) else { return };
    let mut rule = Map::new();
    let mut list = |key: &str, given: &Option<Vec<Spanned<String>>>, default: &[&str]| {
        let values: Vec<Expr> = match given {
            Some(values) => values.iter().map(|v| ctx.text(owner, "cors", v)).collect(),
            None => default.iter().map(|d| Expr::from(*d)).collect(),
        };
        if !values.is_empty() {
            rule.insert(key, values);
        }
    };
    list("AllowedOrigins", &cors.origins, &["*"]);
    list("AllowedMethods", &cors.methods, &["GET", "HEAD", "PUT", "POST", "DELETE"]);
    list("AllowedHeaders", &cors.headers, &["*"]);
    list("ExposedHeaders", &cors.expose, &[]);
    if let Some(age) = &cors.max_age {
        let seconds = ctx.seconds(owner, "cors.max-age", age, "0s", "1d");
        rule.insert("MaxAge", Expr::new(ExprKind::Int(seconds.into()), age.span));
    }
    if let Some(credentials) = cors.credentials.as_ref().filter(|c| c.value) {
        let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "S3 has no setting for credentials")
            .at(credentials.span, "not for buckets")
            .help("leave it out: S3 allows credentials wherever the origin is named");
        ctx.report(owner, "cors.credentials", finding);
    }
    properties.insert("CorsConfiguration", Map::from([("CorsRules", Expr::from(vec![Expr::from(rule)]))]));
}

/// The rules of `expire` and `archive`, one for each beginning of keys.
fn lifecycle(ctx: &mut Lower<'_>, owner: &Owner, bucket: &Bucket) -> Vec<Expr> {
    let mut rules = Vec::new();
    let rule = |prefix: &str| {
        let mut rule = Map::from([("Status", Expr::from("Enabled"))]);
        if !prefix.is_empty() {
            rule.insert("Prefix", prefix);
        }
        rule
    };
    for (prefix, after) in bucket.expire.iter().flatten() {
        let mut rule = rule(prefix);
        let days = days(ctx, owner, "expire", after);
        rule.insert("ExpirationInDays", days);
        rules.push(rule.into());
    }
    for (prefix, archive) in bucket.archive.iter().flatten() {
        let mut rule = rule(prefix);
        let days = days(ctx, owner, "archive", &archive.after);
        let class = match archive.to {
            Some(StorageClass::InfrequentAccess) => "STANDARD_IA",
            Some(StorageClass::OneZone) => "ONEZONE_IA",
            Some(StorageClass::Intelligent) => "INTELLIGENT_TIERING",
            Some(StorageClass::GlacierInstant) => "GLACIER_IR",
            Some(StorageClass::DeepArchive) => "DEEP_ARCHIVE",
            Some(StorageClass::Glacier) | None => "GLACIER",
        };
        let transition = Expr::from([("StorageClass", Expr::from(class)), ("TransitionInDays", days)]);
        rule.insert("Transitions", vec![transition]);
        rules.push(rule.into());
    }
    rules
}

fn days(ctx: &mut Lower<'_>, owner: &Owner, path: &str, given: &Spanned<Duration>) -> Expr {
    let seconds = given.value.seconds();
    if seconds == 0 || !seconds.is_multiple_of(DAY) {
        let message = format!("`{}` counts in whole days, and got {}", owner.at(path), given.value);
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(given.span, "not a number of days")
            .help("write for example `7d`");
        ctx.report(owner, path, finding);
    }
    Expr::new(ExprKind::Int((seconds / DAY).into()), given.span)
}

/// The policy of a bucket: TLS only, the logs of other buckets, and what `policy` adds.
fn put_policy(ctx: &mut Lower<'_>, owner: &Owner, name: &str, bucket: &Bucket, found: &Component) {
    let Some(arn) = found.attribute("arn") else { return };
    let insecure = Expr::from([("Bool", Expr::from([("aws:SecureTransport", "false")]))]);
    let mut statements = vec![Expr::from([
        ("Sid", Expr::from("TlsOnly")),
        ("Effect", Expr::from("Deny")),
        ("Principal", Expr::from("*")),
        ("Action", Expr::from("s3:*")),
        ("Resource", vec![arn.clone(), followed_by(arn, "/*")].into()),
        ("Condition", insecure),
    ])];
    statements.extend(log_writers(ctx, name, found));
    if let Some(policy) = &bucket.policy {
        statements.extend(raw::statements(policy));
    }
    let id = index::derived(ctx, &found.id, "Policy");
    let mut properties = Map::from([("Bucket", Expr::reference(&found.id))]);
    properties.insert("PolicyDocument", document(statements));
    ctx.add(&id, "AWS::S3::BucketPolicy", properties, owner);
}

/// Lets S3 write the access logs of the buckets that send theirs here.
fn log_writers(ctx: &Lower<'_>, name: &str, found: &Component) -> Vec<Expr> {
    let Some(arn) = found.attribute("arn") else { return Vec::new() };
    let senders = ctx.listeners.logs.get(name).map(Vec::as_slice).unwrap_or_default();
    let sources: Vec<Expr> =
        senders.iter().filter_map(|sender| ctx.components.get(sender)?.attribute("arn")).collect();
    if sources.is_empty() {
        return Vec::new();
    }
    let account = Expr::from([("aws:SourceAccount", Expr::reference("AWS::AccountId"))]);
    let condition = Expr::from([
        ("ArnLike", Expr::from([("aws:SourceArn", Expr::from(sources))])),
        ("StringEquals", account),
    ]);
    vec![Expr::from([
        ("Sid", Expr::from("AccessLogs")),
        ("Effect", Expr::from("Allow")),
        ("Principal", Expr::from([("Service", "logging.s3.amazonaws.com")])),
        ("Action", Expr::from("s3:PutObject")),
        ("Resource", followed_by(arn, "/*")),
        ("Condition", condition),
    ])]
}
