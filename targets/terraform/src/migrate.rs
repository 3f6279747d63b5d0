//! Taking a stack over: names stay those that CloudFormation made up, and each resource of the stack gets an
//! `import` block with the id that it has.

use rustc_hash::FxHashMap;
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Function, Kind, Resource};
use samc_target::terraform::{ImportedStack, StackResource};

use crate::context::{Context, How, Plan};
use crate::hcl::{Block, Item, Part, Value, line};
use crate::imports::{self, Piece};

/// What was written for each resource, in order.
pub(crate) type Written<'g> = Vec<(&'g LogicalId, Vec<Block>)>;

/// Gives the main block of a resource the names that it has in the stack, where the template says none.
pub(crate) fn keep_names(
    context: &Context<'_>,
    stack: &ImportedStack,
    id: &LogicalId,
    resource: &Resource,
    blocks: &mut [Block],
) {
    let Some(known) = stack.resources.get(id.as_str()) else { return };
    let Some(block) = blocks.first_mut() else { return };
    let Some(plan) = context.plans.get(id.as_str()) else { return };
    let How::Native(mapping) = plan.how else { return };
    let is_given = |argument: &str| {
        let mut paths = mapping.args.iter().filter(|(path, row)| !path.contains('.') && row.name == argument);
        paths.any(|(path, _)| resource.property(path).is_some_and(|value| !value.is_no_value()))
    };
    let row = block.labels.first().and_then(|kind| imports::of(kind));
    let made = row.into_iter().flat_map(|row| &row.made);
    for (argument, text) in made {
        if is_given(argument) {
            continue;
        }
        let live = imports::pieces(text).and_then(|pieces| {
            let piece = |piece: &Piece<'_>| match piece {
                Piece::Text(text) => Some((*text).to_owned()),
                Piece::Hole(hole) if hole.name == "id" => hole.cut(&known.physical_id),
                Piece::Hole(_) => None,
            };
            pieces.iter().map(piece).collect::<Option<String>>()
        });
        if let Some(live) = live {
            let is_name = |item: &Item| matches!(item, Item::Argument(name, _) if name == argument || *name == format!("{argument}_prefix"));
            let at = block.items.iter().position(is_name);
            block.items.retain(|item| !is_name(item));
            block.items.insert(at.unwrap_or(0), Item::Argument(argument.clone(), Value::text(live)));
        }
    }
    // A name that the physical id does not tell stays whatever it is.
    if let Some(name) = &mapping.name
        && !is_given(name)
        && block.items.iter().any(|item| {
            matches!(item, Item::Argument(own, value) if own == name && line(value).contains("${var.stack_name}-"))
        })
    {
        let is_lifecycle = |item: &&mut Item| matches!(item, Item::Block(inner) if inner.kind == "lifecycle");
        let ignored = Value::List(vec![Value::code(name)]);
        match block.items.iter_mut().find(is_lifecycle) {
            Some(Item::Block(lifecycle)) => {
                lifecycle.set("ignore_changes", ignored);
            }
            _ => {
                let mut lifecycle = Block::new("lifecycle", &[]);
                lifecycle.set("ignore_changes", ignored);
                let at = block.items.iter().position(
                    |item| matches!(item, Item::Argument(name, _) if name == "depends_on"),
                );
                block.items.insert(at.unwrap_or(block.items.len()), Item::Block(lifecycle));
            }
        }
    }
}

