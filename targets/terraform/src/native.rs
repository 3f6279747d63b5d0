//! Resources in the provider's own words.

use std::rc::Rc;

use samc_ir::{Expr, Map, Resource};

use crate::context::{Context, How, Plan};
use crate::facts::{Fact, Facts};
use crate::hcl::{Block, Item, Part, Value};
use crate::mapping::{Mapping, NameForm};
use crate::reason::Reason;
use crate::resources;

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
    let mut defaults: Vec<(&String, &toml::Value)> = mapping.defaults.iter().collect();
    defaults.sort_by_key(|(name, _)| *name);
    for (name, value) in defaults {
        default(&mut block, name, value);
    }
    Some(block)
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

/// Writes properties into a block.
pub(crate) struct Writer<'w, 'g> {
    pub(crate) context: &'w Context<'g>,
    pub(crate) mapping: &'static Mapping,
    pub(crate) facts: &'w Facts,
}

impl Writer<'_, '_> {
    /// Writes the members of a map; none where one has no place.
    pub(crate) fn fill(
        &self,
        block: &mut Block,
        from: &str,
        to: &str,
        map: &Map,
        elsewhere: &[&str],
    ) -> Option<()> {
        for (key, value) in map.iter() {
            if elsewhere.contains(&&**key) || value.is_no_value() || value.is_null() {
                continue;
            }
            let path = format!("{from}{key}");
            let Some(row) = self.mapping.args.get(&path) else {
                return self.context.lacks(Reason::Property(path));
            };
            let (name, kind) = row.split_once(' ').unwrap_or((row, ""));
            match kind {
                "flat" => self.context.within(&path, || match value.as_list() {
                    Some(items) => items
                        .iter()
                        .filter(|item| !item.is_no_value())
                        .try_for_each(|item| self.fill(block, &format!("{path}."), to, item.as_map()?, &[])),
                    None => self.fill(block, &format!("{path}."), to, value.as_map()?, &[]),
                })?,
                "skip" | "part" => {}
                "keys" => self.context.within(&path, || self.keys(block, &path, to, value))?,
                // What it is anyway need not be said, and cannot.
                kind if kind.starts_with("as:") => {
                    let said = crate::sections::scalar(value);
                    if !said.is_some_and(|said| kind["as:".len()..].split('|').any(|word| word == said)) {
                        return self.context.lacks(Reason::Property(path));
                    }
                }
                kind => {
                    let argument = format!("{to}{name}");
                    match self.facts.get(argument.as_str()) {
                        None | Some(Fact::Computed) => return self.context.lacks(Reason::Property(path)),
                        Some(Fact::Block(_)) => self.context.within(&path, || {
                            into_block(block, name, &mut |block, name| match kind {
                                "keyed" => self.keyed(block, name, &path, &argument, value.as_map()?),
                                _ => self.blocks(block, name, &path, &argument, value),
                            })
                        })?,
                        Some(Fact::Argument(type_, _)) => {
                            let made = self.context.within(&path, || self.argument(type_, kind, value))?;
                            let made = spelled(kind, made);
                            let last = name.rsplit('.').next().unwrap_or(name);
                            if let Some(text) = refused(last, kind, &made) {
                                return self.context.lacks(Reason::Value(path, text));
                            }
                            into_block(block, name, &mut |block, name| {
                                block.set(name, made.clone());
                                Some(())
                            })?;
                        }
                    }
                }
            }
        }
        Some(())
    }

    /// A list of keys with values, each an argument by the row of its key, whose dots are slashes there.
    fn keys(&self, block: &mut Block, path: &str, to: &str, list: &Expr) -> Option<()> {
        for item in list.as_list()?.iter().filter(|item| !item.is_no_value()) {
            let item = item.as_map()?;
            let key = format!("={}", item.get("Key")?.as_str()?.replace('.', "/"));
            let one = Map::from([(key.as_str(), item.get("Value")?.clone())]);
            self.fill(block, &format!("{path}."), to, &one, &[])?;
        }
        Some(())
    }

    /// A block for each member of a map, its key in the argument that the row of `*` names.
    fn keyed(&self, block: &mut Block, name: &str, path: &str, argument: &str, map: &Map) -> Option<()> {
        let key_row = self.mapping.args.get(&format!("{path}.*"))?;
        let key_name = key_row.split(' ').next()?;
        for (key, value) in map.iter().filter(|(_, value)| !value.is_no_value()) {
            self.each(block, name, value, &|map| {
                let mut inner = Block::new(name, &[]);
                inner.set(key_name, Value::text(&**key));
                self.fill(&mut inner, &format!("{path}."), &format!("{argument}."), map, &[])?;
                Some(inner)
            })?;
        }
        Some(())
    }

