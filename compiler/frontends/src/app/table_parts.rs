//! What some tables have besides: items they begin with, other regions, and capacity that follows the use.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{ImportFormat, Table, TableEncryption, TableImport, TableStream};
use samc_syntax::Spanned;

use super::index;
use super::lower::{Lower, Owner};

/// The share of the capacity in use that scaling aims at, in percent.
const TARGET: i64 = 70;

/// Items that a table begins with.
pub(super) fn import(ctx: &mut Lower<'_>, owner: &Owner, import: &TableImport, properties: &mut Map) {
    let format = match import.format.as_ref().map(|f| f.value) {
        Some(ImportFormat::Csv) => "CSV",
        Some(ImportFormat::Ion) => "ION",
        Some(ImportFormat::Json) | None => "DYNAMODB_JSON",
    };
    let bucket = ctx.text(owner, "import.bucket", &import.bucket);
    let mut source = Map::from([("S3Bucket", bucket)]);
    if let Some(prefix) = &import.prefix {
        let value = ctx.text(owner, "import.prefix", prefix);
        source.insert("S3KeyPrefix", value);
    }
    let is_packed = import.gzip.as_ref().is_some_and(|g| g.value);
    let specification = Map::from([
        ("InputFormat", Expr::from(format)),
        ("InputCompressionType", Expr::from(if is_packed { "GZIP" } else { "NONE" })),
        ("S3BucketSource", source.into()),
    ]);
    properties.insert("ImportSourceSpecification", specification);
}

/// The same table in several regions: another type of resource, which says some things for each region.
pub(super) fn global(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, table: &Table, mut properties: Map) {
    let Some(regions) = &table.replicas else { return };
    let span = regions.first().and_then(|r| r.span);
    if let Some(billing) = table.billing.as_ref().filter(|b| b.value.read.is_some()) {
        let finding =
            Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "a table in several regions is paid for by use")
                .at(billing.span, "for tables in one region")
                .label(span, "the other regions")
                .help("leave out `billing`, or `replicas`");
        ctx.report(owner, "billing", finding);
        return;
    }
    if let Some(Spanned { value: TableEncryption::Key(_), span }) = &table.encrypt {
        let message = "a key is in one region, and a table in several needs one in each";
        let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
            .at(*span, "a key of this region")
            .help("write `encrypt: kms`, or write the table under `resources`");
        ctx.report(owner, "encrypt", finding);
        return;
    }
    if let Some(import) = &table.import {
        let finding =
            Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "a table in several regions begins empty")
                .at(import.bucket.span, "for tables in one region");
        ctx.report(owner, "import", finding);
    }
    if table.stream.as_ref().is_none_or(|s| s.value != TableStream::Both) {
        // Regions tell each other by the stream.
        properties.insert("StreamSpecification", Map::from([("StreamViewType", "NEW_AND_OLD_IMAGES")]));
    }
    let mut each = Map::new();
    for key in ["PointInTimeRecoverySpecification", "TableClass", "ContributorInsightsSpecification"] {
        if let Some(value) = properties.remove(key) {
            each.insert(key, value);
        }
    }
    let tags = owner
        .tags
        .iter()
        .map(|(key, value)| Expr::from([("Key", Expr::from(key)), ("Value", value.clone())]));
    each.insert("Tags", tags.collect::<Vec<_>>());
    let own = Expr::reference("AWS::Region");
    let others = regions.iter().map(|r| Expr::from(r.value.as_str()).with_span(r.span));
    let replicas: Vec<Expr> = std::iter::once(own)
        .chain(others)
        .map(|region| {
            let mut replica = Map::from([("Region", region)]);
            replica.extend(each.clone());
            replica.into()
        })
        .collect();
    properties.insert("Replicas", replicas);
    ctx.add_main(id, "AWS::DynamoDB::GlobalTable", properties, owner);
}

/// Capacity that follows the use: a target and a policy for reading, and for writing.
pub(super) fn scaling(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, table: &Table) {
    let Some(billing) = table.billing.as_ref() else { return };
    let given = &billing.value;
    let Some(max) = &given.max else {
        let alone = given.min.as_ref().map(|m| m.span).or(given.target.as_ref().map(|t| t.span));
        if let Some(span) = alone {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("`{}` scales up to which number of units?", owner.at("billing")),
            )
            .at(span, "needs `max`");
            ctx.report(owner, "billing.max", finding);
        }
        return;
    };
    for (word, units) in [("Read", &given.read), ("Write", &given.write)] {
        let Some(units) = units else { continue };
        let least = given.min.as_ref().unwrap_or(units);
        let number = |n: &Spanned<u64>| Expr::new(ExprKind::Int(n.value.into()), n.span);
        let dimension = format!("dynamodb:table:{word}CapacityUnits");
        let resource = Expr::sub(format!("table/${{{id}}}"));
        let role = Expr::sub(
            "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
        );
        let target = index::derived(ctx, id, &format!("{word}Scaling"));
        let properties = Map::from([
            ("ServiceNamespace", Expr::from("dynamodb")),
            ("ResourceId", resource),
            ("ScalableDimension", Expr::from(dimension)),
            ("MinCapacity", number(least)),
            ("MaxCapacity", number(max)),
            ("RoleARN", role),
        ]);
        ctx.add(&target, "AWS::ApplicationAutoScaling::ScalableTarget", properties, owner);
        let share = given.target.as_ref().map_or(TARGET, |t| t.value.value().into());
        let metric = [("PredefinedMetricType", format!("DynamoDB{word}CapacityUtilization"))];
        let tracking = [
            ("TargetValue", Expr::from(share)),
            ("PredefinedMetricSpecification", Expr::from(Map::from(metric))),
        ];
        let policy = index::derived(ctx, id, &format!("{word}ScalingPolicy"));
        let properties = Map::from([
            ("PolicyName", Expr::from(format!("{id}{word}"))),
            ("PolicyType", Expr::from("TargetTrackingScaling")),
            ("ScalingTargetId", Expr::reference(&target)),
            ("TargetTrackingScalingPolicyConfiguration", Expr::from(tracking)),
        ]);
        ctx.add(&policy, "AWS::ApplicationAutoScaling::ScalingPolicy", properties, owner);
    }
}
