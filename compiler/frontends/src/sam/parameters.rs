//! Parameter values known at compile time, and their substitution.

use indexmap::IndexMap;
use samc_base::Span;
use samc_ir::{Expr, Function, Kind, Map};

use super::intrinsics::replace_variables;
use crate::Options;

/// Values by parameter name: those given, then the defaults of the template, then the region and
/// the partition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters {
    values: IndexMap<String, Expr>,
}

impl Parameters {
    /// Collects the values.
    pub(crate) fn new(options: &Options, sections: &Map) -> Self {
        let mut values: IndexMap<String, Expr> =
            options.parameters.iter().map(|(k, v)| (k.clone(), Expr::from(v.as_str()))).collect();
        for (name, declaration) in
            sections.get("Parameters").and_then(Expr::as_map).into_iter().flat_map(Map::iter)
        {
            if let Some(default) = declaration.as_map().and_then(|d| d.get("Default")) {
                values.entry(name.to_string()).or_insert_with(|| default.clone());
            }
        }
        values.entry("AWS::Region".to_owned()).or_insert_with(|| options.region.as_str().into());
        values.entry("AWS::Partition".to_owned()).or_insert_with(|| options.partition().into());
        Parameters { values }
    }

    /// The value of a parameter, unless it is a placeholder of CloudFormation's for an intrinsic function.
    pub(crate) fn get(&self, name: &str) -> Option<&Expr> {
        self.values.get(name).filter(|v| !v.as_str().is_some_and(|s| s.starts_with("{{IntrinsicFunction:")))
    }

    /// Replaces references to parameters in place, outermost first. `bad` collects variables of
    /// `Fn::Sub` whose value is not text.
    pub(crate) fn resolve(&self, expr: &mut Expr, bad: &mut Vec<(String, Option<Span>)>) {
        if let Some(value) = expr.as_ref_to().and_then(|name| self.get(name)) {
            let span = expr.span;
            *expr = value.clone();
            expr.span = span.or(expr.span);
        } else if let Kind::Call(Function::Sub, argument) = &mut expr.kind {
            let span = argument.span.or(expr.span);
            let text = match &mut argument.kind {
                Kind::String(_) => Some(&mut **argument),
                Kind::List(parts) => parts.first_mut(),
                _ => None,
            };
            if let Some(Kind::String(text)) = text.map(|t| &mut t.kind) {
                let replaced = replace_variables(text, |name| {
                    let value = self.get(name)?;
                    if value.as_str().is_none() {
                        bad.push((name.to_owned(), span));
                    }
                    value.as_str().map(str::to_owned)
                });
                if let Some(replaced) = replaced {
                    *text = replaced.into();
                }
            }
        }
        match &mut expr.kind {
            Kind::List(items) => items.iter_mut().for_each(|e| self.resolve(e, bad)),
            Kind::Map(map) => map.values_mut().for_each(|e| self.resolve(e, bad)),
            Kind::Call(_, argument) => self.resolve(argument, bad),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {
            }
        }
    }
}