/// The `import` blocks, and findings about what cannot be imported.
pub(crate) fn import_blocks(
    context: &Context<'_>,
    stack: &ImportedStack,
    written: &Written<'_>,
) -> Vec<Block> {
    let known = Known::new(context, stack, written);
    let mut made = Vec::new();
    for (id, blocks) in written {
        let Some(resource) = context.resource(id.as_str()) else { continue };
        let Some(plan) = context.plans.get(id.as_str()) else { continue };
        let Some(live) = stack.resources.get(id.as_str()) else { continue };
        *context.current.borrow_mut() = context.graph.resources.get_key_value(*id).map(|(id, _)| id);
        if live.resource_type != resource.resource_type.as_str() {
            let message = format!(
                "`{id}` is {} in the stack {} and {} in the template",
                live.resource_type, stack.name, resource.resource_type
            );
            known.differs(context, message, "not imported", "import with the template that was deployed");
            continue;
        }
        if matches!(plan.how, How::Native(_)) && known.holds_all(&plan.condition) == Some(false) {
            let message =
                format!("`{id}` is in the stack {}, and its condition does not hold here", stack.name);
            let help = "give the parameters the values that the stack has, with --param or --params";
            known.differs(context, message, "not imported", help);
            continue;
        }
        for (i, block) in blocks.iter().enumerate().filter(|(_, b)| b.kind == "resource") {
            match known.import(plan, block, live, i == 0) {
                Ok(Some(import)) => made.push(import),
                Ok(None) => {}
                Err(why) => {
                    let address = block.labels.join(".");
                    context.say(
                        Diagnostic::warning(
                            codes::TERRAFORM_IMPORT,
                            format!("`{address}` of `{id}` cannot be imported: {why}"),
                        )
                        .at(context.place(None), "Terraform would make it anew")
                        .help("import it by hand with `terraform import`, or take it out of AWS before `terraform apply`"),
                    );
                }
            }
        }
    }
    *context.current.borrow_mut() = None;
    let mut origins = context.graph.resources.values().map(|resource| &resource.origin);
    let anywhere = origins.find_map(|origin| origin.key_span.or(origin.span));
    for (id, live) in &stack.resources {
        if !context.graph.resources.contains_key(id.as_str()) {
            context.found.borrow_mut().push(
                Diagnostic::warning(
                    codes::TERRAFORM_STACK_DIFFERS,
                    format!(
                        "`{id}` ({}) is in the stack {} and not in the template",
                        live.resource_type, stack.name
                    ),
                )
                .at(anywhere, "a template without it")
                .help("import with the template that was deployed; else it stays outside of Terraform"),
            );
        }
    }
    made
}

/// What is known of the values that Terraform would compute.
struct Known<'k, 'g> {
    context: &'k Context<'g>,
    stack: &'k ImportedStack,
    /// The resource at each address.
    owners: FxHashMap<&'k str, &'k str>,
    /// What is written there.
    blocks: FxHashMap<String, &'k Block>,
    /// The condition of each local value.
    conditions: FxHashMap<&'k str, &'k str>,
}

impl<'k, 'g> Known<'k, 'g> {
    fn new(context: &'k Context<'g>, stack: &'k ImportedStack, written: &'k Written<'_>) -> Self {
        let owners = context.plans.iter().map(|(id, plan)| (plan.address.as_str(), *id)).collect();
        let blocks = written.iter().flat_map(|(_, blocks)| blocks);
        let blocks = blocks.map(|block| (block.labels.join("."), block)).collect();
        let conditions = context.conditions.iter().map(|(name, local)| (local.as_str(), *name)).collect();
        Known { context, stack, owners, blocks, conditions }
    }

    fn differs(&self, context: &Context<'_>, message: String, label: &str, help: &str) {
        let found = Diagnostic::warning(codes::TERRAFORM_STACK_DIFFERS, message);
        context.say(found.at(context.place(None), label).help(help));
    }

