//! Resources in the provider's own words.

use std::rc::Rc;

use samc_ir::{Map, Resource};

use crate::context::{Context, How, Plan};
use crate::facts::{Fact, Facts};
use crate::hcl::{Block, Item, Part, Value};
use crate::mapping::{Mapping, NameForm};
use crate::reason::Reason;
use crate::resources;
use crate::row::{Form, Words};
use crate::soundness::refused;
use crate::writer::Writer;

/// A resource that is written.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    /// Its logical id.
    pub(crate) id: &'a str,
    /// What becomes of it.
    pub(crate) plan: &'a Plan,
    /// What its type is.
    pub(crate) mapping: &'static Mapping,
    /// What it says.
    pub(crate) resource: &'a Resource,
}

/// The blocks of a resource, the main one first; none where something it says has no place in them.
pub(crate) fn resource(
    context: &Context<'_>,
    id: &str,
    plan: &Plan,
    mapping: &'static Mapping,
    resource: &Resource,
) -> Option<Vec<Block>> {
    context.lack.take();
    let site = Site { id, plan, mapping, resource };
    let made =
        resources::special(context, &site).unwrap_or_else(|| Some(vec![main(context, &site, &[])?]))?;
    // Whatever made them: what the provider wants is there.
    let is_whole = |block: &Block| {
        let facts = block.labels.first().and_then(|kind| context.facts(kind));
        facts.is_some_and(|facts| has_required(context, block, &facts, ""))
    };
    let is_fine = |block: &Block| is_whole(block) && arguments_are_sound(context, block);
    made.iter().filter(|b| b.kind == "resource").all(is_fine).then_some(made)
}

/// The addresses of all that becomes of a resource.
pub(crate) fn addresses(context: &Context<'_>, id: &str) -> Vec<String> {
    let Some((plan, resource)) = context.plans.get(id).zip(context.resource(id)) else { return Vec::new() };
    let How::Native(mapping) = plan.how else {
        return Some(&plan.address).filter(|address| !address.is_empty()).cloned().into_iter().collect();
    };
    // It is written once more for its names alone; what there is to find in it is told where it stands.
    let found = context.found.take();
    let blocks = self::resource(context, id, plan, mapping, resource).unwrap_or_default();
    *context.found.borrow_mut() = found;
    blocks.iter().filter(|b| b.kind == "resource").map(|block| block.labels.join(".")).collect()
}

/// The main block by the table alone, without the properties that are said elsewhere.
pub(crate) fn main(context: &Context<'_>, site: &Site<'_>, elsewhere: &[&str]) -> Option<Block> {
    main_of(context, site, &*resources::properties(site.resource)?, elsewhere)
}

/// The main block of properties that have been made ready for the table.
pub(crate) fn main_of(
    context: &Context<'_>,
    site: &Site<'_>,
    properties: &Map,
    elsewhere: &[&str],
) -> Option<Block> {
    let mapping = site.mapping;
    let facts = context.facts(&mapping.to)?;
    let mut block = Block::new("resource", &[&mapping.to, &site.plan.label]);
    let writer = Writer { context, mapping, facts: &facts };
    writer.fill(&mut block, "", "", properties, elsewhere)?;
    if let Some(name) = &mapping.name {
        // A name that may be missing is missing only where CloudFormation makes one up.
        let own = context.physical_name(site.id, mapping.name_limit.unwrap_or(64));
        let own = match mapping.name_form {
            None => own,
            Some(NameForm::Small) => Value::Call("lower", vec![own]),
            Some(NameForm::Underscores) => {
                Value::Call("replace", vec![own, Value::text("-"), Value::text("_")])
            }
        };
        let at = block.items.iter().position(|item| matches!(item, Item::Argument(n, _) if n == name));
        let value = match at.map(|i| block.items.remove(i)) {
            Some(Item::Argument(_, Value::Cond(condition, then, otherwise))) => {
                let or_own =
                    |value: Box<Value>| if *value == Value::Null { Box::new(own.clone()) } else { value };
                Value::Cond(condition, or_own(then), or_own(otherwise))
            }
            Some(Item::Argument(_, value)) => value,
            Some(Item::Block(_)) | None => own,
        };
        block.items.insert(0, Item::Argument(name.clone(), value));
    }
    set_defaults(&mut block, mapping, "");
    Some(block)
}

/// Sets what is not said of a resource, or of the part of it at a path.
fn set_defaults(block: &mut Block, mapping: &Mapping, part: &str) {
    let of_part = |name: &&str| name.rsplit_once('/').map_or("", |(path, _)| path) == part;
    let mut names: Vec<&str> = mapping.defaults.keys().map(String::as_str).filter(of_part).collect();
    names.sort_unstable();
    for name in names {
        default(block, name.rsplit('/').next().unwrap_or(name), &mapping.defaults[name]);
    }
}

/// Sets an argument where it is not said, in each block that its name begins with.
fn default(block: &mut Block, name: &str, value: &toml::Value) {
    let Some((first, rest)) = name.split_once('.') else {
        if !block.has(name) {
            block.set(name, plain(value));
        }
        return;
    };
    for item in &mut block.items {
        let Item::Block(inner) = item else { continue };
        if inner.kind == first {
            default(inner, rest, value);
        } else if inner.kind == "dynamic" && inner.labels.first().is_some_and(|label| label == first) {
            for item in &mut inner.items {
                if let Item::Block(content) = item {
                    default(content, rest, value);
                }
            }
        }
    }
}

