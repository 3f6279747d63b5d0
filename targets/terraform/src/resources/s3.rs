//! Buckets: nearly each property is a resource of its own.

use samc_ir::{Expr, Map};

use super::{given, properties, satellite};
use crate::context::{Context, How};
use crate::hcl::{Block, Part, Value};
use crate::native::{Site, addresses, main};
use crate::reason::Reason;

const ACCESS_BLOCK: &str = "aws_s3_bucket_public_access_block";

const ELSEWHERE: &[&str] = &[
    "VersioningConfiguration",
    "BucketEncryption",
    "PublicAccessBlockConfiguration",
    "ObjectLockConfiguration",
    "OwnershipControls",
    "NotificationConfiguration",
    "CorsConfiguration",
    "WebsiteConfiguration",
    "LoggingConfiguration",
    "AccelerateConfiguration",
    "LifecycleConfiguration",
    "AccessControl",
];

/// `AWS::S3::Bucket`.
pub(crate) fn bucket(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, ELSEWHERE)?;
    if given(&map, "BucketName").is_none() {
        // All buckets of the world share one space of names; the provider adds what makes it unique.
        let id = crate::names::shortened(site.id, context.stack_name().len() + 2, 37).to_ascii_lowercase();
        let stack = Part::Value(Value::Call("lower", vec![Value::code("var.stack_name")]));
        let prefix = Value::template(vec![stack, Part::Lit(format!("-{id}-"))]);
        block.items.insert(0, crate::hcl::Item::Argument("bucket_prefix".to_owned(), prefix));
    }
    let mut blocks = vec![block];
    let with = Parts { context, site };
    for (key, value) in map.iter().filter(|(_, value)| !value.is_no_value()) {
        context.within(key, || {
            match &**key {
                "VersioningConfiguration" => blocks.push(with.versioning(value.as_map()?)?),
                "BucketEncryption" => blocks.push(with.encryption(value.as_map()?)?),
                "PublicAccessBlockConfiguration" => blocks.push(with.plain(
                    ACCESS_BLOCK,
                    value.as_map()?,
                    &[
                        ("BlockPublicAcls", "block_public_acls"),
                        ("BlockPublicPolicy", "block_public_policy"),
                        ("IgnorePublicAcls", "ignore_public_acls"),
                        ("RestrictPublicBuckets", "restrict_public_buckets"),
                    ],
                )?),
                "ObjectLockConfiguration" => blocks.push(with.object_lock(value.as_map()?)?),
                "OwnershipControls" => {
                    let [rule] = value.as_map()?.get("Rules")?.as_list()? else { return None };
                    let mut block = with.block("aws_s3_bucket_ownership_controls");
                    let mut inner = Block::new("rule", &[]);
                    inner.set("object_ownership", context.value(rule.as_map()?.get("ObjectOwnership")?));
                    block.push(inner);
                    blocks.push(block);
                }
                "NotificationConfiguration" => blocks.push(with.notification(value.as_map()?)?),
                "CorsConfiguration" => blocks.push(with.cors(value.as_map()?)?),
                "LoggingConfiguration" => blocks.push(with.plain(
                    "aws_s3_bucket_logging",
                    value.as_map()?,
                    &[("DestinationBucketName", "target_bucket"), ("LogFilePrefix", "target_prefix")],
                )?),
                "AccelerateConfiguration" => blocks.push(with.plain(
                    "aws_s3_bucket_accelerate_configuration",
                    value.as_map()?,
                    &[("AccelerationStatus", "status")],
                )?),
                "WebsiteConfiguration" => blocks.push(with.website(value.as_map()?)?),
                "LifecycleConfiguration" => blocks.push(with.lifecycle(value.as_map()?)?),
                // `Private` is what every bucket has that says nothing.
                "AccessControl" if value.as_str() != Some("Private") => {
                    return context.lacks(Reason::Property("AccessControl".to_owned()));
                }
                _ => {}
            }
            Some(())
        })?;
    }
    Some(blocks)
}