    fn blocks(&self, block: &mut Block, name: &str, path: &str, argument: &str, value: &Expr) -> Option<()> {
        self.each(block, name, value, &|map| {
            let mut inner = Block::new(name, &[]);
            self.fill(&mut inner, &format!("{path}."), &format!("{argument}."), map, &[])?;
            Some(inner)
        })
    }

    /// A block for each map of a value: itself, the items of a list, what stands under a condition.
    fn each(
        &self,
        block: &mut Block,
        name: &str,
        value: &Expr,
        make: &dyn Fn(&Map) -> Option<Block>,
    ) -> Option<()> {
        if let Some(map) = value.as_map() {
            block.push(make(map)?);
            return Some(());
        }
        if let Some(items) = value.as_list() {
            return items.iter().try_for_each(|item| match item.is_no_value() {
                true => Some(()),
                false => self.each(block, name, item, make),
            });
        }
        let (condition, then, otherwise) = value.as_if()?;
        let local = self.context.conditions.get(condition.as_str()?)?.clone();
        for (arm, test) in [(then, format!("local.{local}")), (otherwise, format!("!local.{local}"))] {
            if arm.is_no_value() {
                continue;
            }
            self.context.guards.borrow_mut().push(test.replacen("local.", "", 1));
            let mut made = Block::default();
            let written = self.each(&mut made, name, arm, make);
            self.context.guards.borrow_mut().pop();
            written?;
            for item in made.items {
                let Item::Block(mut content) = item else { return None };
                // A condition within a condition is not said here.
                if content.kind == "dynamic" {
                    return None;
                }
                content.kind = "content".to_owned();
                let mut dynamic = Block::new("dynamic", &[name]);
                let (one, none) = (Value::List(vec![Value::Bool(true)]), Value::List(Vec::new()));
                dynamic.set("for_each", Value::Cond(test.clone(), Box::new(one), Box::new(none)));
                dynamic.push(content);
                block.push(dynamic);
            }
        }
        Some(())
    }

    fn argument(&self, type_: &str, kind: &str, value: &Expr) -> Option<Value> {
        match kind {
            "json" => return Some(self.context.document(value)),
            "verbatim" => return Some(self.context.json(value)),
            "camel" => return Some(self.context.service_words(value)),
            "tags" => return self.context.tags(value, "Key"),
            "pairs" => return self.context.tags(value, "Name"),
            "one" => {
                let [one] = value.as_list()? else { return None };
                return self.argument(type_, "", one);
            }
            _ => {}
        }
        if let Some(member) = kind.strip_prefix("one:") {
            let [one] = value.as_list()? else { return None };
            return self.argument(type_, "", &pick(one, member)?);
        }
        if let Some(words) = kind.strip_prefix("is:") {
            return truth(self.context.value(value), words);
        }
        let picked = kind.strip_prefix("pick:").map(|member| pick(value, member));
        let picked = match picked {
            None => None,
            Some(found) => Some(found?),
        };
        let value = picked.as_ref().unwrap_or(value);
        let written = self.context.value(value);
        if type_.starts_with("list(") || type_.starts_with("set(") {
            let is_list = written.is_composite()
                || self.context.is_list(value)
                || matches!(&written, Value::Code(_) | Value::Index(..) | Value::Call(..));
            return match written {
                Value::Cond(..) => Some(written),
                Value::Object(_) => None,
                Value::List(items) if items.iter().any(Value::is_composite) => None,
                Value::Code(_) if value.as_ref_to().is_some() && !self.context.is_list(value) => {
                    Some(Value::List(vec![written]))
                }
                _ if is_list => Some(written),
                one => Some(Value::List(vec![one])),
            };
        }
        if type_.starts_with("map(") {
            return match written {
                Value::List(_) | Value::Text(_) | Value::Number(_) | Value::Bool(_) => None,
                map => Some(map),
            };
        }
        match written {
            Value::List(_) | Value::Object(_) | Value::Present(_) => None,
            // The provider wants a number or truth where the template may have any text.
            Value::Text(parts) if type_ == "bool" => match parts.as_slice() {
                [Part::Lit(text)] => match text.to_ascii_lowercase().as_str() {
                    "true" => Some(Value::Bool(true)),
                    "false" => Some(Value::Bool(false)),
                    _ => None,
                },
                _ => None,
            },
            Value::Text(parts) if type_ == "number" => match parts.as_slice() {
                [Part::Lit(text)] if text.trim().parse::<f64>().is_ok() => Some(Value::text(text.trim())),
                [Part::Lit(_)] => None,
                _ => Some(Value::Text(parts)),
            },
            other => Some(other),
        }
    }
}

