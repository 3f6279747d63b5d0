//! The files.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use samc_base::{Diagnostic, Diagnostics, LogicalId, codes};
use samc_ir::{Expr, Resource, ValidGraph};
use samc_target::terraform::{Syntax, WRITTEN};
use samc_target::{Artifact, Options};

use crate::context::{Context, How, Plan};
use crate::hcl::{Block, Item, Value, file, json_file, line};
use crate::reason::Reason;
use crate::{migrate, modules, native, plan, resources};

/// Above this many resources there is a file for each service.
const ONE_FILE: usize = 12;

/// The provider whose arguments these are (tables/provider_schema.txt is read off this one), and what is newer
/// in its series.
const PROVIDER: &str = "~> 5.100";

/// The oldest Terraform.
const TERRAFORM: &str = ">= 1.5";

/// The oldest Terraform with values that are written and never kept.
const WRITES_ONLY: &str = ">= 1.11";

/// Types that hold what nobody wants to lose.
const STATEFUL: &[&str] = &[
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
];

/// Types with an argument that keeps the thing when Terraform is done with it.
const SKIP_DESTROY: &[&str] = &["AWS::Lambda::LayerVersion", "AWS::Logs::LogGroup"];

/// Everything there is to write.
pub(crate) fn emit(graph: &ValidGraph, options: &Options, diagnostics: &mut Diagnostics) -> Vec<Artifact> {
    if let Some(found) = macros(graph) {
        diagnostics.push(found);
        return Vec::new();
    }
    let mut context = plan::context(graph, options);
    let mut files: IndexMap<String, Vec<Block>, FxBuildHasher> = IndexMap::default();
    files.insert("main.tf".to_owned(), Vec::new());
    let mut written: migrate::Written<'_> = Vec::new();
    for (id, resource, blocks) in written_resources(&mut context) {
        let name = match graph.resources.len() <= ONE_FILE {
            true => "main.tf".to_owned(),
            false => file_of(resource),
        };
        if options.terraform.import.is_some() {
            written.push((id, blocks.clone()));
        }
        files.entry(name).or_default().extend(blocks);
    }
    *context.current.borrow_mut() = None;
    let mut variables = context.variable_blocks();
    let locals = context.local_blocks();
    let outputs = context.output_blocks();
    variables.extend(context.asked_blocks());
    let imports = match &options.terraform.import {
        Some(stack) => migrate::import_blocks(&context, stack, &written),
        None => Vec::new(),
    };
    if let Some(main) = files.get_mut("main.tf") {
        main.splice(0..0, context.data.borrow().values().cloned());
        if main.is_empty() {
            files.shift_remove("main.tf");
        }
    }
    for (name, blocks) in
        [("variables.tf", variables), ("locals.tf", locals), ("outputs.tf", outputs), ("imports.tf", imports)]
    {
        if !blocks.is_empty() {
            files.insert(name.to_owned(), blocks);
        }
    }
    files.insert("versions.tf".to_owned(), vec![versions(&context)]);
    if !options.terraform.is_called {
        files.insert("providers.tf".to_owned(), vec![provider(options)]);
    }
    context.found.take().into_iter().for_each(|found| diagnostics.push(found));
    let head = format!("{WRITTEN}{}; the next build writes it anew.", options.about.spec);
    let text = files.iter().map(|(name, blocks)| {
        let (path, text) = match options.terraform.syntax {
            Syntax::Hcl => (name.clone(), file(&head, blocks)),
            Syntax::Json => (format!("{name}.json"), json_file(&head, blocks)),
        };
        Artifact { path, contents: text.into_bytes() }
    });
    let archives = context.files.take();
    text.chain(archives.into_iter().map(|(path, contents)| Artifact { path, contents })).collect()
}

/// Every resource with what becomes of it. What is written tells whether all of it has a place; what has not
/// changes how others refer to it, and takes along what is part of it, so that all is written once more.
fn written_resources<'g>(context: &mut Context<'g>) -> Vec<(&'g LogicalId, &'g Resource, Vec<Block>)> {
    loop {
        context.begin();
        context.stored_parameters();
        let mut all = Vec::with_capacity(context.graph.resources.len());
        let mut failed: Vec<(&'g LogicalId, &'g Resource, Reason)> = Vec::new();
        for (id, resource) in &context.graph.resources {
            *context.current.borrow_mut() = Some(id);
            match blocks(context, id, resource) {
                Ok(blocks) => all.push((id, resource, blocks)),
                Err(reason) => failed.push((id, resource, reason)),
            }
        }
        *context.current.borrow_mut() = None;
        if failed.is_empty() {
            return all;
        }
        for (id, resource, reason) in failed {
            if let Some(plan) = context.plans.get_mut(id.as_str()) {
                plan::fall_back(plan, resource, reason);
            }
        }
    }
}

