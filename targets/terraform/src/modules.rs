//! Nested stacks whose templates are compiled with the one that names them: modules, and calls of them.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map, Resource};
use samc_target::terraform::ARTIFACT_BUCKET;

use crate::context::{Context, Plan, Shape};
use crate::hcl::{Block, Part, Value};
use crate::names::Names;
use crate::sections;

/// The call of the module that a stack becomes.
pub(crate) fn call(context: &Context<'_>, id: &str, plan: &Plan, resource: &Resource) -> Vec<Block> {
    let Some(module) = context.options.terraform.modules.get(id) else { return Vec::new() };
    let mut block = Block::new("module", &[&plan.label]);
    block.set("source", Value::text(&module.source));
    // CloudFormation names a nested stack so, and what is in it after that.
    let own = Part::Lit(format!("-{id}"));
    block.set("stack_name", Value::template(vec![Part::Value(Value::code("var.stack_name")), own]));
    let given = resource.property("Parameters").and_then(Expr::as_map);
    let declared = module.sections.get("Parameters").and_then(Expr::as_map);
    for (name, variable) in declared.map(sections::variables).unwrap_or_default() {
        let Some(value) = given.and_then(|given| given.get(name)).filter(|value| !value.is_no_value()) else {
            continue;
        };
        let said = context.value(value);
        // Stacks hand lists on as text.
        let said = match (variable.shape, context.is_list(value)) {
            (Shape::List, false) => match joined(value) {
                Some(list) => context.value(list),
                None => Value::Call("split", vec![Value::text(","), said]),
            },
            (Shape::Text | Shape::Number, true) => Value::Call("join", vec![Value::text(","), said]),
            _ => said,
        };
        block.set(variable.name, said);
    }
    if module.needs_bucket {
        context.uploads.set(true);
        block.set(ARTIFACT_BUCKET, Value::code(format!("var.{ARTIFACT_BUCKET}")));
    }
    for key in ["NotificationARNs", "Tags", "TimeoutInMinutes"] {
        let entry = resource.properties_map().and_then(|map| map.entry(key));
        if let Some(entry) = entry.filter(|entry| !is_of_transform(&entry.value)) {
            context.say(
                Diagnostic::warning(
                    codes::TERRAFORM_MODULE,
                    format!(
                        "`{key}` of the nested stack `{id}` has no place in Terraform, where it is a module"
                    ),
                )
                .at(context.place(entry.key_span.or(entry.value.span)), "left out")
                .help("give tags to the resources themselves, or to all with `default_tags` of the provider"),
            );
        }
    }
    vec![block]
}

/// True for the tags that SAM's transform puts on every application it nests.
fn is_of_transform(tags: &Expr) -> bool {
    tags.as_list().is_some_and(|tags| {
        tags.iter().all(|tag| {
            let key = tag.as_map().and_then(|tag| tag.get("Key")).and_then(Expr::as_str);
            matches!(
                key,
                Some("lambda:createdBy" | "serverlessrepo:applicationId" | "serverlessrepo:semanticVersion")
            )
        })
    })
}

/// The list of a text that joins it with commas, as parameters that are lists are given.
fn joined(value: &Expr) -> Option<&Expr> {
    let samc_ir::Kind::Call(samc_ir::Function::Join, argument) = &value.kind else { return None };
    match argument.as_list()? {
        [delimiter, list] if delimiter.as_str() == Some(",") => Some(list),
        _ => None,
    }
}

impl Context<'_> {
    /// What `Ref` of a stack is that is a module.
    pub(crate) fn module_id(&self, id: &str) -> Value {
        let own = Part::Lit(format!("-{id}"));
        Value::template(vec![Part::Value(Value::code("var.stack_name")), own])
    }

    /// An output of a module.
    pub(crate) fn module_output(&self, id: &str, plan: &Plan, attribute: &str) -> Option<Value> {
        let name = attribute.strip_prefix("Outputs.")?;
        let module = self.options.terraform.modules.get(id)?;
        let outputs = module.sections.get("Outputs").and_then(Expr::as_map)?;
        let mut names = Names::default();
        let named =
            outputs.iter().filter(|(_, output)| is_output(output)).map(|(own, _)| (own, names.take(own)));
        let output = named.into_iter().find(|(own, _)| &***own == name)?.1;
        Some(Value::code(self.attribute(plan, &output)))
    }
}

/// True for what becomes an output.
pub(crate) fn is_output(output: &Expr) -> bool {
    output.as_map().is_some_and(|output: &Map| output.contains_key("Value"))
}