/// Writes into the block that an argument with dots in its name goes to, which is made where it is not
/// there; gives the last word of the name.
fn into_block(
    block: &mut Block,
    name: &str,
    write: &mut dyn FnMut(&mut Block, &str) -> Option<()>,
) -> Option<()> {
    let Some((first, rest)) = name.split_once('.') else { return write(block, name) };
    let at = block.items.iter().position(|item| matches!(item, Item::Block(inner) if inner.kind == first));
    let (at, mut inner) = match at.map(|at| (at, block.items.remove(at))) {
        Some((at, Item::Block(inner))) => (at, inner),
        Some((_, Item::Argument(..))) | None => (block.items.len(), Block::new(first, &[])),
    };
    let written = into_block(&mut inner, rest, write);
    block.items.insert(at, Item::Block(inner));
    written
}

/// Words of an enumeration in the spelling of the provider: CloudFormation's services are not all strict
/// about capital letters, and a word can mean nothing but itself.
pub(crate) fn spelled(kind: &str, value: Value) -> Value {
    let Some(words) = kind.strip_prefix("of:").or_else(|| kind.strip_prefix("all:")) else { return value };
    match value {
        Value::List(items) => Value::List(items.into_iter().map(|item| spelled(kind, item)).collect()),
        Value::Cond(condition, then, otherwise) => {
            Value::Cond(condition, Box::new(spelled(kind, *then)), Box::new(spelled(kind, *otherwise)))
        }
        Value::Text(_) => {
            let same = |word: &&str| value.as_literal().is_some_and(|text| text.eq_ignore_ascii_case(word));
            match words.split('|').find(same) {
                Some(word) => Value::text(word),
                None => value,
            }
        }
        other => other,
    }
}

/// One of two words as true or false: `ENABLED|DISABLED`.
fn truth(value: Value, words: &str) -> Option<Value> {
    match value {
        Value::Null => Some(Value::Null),
        Value::Bool(said) => truth(Value::text(said.to_string()), words),
        Value::Cond(condition, then, otherwise) => {
            Some(Value::Cond(condition, Box::new(truth(*then, words)?), Box::new(truth(*otherwise, words)?)))
        }
        Value::Text(_) => {
            let at = words.split('|').position(|word| value.as_literal() == Some(word))?;
            Some(Value::Bool(at == 0))
        }
        // A parameter or an attribute that holds one of the words.
        code @ Value::Code(_) => {
            let yes = Value::text(words.split('|').next().unwrap_or_default());
            Some(Value::Binary("==", vec![code, yes]))
        }
        _ => None,
    }
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
    context.within(path, || writer.fill(block, &format!("{path}."), "", map, elsewhere))
}

/// One member of each map of a list.
fn pick(value: &Expr, member: &str) -> Option<Expr> {
    if let Some((condition, then, otherwise)) = value.as_if() {
        let side = |arm: &Expr| if arm.is_no_value() { Some(arm.clone()) } else { pick(arm, member) };
        return Some(Expr::if_else(condition.clone(), side(then)?, side(otherwise)?));
    }
    match value.as_map() {
        Some(map) => (map.len() == 1).then(|| map.get(member).cloned())?,
        None => {
            value.as_list()?.iter().map(|item| pick(item, member)).collect::<Option<Vec<_>>>().map(Expr::from)
        }
    }
}

