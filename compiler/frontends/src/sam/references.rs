//! References to generated resources: `Ref Function.Alias`, and ids that changed.

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use samc_base::LogicalId;
use samc_ir::{Expr, Function, Kind, Map};

use super::expansion::Resources;
use super::generated::Generated;
use super::intrinsics::replace_variables;

/// What names of the form `Resource.Property` stand for, and which resources have other ids now.
#[derive(Debug, Clone, Default)]
pub(crate) struct References {
    properties: FxHashMap<(LogicalId, &'static str), LogicalId>,
    renamed: IndexMap<LogicalId, LogicalId>,
    /// Resources that `DependsOn` may name and that several others stand for.
    replaced: FxHashMap<LogicalId, Vec<LogicalId>>,
}

impl References {
    /// Notes, for each property a SAM type lends its name to, the last generated resource of the
    /// CloudFormation type. `referable` pairs property names with types.
    pub(crate) fn note(
        &mut self,
        source: &LogicalId,
        referable: &[(&'static str, &str)],
        generated: &[Generated],
    ) {
        for (property, resource_type) in referable {
            let last = generated.iter().rev().find(|g| g.resource.resource_type == **resource_type);
            if let Some(last) = last {
                self.properties.insert((source.clone(), property), last.id.clone());
            }
        }
    }

    /// Notes that a resource of the template has another id now.
    pub(crate) fn rename(&mut self, from: LogicalId, to: LogicalId) {
        self.renamed.insert(from, to);
    }

    /// Notes that what depends on a resource depends on several others now.
    pub(crate) fn replace_dependency(&mut self, from: LogicalId, to: Vec<LogicalId>) {
        self.replaced.insert(from, to);
    }

    fn of(&self, resource: &str, property: &str) -> Option<&LogicalId> {
        let property = PROPERTIES.iter().find(|p| **p == property)?;
        self.properties.get(&(LogicalId::from(resource), *property))
    }

    /// Replaces references throughout the result.
    pub(crate) fn apply(&self, resources: &mut Resources, sections: &mut Map) {
        if !self.replaced.is_empty() {
            for depends_on in resources.values_mut().filter_map(|r| r.attributes.get_mut("DependsOn")) {
                self.replace_dependencies(depends_on);
            }
        }
        if !self.renamed.is_empty() {
            for resource in resources.values_mut() {
                if let Some(depends_on) = resource.attributes.get_mut("DependsOn") {
                    self.rename_dependency(depends_on);
                }
            }
        }
        if self.renamed.is_empty() && self.properties.is_empty() {
            return;
        }
        let mut change = |expr: &mut Expr| self.replace(expr);
        for resource in resources.values_mut() {
            if let Some(properties) = &mut resource.properties {
                properties.walk_mut(&mut change);
            }
            resource.attributes.values_mut().for_each(|v| v.walk_mut(&mut change));
        }
        sections.values_mut().for_each(|v| v.walk_mut(&mut change));
    }

    fn replace_dependencies(&self, depends_on: &mut Expr) {
        let list = depends_on.as_list().map_or_else(|| vec![depends_on.clone()], <[Expr]>::to_vec);
        let stands_for = |e: &Expr| e.as_str().and_then(|id| self.replaced.get(id));
        if !list.iter().any(|e| stands_for(e).is_some()) {
            return;
        }
        let mut kept: Vec<Expr> = list.iter().filter(|e| stands_for(e).is_none()).cloned().collect();
        for id in list.iter().filter_map(stands_for).flatten().map(Expr::from) {
            if !kept.contains(&id) {
                kept.push(id);
            }
        }
        depends_on.kind = Kind::List(kept);
    }

    fn rename_dependency(&self, depends_on: &mut Expr) {
        match &mut depends_on.kind {
            Kind::String(id) => {
                if let Some(new) = self.renamed.get(&**id) {
                    *id = new.shared();
                }
            }
            Kind::List(ids) => ids.iter_mut().for_each(|id| self.rename_dependency(id)),
            _ => {}
        }
    }

    fn replace(&self, expr: &mut Expr) {
        let Kind::Call(function, argument) = &mut expr.kind else { return };
        match function {
            Function::Ref => {
                let Kind::String(name) = &mut argument.kind else { return };
                let new = match name.split_once('.') {
                    Some((resource, property)) => self.of(resource, property),
                    None => self.renamed.get(&**name),
                };
                if let Some(new) = new {
                    *name = new.shared();
                }
            }
            Function::GetAtt => self.replace_get_att(argument),
            Function::Sub => {
                let text = match &mut argument.kind {
                    Kind::String(text) => Some(text),
                    Kind::List(parts) => match parts.first_mut().map(|p| &mut p.kind) {
                        Some(Kind::String(text)) => Some(text),
                        _ => None,
                    },
                    _ => None,
                };
                if let Some(text) = text
                    && let Some(new) = replace_variables(text, |name| self.variable(name))
                {
                    *text = new.into();
                }
            }
            _ => {}
        }
    }

    /// What a variable of `Fn::Sub` becomes, with the `${}` around it.
    fn variable(&self, name: &str) -> Option<String> {
        let (resource, rest) = name.split_once('.').unwrap_or((name, ""));
        if let Some(new) = self.renamed.get(resource) {
            return Some(if rest.is_empty() { format!("${{{new}}}") } else { format!("${{{new}.{rest}}}") });
        }
        let (property, attribute) = rest.split_once('.').map_or((rest, None), |(p, a)| (p, Some(a)));
        let new = self.of(resource, property)?;
        Some(match attribute {
            Some(attribute) => format!("${{{new}.{attribute}}}"),
            None => format!("${{{new}}}"),
        })
    }

    /// `[Function.Alias, Attribute]` and `[Function, "Alias.Attribute"]` are the same.
    fn replace_get_att(&self, argument: &mut Expr) {
        let Some(parts) = argument.as_list_mut().filter(|p| p.len() >= 2) else { return };
        let Some(texts) = parts.iter().map(|p| p.as_str()).collect::<Option<Vec<_>>>() else { return };
        let joined = texts.join(".");
        let names: Vec<_> = joined.split('.').collect();
        if let Some(new) = self.renamed.get(names[0]) {
            *parts = std::iter::once(new.into()).chain(names[1..].iter().map(|n| Expr::from(*n))).collect();
        } else if let Some(new) = self.of(names[0], names[1]) {
            *parts = std::iter::once(new.into()).chain(names[2..].iter().map(|n| Expr::from(*n))).collect();
        }
    }
}

/// Every property name that some SAM type lends to a generated resource.
const PROPERTIES: &[&str] = &[
    "Alias",
    "Version",
    "DestinationTopic",
    "DestinationQueue",
    "Stage",
    "Deployment",
    "DomainName",
    "DomainNameV2",
    "UsagePlan",
    "UsagePlanKey",
    "ApiKey",
];