/// What macros would make of the template is not known here.
fn macros(graph: &ValidGraph) -> Option<Diagnostic> {
    let span = graph.sections.key_span("Transform").or_else(|| graph.loops.entries().first()?.key_span);
    if graph.has_macros() {
        return Some(
            Diagnostic::error(codes::TERRAFORM_MACRO, "a macro rewrites this template, in an account that Terraform does not ask")
                .at(span, "named here")
                .help("expand the template first: `aws cloudformation get-template --template-stage Processed` has the result"),
        );
    }
    let name = graph.loops.keys().next()?;
    Some(
        Diagnostic::error(
            codes::TERRAFORM_MACRO,
            format!("`{name}` is no resource that Terraform can be told of"),
        )
        .at(span, "only CloudFormation expands this")
        .help("write the resources out"),
    )
}

/// The file of a resource, after its service.
fn file_of(resource: &Resource) -> String {
    let service = resource.resource_type.split("::").nth(1).unwrap_or("main").to_ascii_lowercase();
    let service: String = service.chars().filter(char::is_ascii_alphanumeric).collect();
    match service.as_str() {
        "" | "variables" | "locals" | "outputs" | "versions" | "providers" | "imports" => {
            "main.tf".to_owned()
        }
        service => format!("{service}.tf"),
    }
}

fn versions(context: &Context<'_>) -> Block {
    let terraform = if context.writes_only.get() { WRITES_ONLY } else { TERRAFORM };
    let mut block = Block::new("terraform", &[]);
    block.set("required_version", Value::text(terraform));
    let mut providers = Block::new("required_providers", &[]);
    let aws = vec![
        ("source".to_owned(), Value::text("hashicorp/aws")),
        ("version".to_owned(), Value::text(PROVIDER)),
    ];
    providers.set("aws", Value::Object(aws));
    block.push(providers);
    block
}

fn provider(options: &Options) -> Block {
    let mut block = Block::new("provider", &["aws"]);
    if let Some(region) = &options.about.region {
        block.set("region", Value::text(region.as_str()));
    }
    block
}

/// All that becomes of one resource, the main one first; the reason where it cannot be as it is planned.
fn blocks(context: &Context<'_>, id: &LogicalId, resource: &Resource) -> Result<Vec<Block>, Reason> {
    let Some(plan) = context.plans.get(id.as_str()) else { return Ok(Vec::new()) };
    context.guards.borrow_mut().extend(plan.condition.clone());
    let made = match plan.how {
        How::Native(mapping) => native::resource(context, id, plan, mapping, resource)
            .ok_or_else(|| context.lack.take().unwrap_or_else(|| Reason::Form("Properties".to_owned()))),
        How::Merged => match resources::missing_owner(context, id, resource) {
            Some(owner) => Err(Reason::Owner(owner)),
            None => Ok(Vec::new()),
        },
        How::CloudControl => Ok(context.cloud_control(plan, resource)),
        How::Stack => Ok(vec![context.stack(id, plan, resource)]),
        How::Module => Ok(modules::call(context, id, plan, resource)),
    };
    let made = made.map(|blocks| finished(context, plan, id, resource, blocks));
    if plan.condition.is_some() {
        context.guards.borrow_mut().pop();
    }
    made
}

/// The blocks of a resource with what stands beside its properties.
fn finished(
    context: &Context<'_>,
    plan: &Plan,
    id: &LogicalId,
    resource: &Resource,
    mut made: Vec<Block>,
) -> Vec<Block> {
    lifecycle(context, plan, id, resource, &mut made);
    for block in &mut made {
        // Some are there in numbers of their own.
        if let Some(condition) = &plan.condition
            && !block.has("count")
        {
            let count = Value::Cond(
                format!("local.{condition}"),
                Box::new(Value::Number("1".to_owned())),
                Box::new(Value::Number("0".to_owned())),
            );
            block.items.insert(0, Item::Argument("count".to_owned(), count));
        }
    }
    if let Some(first) = made.first_mut() {
        first.comment = vec![comment(context, id, resource)];
        first.comment.extend(plan.reason.as_ref().and_then(|reason| reason.line(plan.how)));
    }
    if let Some(stack) = &context.options.terraform.import {
        migrate::keep_names(context, stack, id, resource, &mut made);
    }
    made
}

