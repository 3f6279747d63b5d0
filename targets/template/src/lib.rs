//! A handlebars template of the user's, rendered over the resolved application.
//!
//! `docs/template.md` is the reference of what a template sees; it is made here and nowhere else.

mod context;

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError};
use samc_base::{Diagnostic, Diagnostics, codes};
use samc_ir::ValidGraph;
use samc_target::{Artifact, Options, Target};

/// The back end.
#[derive(Debug, Clone, Copy)]
pub struct Template;

impl Target for Template {
    fn name(&self) -> &'static str {
        "template"
    }

    fn emit(&self, graph: &ValidGraph, options: &Options, diagnostics: &mut Diagnostics) -> Vec<Artifact> {
        let Some((name, text)) = &options.template else { return Vec::new() };
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        // What comes out is no HTML, or knows better than the engine what to escape.
        engine.register_escape_fn(handlebars::no_escape);
        engine.register_helper("json", Box::new(json));
        engine.register_helper("kebab", Box::new(kebab));
        engine.register_helper("snake", Box::new(snake));
        engine.register_helper("camel", Box::new(camel));
        engine.register_helper("upper", Box::new(upper));
        if let Err(error) = engine.register_template_string(name, text) {
            let place = error.pos().map_or_else(String::new, |(line, column)| format!(" at {line}:{column}"));
            diagnostics.push(
                Diagnostic::error(
                    codes::TEMPLATE_SYNTAX,
                    format!("the template {name} is not handlebars{place}: {}", error.reason()),
                )
                .help("see handlebarsjs.com/guide for the language"),
            );
            return Vec::new();
        }
        let context = context::of(graph, options);
        match engine.render(name, &context) {
            Ok(text) => vec![Artifact { path: output_name(name), contents: text.into_bytes() }],
            Err(error) => {
                diagnostics.push(failure(name, &error));
                Vec::new()
            }
        }
    }
}

fn failure(name: &str, error: &RenderError) -> Diagnostic {
    let place = match (error.line_no, error.column_no) {
        (Some(line), Some(column)) => format!(" at {line}:{column}"),
        _ => String::new(),
    };
    Diagnostic::error(
        codes::TEMPLATE_FAILED,
        format!("the template {name} could not be rendered{place}: {}", error.reason()),
    )
    .help("docs/template.md lists what there is; `{{json this}}` shows it all")
}

/// The file that is written: the name of the template without folders and `.hbs`.
fn output_name(template: &str) -> String {
    let file = template.rsplit(['/', '\\']).next().unwrap_or(template);
    match file.strip_suffix(".hbs").filter(|stem| !stem.is_empty()) {
        Some(stem) => stem.to_owned(),
        None => format!("{file}.out"),
    }
}

/// `{{json value}}`: the value as JSON on one line; `{{json value pretty=true}}` on several.
fn json(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).map(|p| p.value().clone()).unwrap_or_default();
    let is_pretty = helper.hash_get("pretty").is_some_and(|p| p.value() == true);
    let text = if is_pretty { format!("{value:#}") } else { value.to_string() };
    out.write(&text)?;
    Ok(())
}

/// Declares a helper that changes a text.
macro_rules! text_helper {
    ($(#[$meta:meta])* $name:ident, |$words:ident| $made:expr) => {
        $(#[$meta])*
        fn $name(
            helper: &Helper<'_>,
            _: &Handlebars<'_>,
            _: &Context,
            _: &mut RenderContext<'_, '_>,
            out: &mut dyn Output,
        ) -> HelperResult {
            let text = helper.param(0).map(|p| p.render()).unwrap_or_default();
            let $words = words(&text);
            let made: String = $made;
            out.write(&made)?;
            Ok(())
        }
    };
}

text_helper!(
    /// `{{kebab name}}`: `OrdersTable` as `orders-table`.
    kebab,
    |words| words.join("-")
);
text_helper!(
    /// `{{snake name}}`: `OrdersTable` as `orders_table`.
    snake,
    |words| words.join("_")
);
text_helper!(
    /// `{{upper name}}`: `orders-table` as `ORDERS_TABLE`.
    upper,
    |words| words.join("_").to_uppercase()
);
text_helper!(
    /// `{{camel name}}`: `orders-table` as `OrdersTable`.
    camel,
    |words| words
        .iter()
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect::<String>()
);

/// The words of a name, in small letters.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_small = false;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            was_small = false;
            words.push(String::new());
            continue;
        }
        if (c.is_uppercase() && was_small) || words.is_empty() {
            words.push(String::new());
        }
        was_small = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart() {
        assert_eq!(words("OrdersTable"), ["orders", "table"]);
        assert_eq!(words("orders-table_2"), ["orders", "table", "2"]);
        assert_eq!(words("HTTPApi"), ["httpapi"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn the_output_loses_the_ending() {
        assert_eq!(output_name("a/architecture.md.hbs"), "architecture.md");
        assert_eq!(output_name("x"), "x.out");
    }
}
