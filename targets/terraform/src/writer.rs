//! Writes properties into the arguments and blocks that the rows of the mapping name.

use samc_ir::{Expr, Map};

use crate::context::Context;
use crate::facts::{Fact, Facts};
use crate::hcl::{Block, Item, Part, Value};
use crate::mapping::Mapping;
use crate::reason::Reason;
use crate::row::{Form, Row};
use crate::soundness::{refused, spelled, truth};

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
            let Row { name, form } = row;
            match form {
                Form::Flat => self.context.within(&path, || match value.as_list() {
                    Some(items) => items
                        .iter()
                        .filter(|item| !item.is_no_value())
                        .try_for_each(|item| self.fill(block, &format!("{path}."), to, item.as_map()?, &[])),
                    None => self.fill(block, &format!("{path}."), to, value.as_map()?, &[]),
                })?,
                Form::Skip | Form::Part => {}
                Form::Keys => self.context.within(&path, || self.keys(block, &path, to, value))?,
                // What it is anyway need not be said, and cannot.
                Form::As(words) => {
                    let said = crate::sections::scalar(value);
                    if !said.is_some_and(|said| words.contains(&said)) {
                        return self.context.lacks(Reason::Property(path));
                    }
                }
                form => {
                    let argument = format!("{to}{name}");
                    match self.facts.get(argument.as_str()) {
                        None | Some(Fact::Computed) => return self.context.lacks(Reason::Property(path)),
                        Some(Fact::Block(_)) => self.context.within(&path, || {
                            into_block(block, name, &mut |block, name| match form {
                                Form::Keyed => self.keyed(block, name, &path, &argument, value.as_map()?),
                                _ => self.blocks(block, name, &path, &argument, value),
                            })
                        })?,
                        Some(Fact::Argument(type_, _)) => {
                            let made = self.context.within(&path, || self.argument(type_, form, value))?;
                            let made = spelled(form, made);
                            let last = name.rsplit('.').next().unwrap_or(name);
                            if let Some(text) = refused(last, form, &made) {
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
        for (key, value) in map.iter().filter(|(_, value)| !value.is_no_value()) {
            self.each(block, name, value, &|map| {
                let mut inner = Block::new(name, &[]);
                inner.set(&key_row.name, Value::text(&**key));
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

    /// The value of an argument of a type in a form; none where it has no place in it.
    fn argument(&self, type_: &str, form: &Form, value: &Expr) -> Option<Value> {
        match form {
            Form::Json => Some(self.context.document(value)),
            Form::Verbatim => Some(self.context.json(value)),
            Form::Camel => Some(self.context.service_words(value)),
            Form::Tags => self.context.tags(value, "Key"),
            Form::Pairs => self.context.tags(value, "Name"),
            Form::One => {
                let [one] = value.as_list()? else { return None };
                self.typed(type_, one)
            }
            Form::OneMember(member) => {
                let [one] = value.as_list()? else { return None };
                self.typed(type_, &pick(one, member)?)
            }
            Form::Is(words) => truth(self.context.value(value), words),
            Form::Pick(member) => self.typed(type_, &pick(value, member)?),
            _ => self.typed(type_, value),
        }
    }

    /// A value as an argument of a type takes it.
    fn typed(&self, type_: &str, value: &Expr) -> Option<Value> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
