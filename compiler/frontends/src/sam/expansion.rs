//! The state of one expansion: what is read from, what is added to, and where findings go.

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Reported, ResourceType, Span, codes};
use samc_ir::{Expr, Map, Origin, Resource};

use super::function::deployment::Deployments;
use super::generated::Generated;
use super::http::HttpApis;
use super::parameters::Parameters;
use super::references::References;
use super::rest::RestApis;
use crate::{Files, Options};

/// What a step of the expansion gives: a value, or the proof that a finding says why there is none.
pub(crate) type Result<T = ()> = std::result::Result<T, Reported>;

/// Resources by logical id, in order.
pub(crate) type Resources = IndexMap<LogicalId, Resource, FxBuildHasher>;

/// The state of one expansion.
pub(crate) struct Expansion<'a> {
    /// The settings of the run.
    pub(crate) options: &'a Options,
    /// Files beside the template.
    pub(crate) files: &'a dyn Files,
    /// Where findings go; use [`Expansion::error`] and [`Expansion::report`].
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// The SAM resources still to be expanded, with Globals merged in and implicit APIs added.
    pub(crate) source: Resources,
    /// The type of every resource before expansion, implicit APIs included.
    pub(crate) source_types: FxHashMap<LogicalId, ResourceType>,
    /// The result so far: first the resources that are not SAM's, then what was generated.
    pub(crate) output: Resources,
    /// The logical ids of the template in its order.
    pub(crate) template_order: IndexSet<LogicalId, FxBuildHasher>,
    /// `Globals` as written; null where there is none.
    pub(crate) globals: Expr,
    /// Sections of the result other than `Resources`.
    pub(crate) sections: Map,
    /// Parameter values known at compile time.
    pub(crate) parameters: Parameters,
    /// What `Ref Function.Alias` and the like stand for, and ids that changed.
    pub(crate) references: References,
    /// REST APIs whose bodies events add to.
    pub(crate) rest: RestApis,
    /// HTTP APIs whose bodies events add to.
    pub(crate) http: HttpApis,
    /// Functions with a deployment preference.
    pub(crate) deployments: Deployments,
    /// Record set groups of custom domains, shared by the APIs of a hosted zone: logical id to resource.
    pub(crate) record_sets: BTreeMap<String, Generated>,
    /// Paths of resources and events that an error was reported for. What was found faulty while
    /// bodies of APIs were prepared is not expanded, so that one mistake is told once.
    pub(crate) faulty: FxHashSet<String>,
    /// Destinations in Globals for which a queue or topic was made, with the number of functions.
    pub(crate) shared_destinations: FxHashMap<Span, usize>,
    /// The functions that name no code, with where they are.
    pub(crate) without_code: Vec<(String, Option<Span>)>,
    /// The resource, or the event of it, that is being expanded.
    pub(crate) current: Origin,
}