    /// The import of a block; none where it is not there in numbers, and why where it cannot be.
    fn import(
        &self,
        plan: &Plan,
        block: &Block,
        live: &StackResource,
        is_main: bool,
    ) -> Result<Option<Block>, String> {
        let [kind, label] = block.labels.as_slice() else { return Ok(None) };
        let mut address = format!("{kind}.{label}");
        if let Some(count) = block.get("count") {
            let test = match count {
                Value::Cond(test, ..) => self.holds_all(&Some(test.clone())),
                _ => None,
            };
            // That the resource itself is there the stack tells.
            match test {
                Some(false) => return Ok(None),
                None if !is_main && *count != whole(plan) => {
                    return Err("whether its condition holds is not known; give the parameters with --param"
                        .to_owned());
                }
                _ => address.push_str("[0]"),
            }
        }
        let Some(row) = imports::of(kind) else { return Err("no id is known for its type".to_owned()) };
        if let Some(why) = &row.cannot {
            return Err(why.clone());
        }
        let mut why = "it has no id".to_owned();
        for text in &row.id {
            let Some(pieces) = imports::pieces(text) else { continue };
            let is_there = |piece: &Piece<'_>| match piece {
                Piece::Hole(hole) if hole.name != "id" && !hole.name.starts_with('@') => {
                    block.get(hole.name).is_some_and(|value| *value != Value::Null)
                }
                _ => true,
            };
            if !pieces.iter().all(is_there) {
                continue;
            }
            let piece = |piece: &Piece<'_>| match piece {
                Piece::Text(text) => Ok((*text).to_owned()),
                Piece::Hole(hole) => {
                    let value = match hole.name {
                        "id" if is_main => Some(live.physical_id.clone()),
                        "id" => return Err("the stack does not tell its id".to_owned()),
                        "@region" => self.region(),
                        name if name.starts_with('@') => self.place(&name[1..]),
                        name => block.get(name).and_then(|value| self.argument(name, value)),
                    };
                    let cut = value.and_then(|value| hole.cut(&value));
                    cut.ok_or_else(|| match hole.name.strip_prefix('@') {
                        Some(name) => format!(
                            "the {name} of the stack is not known; `describe-stack-resources` tells it"
                        ),
                        None => format!("`{}` is not known before it is deployed", hole.name),
                    })
                }
            };
            match pieces.iter().map(piece).collect::<Result<String, String>>() {
                Ok(id) => {
                    let mut import = Block::new("import", &[]);
                    import.set("to", Value::code(address));
                    import.set("id", Value::text(id));
                    return Ok(Some(import));
                }
                Err(reason) => {
                    why = reason;
                    break;
                }
            }
        }
        Err(why)
    }

    /// Where the stack is: from its ARN, `arn:aws:cloudformation:eu-west-1:123456789012:stack/name/id`.
    fn place(&self, what: &str) -> Option<String> {
        let parts: Vec<&str> = self.stack.arn.as_deref()?.split(':').collect();
        let at = match what {
            "partition" => 1,
            "region" => 3,
            "account" => 4,
            _ => return None,
        };
        parts.get(at).map(|part| (*part).to_owned())
    }

    fn region(&self) -> Option<String> {
        self.place("region").or_else(|| self.context.options.about.region.clone())
    }

    /// The text of an argument. Where a function is named, its ARN names it as well.
    fn argument(&self, name: &str, value: &Value) -> Option<String> {
        if name == "function_name"
            && let Value::Code(code) = value
            && let Some((address, _)) = parted(code)
            && address.starts_with("aws_lambda_function.")
        {
            return self.physical(&address);
        }
        self.text(value, 0)
    }

    fn physical(&self, address: &str) -> Option<String> {
        let id = self.owners.get(address)?;
        Some(self.stack.resources.get(*id)?.physical_id.clone())
    }

    /// What a value is, as far as the stack and the parameters tell.
    fn text(&self, value: &Value, depth: usize) -> Option<String> {
        if depth > 16 {
            return None;
        }
        match value {
            Value::Text(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Lit(text) => Some(text.clone()),
                    Part::Value(value) => self.text(value, depth + 1),
                })
                .collect(),
            Value::Number(text) => Some(text.clone()),
            Value::Bool(b) => Some(b.to_string()),
            Value::Code(code) => self.code(code, depth),
            Value::Call("lower", arguments) => match arguments.as_slice() {
                [one] => Some(self.text(one, depth + 1)?.to_lowercase()),
                _ => None,
            },
            Value::Cond(test, then, otherwise) => {
                let arm = if self.holds_all(&Some(test.clone()))? { then } else { otherwise };
                self.text(arm, depth + 1)
            }
            Value::Null
            | Value::List(_)
            | Value::Object(_)
            | Value::Call(..)
            | Value::Index(..)
            | Value::Present(_)
            | Value::Binary(..)
            | Value::Not(_) => None,
        }
    }

    fn code(&self, code: &str, depth: usize) -> Option<String> {
        match code {
            "var.stack_name" => return Some(self.stack.name.clone()),
            "data.aws_region.current.name" => return self.region(),
            "data.aws_caller_identity.current.account_id" => return self.place("account"),
            "data.aws_partition.current.partition" => return self.place("partition"),
            _ => {}
        }
        if code.starts_with("var.") {
            let (name, _) = self.context.variables.iter().find(|(_, variable)| variable.code == code)?;
            return self.parameter(name);
        }
        let (address, attribute) = parted(code)?;
        let plan = self.owners.get(address.as_str()).and_then(|id| self.context.plans.get(id));
        if let Some(Plan { how: How::Native(mapping), .. }) = plan
            && mapping.reference == attribute
        {
            return self.physical(&address);
        }
        let block = self.blocks.get(&address)?;
        self.text(block.get(&attribute)?, depth + 1)
    }

    /// The value of a parameter, as it was given or by default.
    fn parameter(&self, name: &str) -> Option<String> {
        if let Some(given) = self.context.options.parameters.get(name) {
            return Some(given.clone());
        }
        let declaration = self.context.graph.parameters()?.get(name)?.as_map()?;
        crate::sections::scalar(declaration.get("Default")?)
    }

    /// Whether a test such as `local.a && !local.b` holds; none where that is not known.
    fn holds_all(&self, test: &Option<String>) -> Option<bool> {
        let Some(test) = test else { return Some(true) };
        let mut all = Some(true);
        for one in test.split(" && ") {
            let (is_not, name) = match one.strip_prefix('!') {
                Some(name) => (true, name),
                None => (false, one),
            };
            let name = self.conditions.get(name.strip_prefix("local.").unwrap_or(name))?;
            match self.holds(name, 0).map(|holds| holds != is_not) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => all = None,
            }
        }
        all
    }

    fn holds(&self, condition: &str, depth: usize) -> Option<bool> {
        self.truth(self.context.graph.conditions()?.get(condition)?, depth)
    }

    fn truth(&self, expr: &Expr, depth: usize) -> Option<bool> {
        if depth > 64 {
            return None;
        }
        match &expr.kind {
            Kind::Call(Function::Equals, argument) => match argument.as_list()? {
                [left, right] => Some(self.side(left)? == self.side(right)?),
                _ => None,
            },
            // One side that is known may decide, whatever the others are.
            Kind::Call(function @ (Function::And | Function::Or), argument) => {
                let decides = *function == Function::Or;
                let truths: Vec<_> = argument.as_list()?.iter().map(|e| self.truth(e, depth + 1)).collect();
                if truths.contains(&Some(decides)) {
                    return Some(decides);
                }
                (!truths.contains(&None)).then_some(!decides)
            }
            Kind::Call(Function::Not, argument) => match argument.as_list()? {
                [one] => self.truth(one, depth + 1).map(|truth| !truth),
                _ => None,
            },
            Kind::Call(Function::Condition, argument) => self.holds(argument.as_str()?, depth + 1),
            Kind::Map(map) if map.len() == 1 => self.holds(map.get("Condition")?.as_str()?, depth + 1),
            _ => None,
        }
    }

    /// A side of a comparison.
    fn side(&self, expr: &Expr) -> Option<String> {
        if let Some(text) = crate::sections::scalar(expr) {
            return Some(text);
        }
        match expr.as_ref_to()? {
            "AWS::StackName" => Some(self.stack.name.clone()),
            "AWS::Region" => self.region(),
            "AWS::AccountId" => self.place("account"),
            "AWS::Partition" => self.place("partition"),
            name => self.parameter(name),
        }
    }
}

/// The count of what is there whenever its owner is.
fn whole(plan: &Plan) -> Value {
    let (one, none) = (Value::Number("1".to_owned()), Value::Number("0".to_owned()));
    let test = plan.condition.as_ref().map(|local| format!("local.{local}")).unwrap_or_default();
    Value::Cond(test, Box::new(one), Box::new(none))
}

/// The address and the attribute of a reference such as `one(aws_x.y[*].arn)` or `aws_x.y[0].arn`.
fn parted(code: &str) -> Option<(String, String)> {
    let code = code.strip_prefix("one(").and_then(|code| code.strip_suffix(')')).unwrap_or(code);
    let code = code.replace("[0]", "").replace("[*]", "");
    let mut words = code.split('.');
    let (kind, label, attribute) = (words.next()?, words.next()?, words.next()?);
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    (words.next().is_none() && kind.starts_with("aws_") && is_word(label) && is_word(attribute))
        .then(|| (format!("{kind}.{label}"), attribute.to_owned()))
}