/// `AWS::S3Express::DirectoryBucket`, whose name ends with where it is.
pub(crate) fn directory(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &[])?;
    if given(&map, "BucketName").is_none() {
        let place = context.value(map.get("LocationName")?);
        let own = Value::Call("lower", vec![context.physical_name(site.id, 40)]);
        let ends = [
            Part::Value(own),
            Part::Lit("--".to_owned()),
            Part::Value(place),
            Part::Lit("--x-s3".to_owned()),
        ];
        let name = Value::template(ends.to_vec());
        block.items.insert(0, crate::hcl::Item::Argument("bucket".to_owned(), name));
    }
    Some(vec![block])
}

/// `AWS::S3::BucketPolicy`: waits for what the bucket says of public access, as it does where both are
/// one resource. S3 refuses a public policy before that, and changes of both at a time.
pub(crate) fn policy(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &[])?;
    let bucket = site.resource.property("Bucket").and_then(Expr::as_ref_to);
    if let Some((plan, resource)) =
        bucket.and_then(|id| Some((context.plans.get(id)?, context.resource(id)?)))
        && matches!(plan.how, How::Native(_))
        && resource.properties_map().is_some_and(|map| given(map, "PublicAccessBlockConfiguration").is_some())
    {
        let label = context.satellite(ACCESS_BLOCK, plan, "");
        block.set("depends_on", Value::List(vec![Value::code(format!("{ACCESS_BLOCK}.{label}"))]));
    }
    Some(vec![block])
}

/// The resource that a value names or asks an attribute of.
fn named(value: &Expr) -> Option<&str> {
    value.as_ref_to().or_else(|| value.as_get_att().map(|(id, _)| id))
}

struct Parts<'p, 'g> {
    context: &'p Context<'g>,
    site: &'p Site<'p>,
}

impl Parts<'_, '_> {
    fn block(&self, kind: &str) -> Block {
        let mut block = satellite(self.context, self.site.plan, kind, "", None);
        block.set("bucket", Value::code(self.context.attribute(self.site.plan, "id")));
        block
    }

    /// Members that are arguments under other names.
    fn rows(&self, block: &mut Block, map: &Map, rows: &[(&str, &str)]) -> Option<()> {
        for (key, value) in map.iter().filter(|(_, value)| !value.is_no_value()) {
            let (_, argument) = rows.iter().find(|(from, _)| *from == &**key)?;
            let value = self.context.value(value);
            block.set(*argument, value);
        }
        Some(())
    }

    fn plain(&self, kind: &str, map: &Map, rows: &[(&str, &str)]) -> Option<Block> {
        let mut block = self.block(kind);
        self.rows(&mut block, map, rows)?;
        if kind == "aws_s3_bucket_logging" {
            for name in ["target_bucket", "target_prefix"] {
                if !block.has(name) {
                    // It logs into itself where no other is named.
                    let own = Value::code(self.context.attribute(self.site.plan, "id"));
                    block.set(name, if name == "target_bucket" { own } else { Value::text("") });
                }
            }
        }
        Some(block)
    }

    fn versioning(&self, map: &Map) -> Option<Block> {
        let mut block = self.block("aws_s3_bucket_versioning");
        let mut inner = Block::new("versioning_configuration", &[]);
        self.rows(&mut inner, map, &[("Status", "status")])?;
        block.push(inner);
        Some(block)
    }

    fn encryption(&self, map: &Map) -> Option<Block> {
        let mut block = self.block("aws_s3_bucket_server_side_encryption_configuration");
        for rule in map.get("ServerSideEncryptionConfiguration")?.as_list()? {
            let mut inner = Block::new("rule", &[]);
            for (key, value) in rule.as_map()?.iter() {
                match &**key {
                    "BucketKeyEnabled" => {
                        inner.set("bucket_key_enabled", self.context.value(value));
                    }
                    "ServerSideEncryptionByDefault" => {
                        let mut default = Block::new("apply_server_side_encryption_by_default", &[]);
                        let rows =
                            [("SSEAlgorithm", "sse_algorithm"), ("KMSMasterKeyID", "kms_master_key_id")];
                        self.rows(&mut default, value.as_map()?, &rows)?;
                        inner.push(default);
                    }
                    _ => return None,
                }
            }
            block.push(inner);
        }
        Some(block)
    }