impl Expansion<'_> {
    /// Collects an error about what is being expanded. `at` is the value at fault; without one the
    /// finding points at the construct's key.
    pub(crate) fn error(
        &mut self,
        code: Code,
        message: impl Into<String>,
        at: Option<Span>,
        label: impl Into<String>,
    ) -> Reported {
        self.report(Diagnostic::error(code, message).at(at, label))
    }

    /// Collects an error, with the resource, path and place of what is being expanded where it has
    /// none of its own.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let diagnostic = self.complete(diagnostic);
        self.faulty.insert(self.current.path.clone());
        self.diagnostics.report(diagnostic)
    }

    /// Collects a finding that does not stop the build.
    pub(crate) fn warn(&mut self, diagnostic: Diagnostic) {
        let diagnostic = self.complete(diagnostic);
        self.diagnostics.push(diagnostic);
    }

    fn complete(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        if diagnostic.primary.is_none() {
            diagnostic = diagnostic.at(self.current.key_span.or(self.current.span), "");
        }
        if diagnostic.resource.is_none() {
            diagnostic.resource = self.current.source.as_ref().map(ToString::to_string);
        }
        if diagnostic.path.is_none() {
            diagnostic.path = Some(self.current.path.clone());
        }
        diagnostic
    }

    /// Runs a step with another construct as the current one.
    pub(crate) fn within<T>(&mut self, origin: Origin, step: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.current, origin);
        let result = step(self);
        self.current = outer;
        result
    }

    /// Checks that a logical id is letters and digits only.
    pub(crate) fn check_logical_id(&mut self, id: &str) -> Result {
        if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(());
        }
        Err(self.report(
            Diagnostic::error(
                codes::LOGICAL_ID,
                format!("`{id}` cannot be a logical id: only letters and digits are allowed"),
            )
            .at(self.current.key_span, "becomes part of a logical id")
            .help("take the other characters out of the name"),
        ))
    }

    /// A value that the transform resolves only to look at it, and then writes: what lies within it
    /// has been replaced in place, and only a `Ref` that is the whole value stays.
    pub(crate) fn resolve_within(&mut self, expr: &Expr) -> Expr {
        if expr.as_ref_to().is_some() { expr.clone() } else { self.resolve(expr) }
    }

    /// A value with `Ref` of known parameters and `${Parameter}` in `Fn::Sub` replaced.
    pub(crate) fn resolve(&mut self, expr: &Expr) -> Expr {
        let mut resolved = expr.clone();
        let mut bad = Vec::new();
        self.parameters.resolve(&mut resolved, &mut bad);
        for (name, span) in bad {
            self.report(
                Diagnostic::error(
                    codes::INTRINSIC_ARGUMENTS,
                    format!("`${{{name}}}` in Fn::Sub stands for a parameter whose value is not text"),
                )
                .at(span, "text with the variable")
                .help("give the parameter's default in quotes"),
            );
        }
        resolved
    }

    /// A value with `Fn::FindInMap` of known keys replaced by what the mapping holds.
    pub(crate) fn resolve_mappings(&mut self, expr: &Expr) -> Expr {
        let mappings = self.sections.get("Mappings").and_then(Expr::as_map).cloned().unwrap_or_default();
        let mut resolved = expr.clone();
        let mut bad = Vec::new();
        super::intrinsics::find_in_map(&mut resolved, &mappings, &mut bad);
        for span in bad {
            self.report(
                Diagnostic::error(
                    codes::INTRINSIC_ARGUMENTS,
                    "Fn::FindInMap takes a list of three: mapping, top-level key, second-level key",
                )
                .at(span, "not a list of three"),
            );
        }
        resolved
    }

    /// Adds a condition to the template.
    pub(crate) fn add_condition(&mut self, name: &str, value: Expr) {
        let conditions = self.sections.get_or_insert_with("Conditions", || Map::new().into());
        if let Some(map) = conditions.as_map_mut() {
            map.insert(name, value);
        }
    }

    /// Adds a generated resource to the result, later ones of the same id in place of earlier. An
    /// id that the template uses for something else is an error.
    pub(crate) fn emit(&mut self, generated: Generated) {
        if let Some(taken) = self.source_types.get(&generated.id)
            && !may_replace(&generated.resource.resource_type, taken)
        {
            let (id, made, taken) =
                (generated.id.clone(), generated.resource.resource_type.clone(), taken.clone());
            let source = self.current.source.as_ref().map_or_else(String::new, ToString::to_string);
            let other = self.output.get(&id).or_else(|| self.source.get(&id)).and_then(|r| r.origin.key_span);
            self.report(
                Diagnostic::error(
                    codes::LOGICAL_ID_TAKEN,
                    format!("{source} expands to a {made} named `{id}`, and the template has a {taken} of that name"),
                )
                .label(other, "this name is needed for a generated resource")
                .help(format!("rename `{id}` in the template")),
            );
            return;
        }
        self.output.insert(generated.id, generated.resource);
    }
}

/// Whether a generated resource may take the place of a template's resource of the same id: the
/// SAM type's own CloudFormation type, and types that the expansion rewrites in place.
fn may_replace(made: &str, taken: &str) -> bool {
    const PAIRS: &[(&str, &[&str])] = &[
        ("AWS::Lambda::Function", &["AWS::Serverless::Function"]),
        ("AWS::Lambda::WebFunction", &["AWS::Serverless::WebFunction"]),
        ("AWS::Lambda::LayerVersion", &["AWS::Serverless::LayerVersion"]),
        ("AWS::Lambda::CapacityProvider", &["AWS::Serverless::CapacityProvider"]),
        ("AWS::Lambda::MicrovmImage", &["AWS::Serverless::MicrovmImage"]),
        ("AWS::Lambda::NetworkConnector", &["AWS::Serverless::NetworkConnector"]),
        ("AWS::ApiGateway::RestApi", &["AWS::Serverless::Api"]),
        ("AWS::ApiGatewayV2::Api", &["AWS::Serverless::HttpApi", "AWS::Serverless::WebSocketApi"]),
        ("AWS::DynamoDB::Table", &["AWS::Serverless::SimpleTable"]),
        ("AWS::CloudFormation::Stack", &["AWS::Serverless::Application"]),
        ("AWS::StepFunctions::StateMachine", &["AWS::Serverless::StateMachine"]),
        ("AWS::AppSync::GraphQLApi", &["AWS::Serverless::GraphQLApi"]),
        ("AWS::S3::Bucket", &["AWS::S3::Bucket"]),
        ("AWS::SNS::Topic", &["AWS::SNS::Topic"]),
        ("AWS::Cognito::UserPool", &["AWS::Cognito::UserPool"]),
        ("AWS::ApiGateway::DomainName", &["AWS::ApiGateway::DomainName"]),
        ("AWS::ApiGateway::BasePathMapping", &["AWS::ApiGateway::BasePathMapping"]),
        ("AWS::ApiGateway::DomainNameV2", &["AWS::ApiGateway::DomainNameV2"]),
        ("AWS::ApiGateway::BasePathMappingV2", &["AWS::ApiGateway::BasePathMappingV2"]),
    ];
    PAIRS.iter().any(|(m, sources)| *m == made && sources.contains(&taken))
}