/// `OrdersTable (AWS::DynamoDB::Table), app.yaml:12`.
fn comment(context: &Context<'_>, id: &LogicalId, resource: &Resource) -> String {
    let mut text = format!("{id} ({})", resource.resource_type);
    if let Some(span) = resource.origin.key_span.or(resource.origin.span) {
        let file = context.options.sources.file(span.file);
        let name = file.name().rsplit(['/', '\\']).next().unwrap_or_default();
        text.push_str(&format!(", {name}:{}", file.line_column(span.start).line));
    }
    text
}

/// What stands beside the properties: order, and what happens at the end.
fn lifecycle(context: &Context<'_>, plan: &Plan, id: &LogicalId, resource: &Resource, made: &mut [Block]) {
    let Some(first) = made.first_mut() else { return };
    retention(context, plan, id, resource, first);
    if let Some(update) = resource.attributes.get("UpdatePolicy").and_then(Expr::as_map)
        && update.contains_key("CodeDeployLambdaAliasUpdate")
        && !matches!(plan.how, How::Stack)
    {
        let span = resource.attributes.key_span("UpdatePolicy");
        context.say(
            Diagnostic::warning(
                codes::TERRAFORM_SHIFTING,
                format!("`{id}` moves to a new version at once: Terraform does not shift traffic"),
            )
            .at(context.place(span), "gradual in CloudFormation only")
            .help("start the deployment with `aws deploy create-deployment` after `terraform apply`"),
        );
    }
    let names: Vec<&str> = match resource.attributes.get("DependsOn") {
        Some(one) if one.as_str().is_some() => one.as_str().into_iter().collect(),
        Some(several) => several.as_list().unwrap_or(&[]).iter().filter_map(Expr::as_str).collect(),
        None => Vec::new(),
    };
    if names.is_empty() {
        return;
    }
    let text: String = first
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Argument(_, value) => Some(line(value)),
            Item::Block(_) => None,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let mut wanted: Vec<String> = Vec::new();
    for name in names {
        // A resource is there when all that became of it is.
        for address in native::addresses(context, name) {
            let is_implied = [".", "["].iter().any(|after| text.contains(&format!("{address}{after}")));
            if !is_implied && !wanted.contains(&address) {
                wanted.push(address);
            }
        }
    }
    if !wanted.is_empty() {
        if let Some(Item::Argument(_, Value::List(known))) = first
            .items
            .iter_mut()
            .find(|item| matches!(item, Item::Argument(name, Value::List(_)) if name == "depends_on"))
        {
            known.extend(wanted.into_iter().map(Value::code));
        } else {
            first.set("depends_on", Value::List(wanted.into_iter().map(Value::code).collect()));
        }
    }
}

/// What is to stay when it is removed or replaced. A stack that is written for one resource does that itself.
fn retention(context: &Context<'_>, plan: &Plan, id: &LogicalId, resource: &Resource, block: &mut Block) {
    if matches!(plan.how, How::Stack) {
        return;
    }
    let kind = resource.resource_type.as_str();
    let policy = |name: &str| resource.attributes.get(name).and_then(Expr::as_str);
    let is_kept = |name: &str| matches!(policy(name), Some("Retain" | "RetainExceptOnCreate"));
    // A database that Terraform removes leaves a snapshot where the provider has a name for it.
    let has_snapshot =
        ["final_snapshot_identifier", "final_snapshot_name"].iter().any(|name| block.has(name));
    if is_kept("DeletionPolicy") {
        if SKIP_DESTROY.contains(&kind) && matches!(plan.how, How::Native(_)) {
            block.set("skip_destroy", Value::Bool(true));
            return;
        }
        if STATEFUL.contains(&kind) {
            let mut lifecycle = Block::new("lifecycle", &[]);
            lifecycle.set("prevent_destroy", Value::Bool(true));
            block.push(lifecycle);
            return;
        }
    }
    let asks_for_snapshot = |name: &str| policy(name) == Some("Snapshot") && !has_snapshot;
    let policies = ["DeletionPolicy", "UpdateReplacePolicy"];
    let kept = policies.map(is_kept);
    let pictured = policies.map(asks_for_snapshot);
    let (wish, [removed, replaced]) = match kept.contains(&true) {
        true => ("kept", kept),
        false => ("kept as a snapshot", pictured),
    };
    let (when, key) = match (removed, replaced) {
        (false, false) => return,
        (true, false) => ("removed", policies[0]),
        (false, true) => ("replaced", policies[1]),
        (true, true) => ("removed or replaced", policies[0]),
    };
    context.say(
        Diagnostic::warning(
            codes::TERRAFORM_RETAIN,
            format!("`{id}` is to be {wish} when it is {when}, which Terraform cannot promise"),
        )
        .at(
            context.place(resource.attributes.key_span(key)),
            format!("{when} by Terraform with all that is in it"),
        )
        .help("run `terraform state rm` on it before it is removed from the files or replaced"),
    );
}
