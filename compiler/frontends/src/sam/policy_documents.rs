//! IAM policy documents that the expansion writes.

use samc_ir::Expr;

/// The trust policy that lets one service assume a role.
pub(crate) fn assume_role(service: &str) -> Expr {
    Expr::from([
        ("Version", Expr::from("2012-10-17")),
        (
            "Statement",
            Expr::from([Expr::from([
                ("Action", Expr::from([Expr::from("sts:AssumeRole")])),
                ("Effect", Expr::from("Allow")),
                ("Principal", Expr::from([("Service", Expr::from([Expr::from(service)]))])),
            ])]),
        ),
    ])
}

/// An inline policy of a role: name and document.
pub(crate) fn inline(name: impl Into<String>, document: Expr) -> Expr {
    Expr::from([("PolicyName", Expr::from(name.into())), ("PolicyDocument", document)])
}

/// A document without a version that allows one action on one resource.
pub(crate) fn allow(action: impl Into<Expr>, resource: impl Into<Expr>) -> Expr {
    Expr::from([(
        "Statement",
        Expr::from([Expr::from([
            ("Action", action.into()),
            ("Effect", Expr::from("Allow")),
            ("Resource", resource.into()),
        ])]),
    )])
}

/// The policy of a function whose failed asynchronous calls go to a dead-letter queue.
pub(crate) fn dead_letter_queue(action: &str, target: Expr) -> Expr {
    let mut document = samc_ir::Map::from([("Version", Expr::from("2012-10-17"))]);
    if let Some(statement) = allow(action, target).as_map_mut().and_then(|m| m.remove("Statement")) {
        document.insert("Statement", statement);
    }
    inline("DeadLetterQueuePolicy", document.into())
}

/// The policy that lets a role send to where events or results go. `kind` is `SQS`, `SNS`,
/// `EventBridge`, `Lambda` or `S3Bucket` (also `S3`); nothing for another.
pub(crate) fn send_to(kind: &str, target: Expr, id: &str) -> Option<Expr> {
    Some(match kind {
        "SQS" => inline(format!("{id}SQSPolicy"), allow("sqs:SendMessage", target)),
        "SNS" => inline(format!("{id}SNSPolicy"), allow("sns:publish", target)),
        "EventBridge" => inline(format!("{id}EventBridgePolicy"), allow("events:PutEvents", target)),
        "Lambda" => inline(format!("{id}LambdaPolicy"), allow("lambda:InvokeFunction", target)),
        "S3Bucket" | "S3" => {
            let objects = Expr::join("/", vec![target.clone(), "*".into()]);
            let statement = |action: &str, resource: Expr| {
                Expr::from([
                    ("Action", Expr::from(action)),
                    ("Effect", Expr::from("Allow")),
                    ("Resource", resource),
                ])
            };
            let statements = [statement("s3:PutObject", objects), statement("s3:ListBucket", target)];
            inline(format!("{id}S3Policy"), Expr::from([("Statement", Expr::from(statements))]))
        }
        _ => return None,
    })
}