    /// What is locked for how long. That anything is locked at all the bucket says itself.
    fn object_lock(&self, map: &Map) -> Option<Block> {
        let mut block = self.block("aws_s3_bucket_object_lock_configuration");
        for (key, value) in map.iter().filter(|(_, value)| !value.is_no_value()) {
            match &**key {
                "ObjectLockEnabled" if value.as_str() == Some("Enabled") => {}
                "Rule" => {
                    let mut retention = Block::new("default_retention", &[]);
                    let rows = [("Days", "days"), ("Mode", "mode"), ("Years", "years")];
                    self.rows(&mut retention, value.as_map()?.get("DefaultRetention")?.as_map()?, &rows)?;
                    let mut rule = Block::new("rule", &[]);
                    rule.push(retention);
                    block.push(rule);
                }
                _ => return None,
            }
        }
        Some(block)
    }

    fn cors(&self, map: &Map) -> Option<Block> {
        let mut block = self.block("aws_s3_bucket_cors_configuration");
        for rule in map.get("CorsRules")?.as_list()? {
            let mut inner = Block::new("cors_rule", &[]);
            let rows = [
                ("AllowedHeaders", "allowed_headers"),
                ("AllowedMethods", "allowed_methods"),
                ("AllowedOrigins", "allowed_origins"),
                ("ExposedHeaders", "expose_headers"),
                ("Id", "id"),
                ("MaxAge", "max_age_seconds"),
            ];
            self.rows(&mut inner, rule.as_map()?, &rows)?;
            block.push(inner);
        }
        Some(block)
    }

    fn website(&self, map: &Map) -> Option<Block> {
        let mut block = self.block("aws_s3_bucket_website_configuration");
        for (key, value) in map.iter() {
            let (name, argument) = match &**key {
                "IndexDocument" => ("index_document", "suffix"),
                "ErrorDocument" => ("error_document", "key"),
                _ => return None,
            };
            let mut inner = Block::new(name, &[]);
            inner.set(argument, self.context.value(value));
            block.push(inner);
        }
        Some(block)
    }

    /// All that is told of changes in a bucket; there can be one of these for a bucket.
    fn notification(&self, map: &Map) -> Option<Block> {
        let mut block = self.block("aws_s3_bucket_notification");
        let mut targets = Vec::new();
        for (key, list) in map.iter() {
            let (name, target, property) = match &**key {
                "LambdaConfigurations" => ("lambda_function", "lambda_function_arn", "Function"),
                "QueueConfigurations" => ("queue", "queue_arn", "Queue"),
                "TopicConfigurations" => ("topic", "topic_arn", "Topic"),
                "EventBridgeConfiguration" => {
                    block.set("eventbridge", Value::Bool(true));
                    continue;
                }
                _ => return None,
            };
            for entry in list.as_list()? {
                let entry = entry.as_map()?;
                let mut inner = Block::new(name, &[]);
                targets.extend(named(entry.get(property)?));
                inner.set(target, self.context.value(entry.get(property)?));
                inner.set("events", Value::List(vec![self.context.value(entry.get("Event")?)]));
                if entry.keys().any(|key| !matches!(&**key, "Event" | "Filter") && &**key != property) {
                    return None;
                }
                if let Some(filter) = given(entry, "Filter") {
                    let rules = filter.as_map()?.get("S3Key")?.as_map()?.get("Rules")?.as_list()?;
                    for rule in rules {
                        let rule = rule.as_map()?;
                        let argument = match rule.get("Name")?.as_str()?.to_ascii_lowercase().as_str() {
                            "prefix" => "filter_prefix",
                            "suffix" => "filter_suffix",
                            _ => return None,
                        };
                        inner.set(argument, self.context.value(rule.get("Value")?));
                    }
                }
                block.push(inner);
            }
        }
        let arguments = block.items.iter().filter(|i| matches!(i, crate::hcl::Item::Argument(..)));
        let (arguments, blocks): (Vec<_>, Vec<_>) = (
            arguments.cloned().collect(),
            block.items.iter().filter(|i| matches!(i, crate::hcl::Item::Block(_))).cloned().collect(),
        );
        block.items = arguments.into_iter().chain(blocks).collect();
        let waits = self.permissions(&targets);
        if !waits.is_empty() {
            block.set("depends_on", Value::List(waits));
        }
        Some(block)
    }

