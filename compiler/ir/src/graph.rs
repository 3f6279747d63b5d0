//! The resources of one template, and what stands around them.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use samc_base::{LogicalId, ResourceType, Span};

use crate::expr::{Expr, Str};
use crate::flags::FlagTable;
use crate::map::Map;

/// Where a resource comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    /// The logical id in the source template, or the component of app.yaml, that made it.
    pub source: Option<LogicalId>,
    /// The key that names the source in the text.
    pub key_span: Option<Span>,
    /// The value of `Type` in the source, where it has one.
    pub type_span: Option<Span>,
    /// The whole of the source: everything the author wrote about it.
    pub span: Option<Span>,
    /// The path of keys to the construct, such as `Resources.Fn.Properties.Events.Api`.
    pub path: String,
    /// `Metadata` of the source, where the resource does not keep it: how its code is built.
    pub metadata: Option<Box<Expr>>,
    /// The whole path of a method, where resources above it are of another stack, so that the graph does not have
    /// them: `/posts/{id}/comments`.
    pub route: Option<Str>,
    /// What the author can do about it in his own file, where he does not write its properties.
    pub advice: Option<Advice>,
}

/// What the author can do about a matter of a resource that he does not write, as an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// What it helps with.
    pub matter: Matter,
    /// What to do: "set `logs.frameworkLambda` of `provider` to true".
    pub text: &'static str,
}

/// What may be wrong with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// Where it writes its log, and whether it may.
    Logs,
    /// Whom its policy lets in.
    Access,
}

impl Origin {
    /// What the author can do about a matter of what was made here; none where that is as anywhere.
    pub fn advice_on(&self, matter: Matter) -> Option<&'static str> {
        self.advice.filter(|advice| advice.matter == matter).map(|advice| advice.text)
    }
}

/// One CloudFormation resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its CloudFormation type.
    pub resource_type: ResourceType,
    /// `Properties`; none where the source has no such key. A map in every valid template.
    pub properties: Option<Expr>,
    /// Everything beside `Type` and `Properties`: `Condition`, `DependsOn`, `DeletionPolicy`, …
    pub attributes: Map,
    /// Where it comes from.
    pub origin: Origin,
}

impl Resource {
    /// A resource with properties and no attributes.
    pub fn new(resource_type: impl Into<ResourceType>, properties: Map, origin: Origin) -> Self {
        Resource {
            resource_type: resource_type.into(),
            properties: Some(properties.into()),
            attributes: Map::new(),
            origin,
        }
    }

    /// The value of a property.
    pub fn property(&self, name: &str) -> Option<&Expr> {
        self.properties.as_ref()?.as_map()?.get(name)
    }

    /// The properties, if they are a map.
    pub fn properties_map(&self) -> Option<&Map> {
        self.properties.as_ref()?.as_map()
    }

    /// The properties, to be changed; made where there are none.
    pub fn properties_mut(&mut self) -> Option<&mut Map> {
        self.properties.get_or_insert_with(|| Map::new().into()).as_map_mut()
    }
}

/// A whole template on the level of CloudFormation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceGraph {
    /// The resources in order.
    pub resources: IndexMap<LogicalId, Resource, FxBuildHasher>,
    /// Members of `Resources` that are not resources, as written: `Fn::ForEach::…`, and maps
    /// without a `Type`, which AWS's transform passes on and CloudFormation refuses.
    pub loops: Map,
    /// Every other section in order (`AWSTemplateFormatVersion`, `Parameters`, `Conditions`,
    /// `Mappings`, `Outputs`, …), as written.
    pub sections: Map,
    /// What the author says of the data in the resources.
    pub flags: FlagTable,
    /// Keys of the source that its dialect calls deprecated.
    pub old_keys: Vec<OldKey>,
}

/// A key of the source that its dialect calls deprecated, or does not read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldKey {
    /// The path of keys to the first of them.
    pub key: String,
    /// Where each is written.
    pub spans: Vec<Option<Span>>,
    /// The construct that the first belongs to, where it is of one.
    pub resource: Option<LogicalId>,
    /// True where it has an effect still.
    pub is_read: bool,
    /// What to do, as an order.
    pub to_do: String,
}

impl ResourceGraph {
    /// A section, if it is there and is a map.
    pub fn section(&self, name: &str) -> Option<&Map> {
        self.sections.get(name)?.as_map()
    }

    /// `Parameters`.
    pub fn parameters(&self) -> Option<&Map> {
        self.section("Parameters")
    }

    /// `Conditions`.
    pub fn conditions(&self) -> Option<&Map> {
        self.section("Conditions")
    }

    /// `Mappings`.
    pub fn mappings(&self) -> Option<&Map> {
        self.section("Mappings")
    }

    /// `Outputs`.
    pub fn outputs(&self) -> Option<&Map> {
        self.section("Outputs")
    }
}