/// What of a value the provider does not take, as far as it is written out.
pub(crate) fn refused(name: &str, kind: &str, value: &Value) -> Option<String> {
    if let Some(limit) = kind.strip_prefix("upto:").and_then(|limit| limit.parse::<f64>().ok()) {
        let number = match value {
            Value::Number(number) => Some(number.as_str()),
            value => value.as_literal(),
        };
        if let Some(number) = number {
            return number.trim().parse().is_ok_and(|n: f64| n > limit).then(|| format!("`{number}`"));
        }
    }
    match value {
        Value::List(items) if kind.starts_with("all:") && items.is_empty() => {
            Some("an empty list".to_owned())
        }
        Value::List(items) => items.iter().find_map(|item| refused(name, kind, item)),
        Value::Cond(_, then, otherwise) => {
            refused(name, kind, then).or_else(|| refused(name, kind, otherwise))
        }
        Value::Text(_) => {
            let text = value.as_literal()?;
            let is_sound = if kind == "json" || name == "input" {
                serde_json::from_str::<serde_json::Value>(text).is_ok()
            } else if kind == "date" {
                is_date(text)
            } else if let Some(words) = kind.strip_prefix("of:").or_else(|| kind.strip_prefix("all:")) {
                words.split('|').any(|word| word == text)
            } else {
                !(is_arn_name(name) && kind.is_empty()) || is_arn(text)
            };
            (!is_sound).then(|| match text.chars().count() {
                0..=40 if !text.contains(['\n', '`']) => format!("`{text}`"),
                _ => "the text".to_owned(),
            })
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Code(_)
        | Value::Object(_)
        | Value::Call(..)
        | Value::Index(..)
        | Value::Present(_)
        | Value::Binary(..)
        | Value::Not(_) => None,
    }
}

/// Whether the arguments of a block are ones that the provider takes, whoever wrote them.
fn arguments_are_sound(context: &Context<'_>, block: &Block) -> bool {
    block.items.iter().all(|item| match item {
        Item::Argument(name, value) => {
            let kind =
                if name == "logging_level" && block.kind == "settings" { "of:OFF|ERROR|INFO" } else { "" };
            match refused(name, kind, value) {
                Some(text) => context.lacks::<()>(Reason::Value(name.clone(), text)).is_some(),
                None => true,
            }
        }
        Item::Block(inner) => arguments_are_sound(context, inner),
    })
}

/// Whether a text is a time with its zone.
fn is_date(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let has_zone = time.ends_with('Z') || time.get(8..).is_some_and(|rest| rest.contains(['+', '-']));
    date.len() == 10 && time.len() > 8 && has_zone
}

fn is_arn_name(name: &str) -> bool {
    name == "arn" || name.ends_with("_arn") || name.ends_with("_arns") || name == "permissions_boundary"
}

/// Whether a text is an Amazon Resource Name, as strictly as the provider has it.
pub(crate) fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or("");
    let (start, partition, service, region, account) = (next(), next(), next(), next(), next());
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let is_region = region.is_empty()
        || (region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && region.ends_with(|c: char| c.is_ascii_digit())
            && region.matches('-').count() >= 2);
    let is_account = matches!(account, "" | "aws" | "aws-managed" | "third-party" | "aws-marketplace")
        || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        || account.starts_with("cw");
    start == "arn"
        && partition.starts_with("aws")
        && is_word(partition)
        && !service.is_empty()
        && is_region
        && is_account
        && !next().is_empty()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_spelled_as_the_provider_has_them() {
        let info = Value::text("INFO");
        assert_eq!(spelled("of:OFF|ERROR|INFO", Value::text("Info")), info);
        assert_eq!(spelled("of:OFF|ERROR|INFO", Value::text("loud")), Value::text("loud"));
        assert_eq!(spelled("", Value::text("Info")), Value::text("Info"));
        let list = Value::List(vec![Value::text("regional")]);
        assert_eq!(spelled("all:EDGE|REGIONAL", list), Value::List(vec![Value::text("REGIONAL")]));
    }

    #[test]
    fn two_words_are_true_and_false() {
        let of = |value| truth(value, "false|true");
        assert_eq!(of(Value::Bool(false)), Some(Value::Bool(true)));
        assert_eq!(of(Value::text("true")), Some(Value::Bool(false)));
        assert_eq!(of(Value::text("maybe")), None);
        let computed = Value::Binary("==", vec![Value::code("var.off"), Value::text("false")]);
        assert_eq!(of(Value::code("var.off")), Some(computed));
    }

    #[test]
    fn what_the_provider_refuses_is_told() {
        let of = |kind, text: &str| refused("role_arn", kind, &Value::text(text));
        assert_eq!(of("", "arn:aws:iam::123456789012:role/a"), None);
        assert_eq!(of("", "role-a"), Some("`role-a`".to_owned()));
        assert_eq!(of("of:a|b", "c"), Some("`c`".to_owned()));
        assert_eq!(of("json", "{"), Some("`{`".to_owned()));
        assert_eq!(refused("x", "all:a", &Value::List(Vec::new())), Some("an empty list".to_owned()));
    }

    #[test]
    fn an_argument_with_dots_goes_into_its_block_once() {
        let mut block = Block::new("resource", &[]);
        for name in ["check.path", "check.port"] {
            let written = into_block(&mut block, name, &mut |block, name| {
                block.set(name, Value::text(name));
                Some(())
            });
            assert_eq!(written, Some(()));
        }
        let mut check = Block::new("check", &[]);
        check.set("path", Value::text("path")).set("port", Value::text("port"));
        assert_eq!(block.items, [Item::Block(check)]);
    }
}
