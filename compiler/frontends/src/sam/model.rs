//! A SAM template as written.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use samc_base::LogicalId;
use samc_ir::{Expr, Map, Resource, ResourceGraph};

/// A SAM template: CloudFormation's sections, with resources of SAM types among the others.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The resources in order, each as written.
    pub resources: IndexMap<LogicalId, Resource, FxBuildHasher>,
    /// Members of `Resources` that are not resources, such as `Fn::ForEach::…`.
    pub loops: Map,
    /// `Globals`.
    pub globals: Option<Expr>,
    /// Every other section in order, without `Transform` and `Resources`.
    pub sections: Map,
}

impl From<ResourceGraph> for Template {
    /// A document read as CloudFormation, taken for SAM.
    fn from(graph: ResourceGraph) -> Self {
        let mut sections = graph.sections;
        let globals = sections.remove("Globals");
        sections.remove("Transform");
        Template { resources: graph.resources, loops: graph.loops, globals, sections }
    }
}

/// The prefix of every SAM resource type.
pub(crate) const SAM_PREFIX: &str = "AWS::Serverless::";
