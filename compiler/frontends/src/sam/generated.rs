//! CloudFormation resources as the expansion makes them.

use samc_base::LogicalId;
use samc_ir::{Expr, Map, Origin, Resource};

/// A resource with its logical id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Generated {
    /// The logical id.
    pub(crate) id: LogicalId,
    /// The resource.
    pub(crate) resource: Resource,
}

impl Generated {
    /// A resource without attributes. `origin` is usually `ctx.current.clone()`.
    pub(crate) fn new(
        id: impl Into<LogicalId>,
        resource_type: &str,
        properties: impl Into<Map>,
        origin: Origin,
    ) -> Self {
        Generated { id: id.into(), resource: Resource::new(resource_type, properties.into(), origin) }
    }

    /// Adds attributes such as `Condition` and `DeletionPolicy`.
    #[must_use]
    pub(crate) fn attributes(mut self, attributes: &Map) -> Self {
        self.resource.attributes.extend(attributes.entries().iter().cloned());
        self
    }

    /// Sets one attribute.
    #[must_use]
    pub(crate) fn attribute(mut self, name: &str, value: impl Into<Expr>) -> Self {
        self.resource.attributes.insert(name, value);
        self
    }

    /// Sets `DependsOn`, unless there is nothing to depend on.
    #[must_use]
    pub(crate) fn depends_on(self, value: impl Into<Option<Expr>>) -> Self {
        match value.into() {
            Some(value) if value.is_truthy() => self.attribute("DependsOn", value),
            _ => self,
        }
    }

    /// The properties.
    pub(crate) fn properties(&mut self) -> &mut Map {
        // `new` has set a map; a generated resource without one cannot be built.
        let properties = self.resource.properties.get_or_insert_with(|| Map::new().into());
        if properties.as_map().is_none() {
            *properties = Map::new().into();
        }
        match &mut properties.kind {
            samc_ir::Kind::Map(map) => map,
            _ => unreachable!("set to a map in the line before"),
        }
    }
}

/// The attributes of a SAM resource that its main CloudFormation resource keeps.
pub(crate) fn main_attributes(source: &Resource) -> Map {
    keep(source, &["DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"])
}

/// The attributes of a SAM resource that every resource made for it gets.
pub(crate) fn passthrough_attributes(source: &Resource) -> Map {
    keep(source, &["Condition", "DeletionPolicy", "UpdateReplacePolicy"])
}

fn keep(source: &Resource, names: &[&str]) -> Map {
    let mut kept = Map::new();
    for name in names {
        if let Some(entry) = source.attributes.entry(name) {
            kept.insert_spanned(entry.key.clone(), entry.key_span, entry.value.clone());
        }
    }
    kept
}

/// Copies a property where the source has it and it is not null.
pub(crate) fn copy(from: &Map, name: &str, to: &mut Map) {
    copy_as(from, name, to, name);
}

/// Copies a property under another name where the source has it and it is not null.
pub(crate) fn copy_as(from: &Map, name: &str, to: &mut Map, new_name: &str) {
    if let Some(entry) = from.entry(name).filter(|e| !e.value.is_null()) {
        to.insert_spanned(new_name, entry.key_span, entry.value.clone());
    }
}
