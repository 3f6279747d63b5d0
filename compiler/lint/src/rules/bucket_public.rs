//! S315: buckets that everybody can read or write, or that nothing keeps from becoming so.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::policy::{Kind, Statement, covers};
use crate::query::{at_property, flag, member, name, property, text};
use crate::rule::{On, Profile, Rule};

/// What is in a bucket of an application is hardly ever for everybody.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S315", "s3-public"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("bucket_public.md"),
    check,
};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

const BLOCKS: [&str; 4] =
    ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(RULE.code, PROFILES);
    // Buckets that serve a website are read by everybody, which may be meant.
    let sites: FxHashSet<&str> = context
        .of_type("AWS::S3::Bucket")
        .filter(|(_, b)| !property(b, "WebsiteConfiguration").is_absent())
        .map(|(id, _)| id.as_str())
        .collect();
    for (id, bucket) in context.of_type("AWS::S3::Bucket") {
        let who = match text(bucket, "AccessControl") {
            Some("PublicReadWrite") => Some("everybody can read and change what is in"),
            Some("PublicRead") if more || !sites.contains(id.as_str()) => {
                Some("everybody can read what is in")
            }
            Some("AuthenticatedRead") => Some("everybody with an AWS account can read what is in"),
            _ => None,
        };
        if let Some(who) = who {
            let found = Diagnostic::warning(RULE.code, format!("{who} {}", name(id, bucket)))
                .help("leave AccessControl out; what is to be public goes behind CloudFront");
            diagnostics.push(at_property(found, id, bucket, "AccessControl", "open to others"));
        } else if more {
            blocks(context, id, diagnostics);
        }
    }
    for statement in context.statements() {
        if statement.kind == Kind::Resource && statement.allows() {
            policy(statement, &sites, more, diagnostics);
        }
    }
}

/// The four switches that keep access lists and policies from opening the bucket.
fn blocks(context: &Context<'_>, id: &samc_base::LogicalId, diagnostics: &mut Diagnostics) {
    let Some(bucket) = context.graph.resources.get(id) else { return };
    let block = property(bucket, "PublicAccessBlockConfiguration");
    let missing: Vec<&str> = match block.value() {
        None if !block.is_absent() => return,
        None => BLOCKS.to_vec(),
        Some(value) => BLOCKS.into_iter().filter(|key| flag(member(value, key)) == Some(false)).collect(),
    };
    if missing.is_empty() {
        return;
    }
    let message = match missing.len() {
        4 => format!("nothing in the template keeps {} from being opened to everybody", name(id, bucket)),
        _ => format!(
            "{} can still be opened to everybody: it does not set {}",
            name(id, bucket),
            missing.join(", ")
        ),
    };
    let found = Diagnostic::warning(RULE.code, message)
        .help("set all four of PublicAccessBlockConfiguration to true");
    diagnostics.push(at_property(found, id, bucket, "PublicAccessBlockConfiguration", "not blocked"));
}

fn policy(statement: &Statement<'_>, sites: &FxHashSet<&str>, more: bool, diagnostics: &mut Diagnostics) {
    if *statement.resource.resource_type != *"AWS::S3::BucketPolicy" {
        return;
    }
    if super::resource_policy_open::excluding(statement, RULE.code, more, diagnostics) {
        return;
    }
    let bucket = property(statement.resource, "Bucket").value();
    let of_site = bucket.and_then(|b| b.as_ref_to()).is_some_and(|id| sites.contains(id));
    let wide = statement.actions().find(|(action, _)| matches!(*action, "*" | "s3:*"));
    if let Some(who) = statement.everybody().filter(|_| !statement.has_condition()) {
        let reads = statement.actions().all(|(action, _)| action.eq_ignore_ascii_case("s3:GetObject"));
        if reads && of_site && !more {
            return;
        }
        let writes = statement.actions().any(|(action, _)| covers(action, "s3:PutObject"));
        let does = if writes { "read and change" } else { "use" };
        let message = format!("by {} everybody can {does} what is in the bucket", statement.name());
        let found = Diagnostic::warning(RULE.code, message).help(
            "name who may, such as the service cloudfront.amazonaws.com with a condition on aws:SourceArn",
        );
        diagnostics.push(statement.at(found, who.span, "everybody"));
    } else if let Some((action, at)) = wide.filter(|_| more) {
        let message = format!("{} allows every action on the bucket ({action})", statement.name());
        let found = Diagnostic::warning(RULE.code, message).help("list the actions that are needed");
        diagnostics.push(statement.at(found, at.span, "also to delete it, and to let in others"));
    }
}
