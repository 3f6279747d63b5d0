//! What holds for the tables and for every text.

use crate::facts::{self, Fact};
use crate::hcl::{Block, Part, Value, file, line};
use crate::row::{Form, Row};
use crate::{imports, mapping};

/// What an argument is in the table: the resource and the path without the ending of its first words.
fn argument_path<'m>(mapping: &'m mapping::Mapping, path: &str) -> Option<(&'m str, String)> {
    let mut to = mapping.to.as_str();
    let mut made = String::new();
    let mut from = String::new();
    for (i, step) in path.split('.').enumerate() {
        if i > 0 {
            from.push('.');
        }
        from.push_str(step);
        let row = mapping.args.get(&from)?;
        let Row { name, form } = row;
        if matches!(form, Form::Flat | Form::Skip | Form::Keys | Form::As(_)) {
            continue;
        }
        // What is below is of another resource.
        if *form == Form::Part {
            to = name;
            made.clear();
            continue;
        }
        if !made.is_empty() {
            made.push('.');
        }
        made.push_str(name);
    }
    Some((to, made))
}

#[test]
fn every_row_names_what_the_provider_has() {
    let mut faults = Vec::new();
    let mut count = 0;
    for (kind, mapping) in mapping::all() {
        count += 1;
        let Some(facts) = facts::of(&mapping.to) else {
            faults.push(format!("{kind}: no facts of {}", mapping.to));
            continue;
        };
        let mut paths: Vec<&String> = mapping.args.keys().collect();
        paths.sort();
        for path in paths {
            let Some((to, argument)) = argument_path(mapping, path) else {
                faults.push(format!("{kind}.{path}: the row above it is missing"));
                continue;
            };
            let facts = if to == mapping.to { Some(facts.clone()) } else { facts::of(to) };
            let is_known = facts.is_some_and(|facts| {
                argument.is_empty()
                    || matches!(facts.get(argument.as_str()), Some(Fact::Argument(..) | Fact::Block(_)))
            });
            if !is_known {
                faults.push(format!("{kind}.{path}: {to} has no argument `{argument}`"));
            }
        }
        for name in mapping.defaults.keys().chain(&mapping.name) {
            // What stands before `/` is the path of a part, whose row names the resource that it is.
            let (to, name) = match name.split_once('/') {
                None => (Some(mapping.to.as_str()), name.as_str()),
                Some((path, name)) => (mapping.args.get(path).map(|row| row.name.as_str()), name),
            };
            if !to.and_then(facts::of).is_some_and(|facts| facts.contains_key(name)) {
                faults.push(format!("{kind}: {} has no argument `{name}`", to.unwrap_or("no part")));
            }
        }
        let facts = match &mapping.whole {
            None => facts,
            Some(whole) => facts::of(whole).unwrap_or_default(),
        };
        let readable = mapping
            .att
            .values()
            .chain(mapping.arns.values())
            .chain(Some(&mapping.reference).filter(|r| !r.is_empty()));
        for attribute in readable {
            for name in mapping::attributes_in(attribute) {
                if !facts.contains_key(name) {
                    faults.push(format!("{kind}: {} has no attribute `{name}`", mapping.to));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 100, "only {count} types are mapped");
}

#[test]
fn every_type_says_how_it_is_imported() {
    let mut faults = Vec::new();
    for (kind, mapping) in mapping::all() {
        match imports::of(&mapping.to) {
            None => faults.push(format!("{kind}: tables/imports.toml says nothing of {}", mapping.to)),
            Some(row) => {
                let facts = facts::of(&mapping.to).unwrap_or_default();
                let holes =
                    row.id.iter().chain(row.made.values()).filter_map(|text| imports::pieces(text)).flatten();
                let names = holes.filter_map(|piece| match piece {
                    imports::Piece::Hole(hole) => Some(hole.name),
                    imports::Piece::Text(_) => None,
                });
                let named = names.filter(|name| *name != "id" && !name.starts_with('@'));
                for argument in named.chain(row.made.keys().map(String::as_str)) {
                    if !facts.contains_key(argument) {
                        faults.push(format!("{kind}: {} has no argument `{argument}`", mapping.to));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_can_be_read() {
    for (service, text) in mapping::files() {
        let read: Result<rustc_hash::FxHashMap<String, mapping::Mapping>, _> = toml::from_str(text);
        assert!(read.is_ok(), "{service}: {read:?}");
    }
    assert!(mapping::files().is_sorted_by_key(|(service, _)| *service));
}

#[test]
fn text_arrives_unchanged() {
    let quoted = |text: &str| line(&Value::text(text));
    assert_eq!(quoted("a\"b\\c\n"), r#""a\"b\\c\n""#);
    assert_eq!(quoted("${aws:username} %{if}"), r#""$${aws:username} %%{if}""#);
    assert_eq!(quoted("$${x}"), r#""${"$"}$${x}""#);
    assert_eq!(quoted("100% $5 \u{1}"), r#""100% $5 \u0001""#);
    let price = Value::template(vec![Part::Lit("$".to_owned()), Part::Value(Value::code("var.price"))]);
    assert_eq!(line(&price), r#""${"$"}${var.price}""#);
}

#[test]
fn a_block_is_laid_out_as_terraform_would() {
    let mut block = Block::new("resource", &["aws_sqs_queue", "jobs"]);
    block.comment = vec!["Jobs".to_owned()];
    block.set("name", Value::text("jobs"));
    block.set("delay_seconds", Value::Number("5".to_owned()));
    let policy = Value::Object(vec![("maxReceiveCount".to_owned(), Value::Number("3".to_owned()))]);
    block.set("redrive_policy", Value::Call("jsonencode", vec![policy]));
    let mut lifecycle = Block::new("lifecycle", &[]);
    lifecycle.set("prevent_destroy", Value::Bool(true));
    block.push(lifecycle);
    let wanted = r#"# Written for a test

# Jobs
resource "aws_sqs_queue" "jobs" {
  name          = "jobs"
  delay_seconds = 5

  redrive_policy = jsonencode({
    maxReceiveCount = 3
  })

  lifecycle {
    prevent_destroy = true
  }
}
"#;
    assert_eq!(file("Written for a test", &[block]), wanted);
}

#[test]
fn attributes_are_found_in_what_tells_them() {
    assert_eq!(mapping::attributes_in("arn"), ["arn"]);
    assert_eq!(mapping::attributes_in("uris[\"GRAPHQL\"]"), ["uris"]);
    assert_eq!(mapping::attributes_in("${tokens[0]}.example.${name}"), ["tokens", "name"]);
    assert_eq!(mapping::attributes_in("domain_name + /path"), ["domain_name"]);
}

#[test]
fn numbers_are_held_against_the_limit_of_the_provider() {
    let refused =
        |value: Value| crate::soundness::refused("max_message_size", &Form::UpTo(262_144.0), &value);
    assert_eq!(refused(Value::Number("262144".to_owned())), None);
    assert_eq!(refused(Value::Number("1048576".to_owned())), Some("`1048576`".to_owned()));
    assert_eq!(refused(Value::text("1048576")), Some("`1048576`".to_owned()));
    assert_eq!(refused(Value::code("var.size")), None);
    let either = |n: &str| Box::new(Value::Number(n.to_owned()));
    let chosen = Value::Cond("local.is_large".to_owned(), either("1048576"), either("1024"));
    assert_eq!(refused(chosen), Some("`1048576`".to_owned()));
}