fn plain(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::text(text),
        toml::Value::Integer(i) => Value::Number(i.to_string()),
        toml::Value::Float(f) => Value::Number(f.to_string()),
        toml::Value::Boolean(b) => Value::Bool(*b),
        toml::Value::Array(items) => Value::List(items.iter().map(plain).collect()),
        toml::Value::Table(_) | toml::Value::Datetime(_) => Value::Null,
    }
}

/// Whether everything that the provider wants of a block is in it, and nothing else.
fn has_required(context: &Context<'_>, block: &Block, facts: &Facts, prefix: &str) -> bool {
    let is_own =
        |path: &str| path.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('.'));
    let mut missing: Vec<&str> = facts
        .iter()
        .filter(|(_, fact)| matches!(fact, Fact::Argument(_, true) | Fact::Block(true)))
        .filter(|(path, _)| is_own(path) && !block.has(&path[prefix.len()..]))
        .map(|(path, _)| *path)
        .collect();
    missing.sort_unstable();
    if let Some(first) = missing.first() {
        return context.lacks::<()>(Reason::Missing((*first).to_owned())).is_some();
    }
    block.items.iter().all(|item| match item {
        Item::Argument(name, _) => {
            matches!(name.as_str(), "count" | "for_each" | "depends_on")
                || facts.contains_key(format!("{prefix}{name}").as_str())
        }
        Item::Block(inner) if inner.kind == "lifecycle" => true,
        Item::Block(inner) if inner.kind == "dynamic" => {
            let name = inner.labels.first().map_or("", String::as_str);
            inner.items.iter().all(|item| match item {
                Item::Block(content) => has_required(context, content, facts, &format!("{prefix}{name}.")),
                Item::Argument(..) => true,
            })
        }
        Item::Block(inner) => has_required(context, inner, facts, &format!("{prefix}{}.", inner.kind)),
    })
}

/// Writes a part of a resource that is a resource of its own in the provider, by the rows below `path`.
pub(crate) fn part(
    context: &Context<'_>,
    site: &Site<'_>,
    path: &str,
    block: &mut Block,
    map: &Map,
    elsewhere: &[&str],
) -> Option<()> {
    let facts = block.labels.first().and_then(|kind| context.facts(kind))?;
    let writer = Writer { context, mapping: site.mapping, facts: &facts };
    context.within(path, || writer.fill(block, &format!("{path}."), "", map, elsewhere))?;
    set_defaults(block, site.mapping, path);
    Some(())
}

/// Whether the arguments of a block are ones that the provider takes, whoever wrote them.
fn arguments_are_sound(context: &Context<'_>, block: &Block) -> bool {
    block.items.iter().all(|item| match item {
        Item::Argument(name, value) => {
            let is_level = name == "logging_level" && block.kind == "settings";
            let form = if is_level { log_levels() } else { Form::Value };
            match refused(name, &form, value) {
                Some(text) => context.lacks::<()>(Reason::Value(name.clone(), text)).is_some(),
                None => true,
            }
        }
        Item::Block(inner) => arguments_are_sound(context, inner),
    })
}

/// How the levels of the logs of an API are written.
pub(crate) fn log_levels() -> Form {
    Form::Of(Words::of("OFF|ERROR|INFO"))
}

impl Context<'_> {
    /// The facts of a resource of the provider.
    pub(crate) fn facts(&self, name: &str) -> Option<Rc<Facts>> {
        if let Some(known) = self.facts.borrow().get(name) {
            return known.clone();
        }
        let facts = crate::facts::of(name).map(Rc::new);
        self.facts.borrow_mut().insert(name.to_owned(), facts.clone());
        facts
    }

    /// What a row says an attribute is: one of the provider's, with an ending, or a text with several in it.
    pub(crate) fn told(&self, plan: &Plan, row: &str) -> Value {
        let address = match plan.how {
            How::Native(Mapping { whole: Some(whole), .. }) => {
                format!("{whole}.{}", self.satellite(whole, plan, ""))
            }
            How::Native(_) | How::Merged | How::CloudControl | How::Stack | How::Module => {
                plan.address.clone()
            }
        };
        let of = |attribute: &str| Value::code(self.indexed(plan, &address, attribute));
        if let Some((attribute, ending)) = row.split_once(" + ") {
            return Value::template(vec![Part::Value(of(attribute)), Part::Lit(ending.to_owned())]);
        }
        if !row.contains("${") {
            return of(row);
        }
        let mut parts = Vec::new();
        for (i, piece) in row.split("${").enumerate() {
            let (attribute, text) =
                if i == 0 { ("", piece) } else { piece.split_once('}').unwrap_or((piece, "")) };
            if !attribute.is_empty() {
                parts.push(Part::Value(of(attribute)));
            }
            parts.push(Part::Lit(text.to_owned()));
        }
        Value::template(parts)
    }

    /// The label of a resource that goes with another one; the same each time it is asked for.
    pub(crate) fn satellite(&self, kind: &str, owner: &Plan, suffix: &str) -> String {
        let key = (kind.to_owned(), owner.label.clone(), suffix.to_owned());
        if let Some(label) = self.satellites.borrow().get(&key) {
            return label.clone();
        }
        let wish = if suffix.is_empty() { owner.label.clone() } else { format!("{}_{suffix}", owner.label) };
        let mut names = self.satellite_names.borrow_mut();
        let mut label = wish.clone();
        let mut number = 2;
        // The labels of main resources are theirs, whatever their kind.
        while (label != owner.label && self.labels.contains(&label))
            || !names.insert(format!("{kind}.{label}"))
        {
            label = format!("{wish}_{number}");
            number += 1;
        }
        self.satellites.borrow_mut().insert(key, label.clone());
        label
    }
}