    /// What must be there before the bucket tells anybody: here it is the notification that waits, not
    /// the bucket. That is what the template says, and whatever lets the bucket call one of the targets,
    /// since S3 tries them all when it is told of them.
    fn permissions(&self, targets: &[&str]) -> Vec<Value> {
        let mut names: Vec<&str> = match self.site.resource.attributes.get("DependsOn") {
            Some(one) if one.as_str().is_some() => one.as_str().into_iter().collect(),
            Some(several) => several.as_list().unwrap_or(&[]).iter().filter_map(Expr::as_str).collect(),
            None => Vec::new(),
        };
        for (id, resource) in &self.context.graph.resources {
            let (key, is_asked) = match resource.resource_type.as_str() {
                "AWS::Lambda::Permission" => {
                    let principal = resource.property("Principal").and_then(Expr::as_str);
                    ("FunctionName", principal.is_some_and(|p| p.starts_with("s3.")))
                }
                "AWS::SQS::QueuePolicy" => ("Queues", true),
                "AWS::SNS::TopicPolicy" => ("Topics", true),
                _ => continue,
            };
            let Some(value) = resource.property(key).filter(|_| is_asked) else { continue };
            let of = value.as_list().unwrap_or(std::slice::from_ref(value));
            let is_of_target = of.iter().filter_map(named).any(|id| targets.contains(&id));
            if is_of_target && !names.contains(&id.as_str()) {
                names.push(id);
            }
        }
        let mut all: Vec<String> = Vec::new();
        for name in names {
            let is_bucket = self.context.resource(name).is_some_and(|r| r.resource_type == "AWS::S3::Bucket");
            // Another bucket may wait for this one in turn, which is not looked into for ever.
            let of_name = match (is_bucket, self.context.plans.get(name)) {
                (true, Some(plan)) => vec![plan.address.clone()],
                _ => addresses(self.context, name),
            };
            for address in of_name {
                if !all.contains(&address) {
                    all.push(address);
                }
            }
        }
        all.into_iter().map(Value::code).collect()
    }

    fn lifecycle(&self, map: &Map) -> Option<Block> {
        let mut block = self.block("aws_s3_bucket_lifecycle_configuration");
        for (i, rule) in map.get("Rules")?.as_list()?.iter().enumerate() {
            let rule = rule.as_map()?;
            let mut inner = Block::new("rule", &[]);
            let id = rule
                .get("Id")
                .map_or_else(|| Value::text(format!("rule-{}", i + 1)), |id| self.context.value(id));
            inner.set("id", id);
            inner.set("status", self.context.value(rule.get("Status")?));
            let mut filter = Block::new("filter", &[]);
            if let Some(prefix) = given(rule, "Prefix") {
                filter.set("prefix", self.context.value(prefix));
            }
            inner.push(filter);
            for (key, value) in rule.iter().filter(|(_, value)| !value.is_no_value()) {
                let (name, rows): (&str, &[(&str, &str)]) = match &**key {
                    "Id" | "Status" | "Prefix" => continue,
                    "ExpirationInDays" => {
                        let mut expiration = Block::new("expiration", &[]);
                        expiration.set("days", self.context.value(value));
                        inner.push(expiration);
                        continue;
                    }
                    "NoncurrentVersionExpirationInDays" => {
                        let mut expiration = Block::new("noncurrent_version_expiration", &[]);
                        expiration.set("noncurrent_days", self.context.value(value));
                        inner.push(expiration);
                        continue;
                    }
                    "AbortIncompleteMultipartUpload" => (
                        "abort_incomplete_multipart_upload",
                        &[("DaysAfterInitiation", "days_after_initiation")],
                    ),
                    "NoncurrentVersionExpiration" => (
                        "noncurrent_version_expiration",
                        &[
                            ("NoncurrentDays", "noncurrent_days"),
                            ("NewerNoncurrentVersions", "newer_noncurrent_versions"),
                        ],
                    ),
                    "Transitions" => {
                        ("transition", &[("StorageClass", "storage_class"), ("TransitionInDays", "days")])
                    }
                    _ => return None,
                };
                let parts = value.as_list().unwrap_or(std::slice::from_ref(value));
                for part in parts {
                    let mut made = Block::new(name, &[]);
                    self.rows(&mut made, part.as_map()?, rows)?;
                    inner.push(made);
                }
            }
            block.push(inner);
        }
        Some(block)
    }
}
