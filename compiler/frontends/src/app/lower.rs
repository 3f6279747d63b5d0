//! The state of a lowering: the SAM template under construction, and the names in it.

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Applicability, Diagnostic, Diagnostics, Edit, Fix, LogicalId, Span, codes, nearest};
use samc_ir::{Expr, Map, Origin, Resource, ResourceGraph};
use samc_schema::app::{App, Common, Declared, Duration, Kind, Reference, Size, Tags};
use samc_syntax::Spanned;

use super::names::Component;
use super::tags;
use super::text::{Part, Segment, join, place, segments};
use crate::{Files, Options};

/// A parameter of the template.
pub(super) struct Parameter {
    /// What `${params.x}` stands for.
    pub(super) value: Expr,
    /// The path in the parameter store, where its value lies there.
    pub(super) store_path: Option<Expr>,
}

/// The component that resources are made for.
#[derive(Debug, Clone, Default)]
pub(super) struct Owner {
    /// Where it stands.
    pub(super) origin: Origin,
    /// The condition it is made under.
    pub(super) condition: Option<String>,
    /// Its tags, with those of the file.
    pub(super) tags: Map,
    /// Whether its main resource survives the stack.
    pub(super) protect: bool,
}

impl Owner {
    /// The same component with a longer path of keys.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}.{path}", self.origin.path)
    }
}

/// The state.
pub(super) struct Lower<'a> {
    /// The settings of the run.
    pub(super) options: &'a Options,
    /// What was found.
    pub(super) diagnostics: &'a mut Diagnostics,
    /// The file.
    pub(super) app: &'a App,
    /// The name of the application.
    pub(super) name: String,
    /// The stage.
    pub(super) stage: String,
    /// Whether the stricter defaults hold.
    pub(super) production: bool,
    /// Components by name, and parts of them by name and part.
    pub(super) components: IndexMap<String, Component>,
    /// Names that are declared for things that could not be read.
    pub(super) broken: FxHashSet<String>,
    /// Paths of components without parts in which something was wrong.
    pub(super) partial: &'a [String],
    /// Where the defaults are written.
    pub(super) defaults: Option<Span>,
    /// The codes and places of what was said about the defaults.
    pub(super) said_of_defaults: FxHashSet<(&'static str, Span)>,
    /// Components that this stage does not have.
    pub(super) filtered: IndexMap<String, Declared>,
    /// Who listens to what.
    pub(super) listeners: super::listeners::Listeners,
    /// Parameters by name.
    pub(super) params: IndexMap<String, Parameter>,
    /// Secrets by name.
    pub(super) secrets: IndexMap<String, Component>,
    /// Statements that let services send to a queue, by its logical id.
    pub(super) queue_senders: IndexMap<LogicalId, Vec<Expr>>,
    /// Statements that let services publish to a topic, by its logical id.
    pub(super) topic_senders: IndexMap<LogicalId, Vec<Expr>>,
    /// The conditions that components are made under, by name.
    pub(super) conditions: FxHashMap<String, String>,
    /// Where functions of each network run.
    pub(super) networks: IndexMap<String, super::network::Network>,
    /// The services that use each key on their own.
    pub(super) key_users: IndexMap<LogicalId, Vec<String>>,
    /// The files beside this one.
    pub(super) files: &'a dyn Files,
    /// The template so far.
    pub(super) template: ResourceGraph,
    /// Logical ids in use or promised.
    pub(super) taken: FxHashSet<String>,
}

impl Lower<'_> {
    /// Collects an error about a component.
    pub(super) fn report(&mut self, owner: &Owner, path: &str, finding: Diagnostic) {
        // What seems to be missing may be what was wrong, and that has been said.
        let is_partial = |path: &str| self.partial.iter().any(|p| p == path);
        let in_defaults = owner.origin.path.starts_with("functions.") && is_partial("defaults");
        if finding.code() == codes::MISSING_PROPERTY && (in_defaults || is_partial(&owner.origin.path)) {
            return;
        }
        // A default is wrong once, however many functions take it.
        if let (Some(defaults), Some(span)) = (self.defaults, finding.span())
            && defaults.contains(span)
            && !self.said_of_defaults.insert((finding.code().id(), span))
        {
            return;
        }
        let finding = match &owner.origin.source {
            Some(source) => finding.resource(source.as_str()),
            None => finding,
        };
        let whole = match (owner.origin.path.as_str(), path) {
            ("", path) => path.to_owned(),
            (base, "") => base.to_owned(),
            (base, path) => format!("{base}.{path}"),
        };
        self.diagnostics.push(finding.path(whole));
    }

    /// A component as the owner of resources.
    pub(super) fn owner(
        &mut self,
        section: &str,
        name: &str,
        key_span: Option<Span>,
        common: Common<'_>,
    ) -> Owner {
        let path = format!("{section}.{name}");
        let origin = Origin {
            source: Some(LogicalId::new(name)),
            key_span,
            span: key_span,
            path: path.clone(),
            ..Origin::default()
        };
        let mut owner = Owner { origin, condition: None, tags: Map::new(), protect: false };
        if let Some(when) = common.when {
            owner.condition = self.condition(&owner, when);
        }
        owner.tags = self.tags(&owner, common.tags);
        owner.protect = common
            .protect
            .unwrap_or(self.production && matches!(section, "tables" | "buckets" | "userpools" | "keys"));
        owner
    }

    /// The tags of a component: `samc:app`, those of the file, of the defaults, and its own.
    fn tags(&mut self, owner: &Owner, own: Option<&Tags>) -> Map {
        let app = self.app;
        let mut tags = Map::new();
        tags.insert(tags::APP, self.name.as_str());
        let defaults = app.defaults.as_ref().and_then(|d| d.tags.as_ref());
        for (key, value) in [app.tags.as_ref(), defaults, own].into_iter().flatten().flatten() {
            let value = self.text(owner, "tags", value);
            tags.insert(key.as_str(), value);
        }
        tags
    }

    /// Makes the condition of `when` and gives its name.
    fn condition(&mut self, owner: &Owner, when: &Spanned<samc_schema::app::When>) -> Option<String> {
        let name = when.value.param.value.as_str().to_owned();
        let Some(parameter) = self.params.get(&name) else {
            let known: Vec<&str> = self.params.keys().map(String::as_str).collect();
            let finding = super::constants::undeclared("param", &name, &known);
            self.report(owner, "when.param", finding.at(when.value.param.span, "not declared"));
            return None;
        };
        let equals = Expr::from(when.value.equals.value.as_str()).with_span(when.value.equals.span);
        let value =
            Expr::call(samc_ir::Function::Equals, vec![parameter.value.clone(), equals]).with_span(when.span);
        let id = condition_id(&when.value);
        let conditions = self.template.sections.get_or_insert_with("Conditions", || Map::new().into());
        if let Some(conditions) = conditions.as_map_mut() {
            conditions.insert_spanned(id.as_str(), when.span, value);
        }
        Some(id)
    }

    /// A logical id nobody has yet: the text itself, else with the kind behind it, else with a number.
    pub(super) fn fresh_id(&mut self, wanted: &str, suffix: &str) -> LogicalId {
        let candidates = [wanted.to_owned(), format!("{wanted}{suffix}")]
            .into_iter()
            .chain((2u32..).map(|n| format!("{wanted}{suffix}{n}")));
        for candidate in candidates {
            if self.taken.insert(candidate.clone()) {
                return candidate.into();
            }
        }
        LogicalId::new(wanted)
    }

    /// Adds a resource with tags where its type has some.
    pub(super) fn add(
        &mut self,
        id: &LogicalId,
        resource_type: &str,
        mut properties: Map,
        owner: &Owner,
    ) -> &mut Resource {
        tags::put(resource_type, &mut properties, &owner.tags);
        let mut resource = Resource::new(resource_type, properties, owner.origin.clone());
        if let Some(condition) = &owner.condition {
            resource.attributes.insert("Condition", condition.as_str());
        }
        self.template.resources.entry(id.clone()).insert_entry(resource).into_mut()
    }

    /// Adds the main resource of a component, which `protect` is about.
    pub(super) fn add_main(&mut self, id: &LogicalId, resource_type: &str, properties: Map, owner: &Owner) {
        let protect = owner.protect;
        let resource = self.add(id, resource_type, properties, owner);
        if protect {
            resource.attributes.insert("DeletionPolicy", "Retain");
            resource.attributes.insert("UpdateReplacePolicy", "Retain");
        }
    }

    /// A text with its `${...}` resolved. What cannot be resolved is reported, and stays as text.
    pub(super) fn text(&mut self, owner: &Owner, path: &str, text: &Spanned<String>) -> Expr {
        self.text_at(owner, path, &text.value, text.span)
    }

    pub(super) fn text_at(&mut self, owner: &Owner, path: &str, text: &str, span: Option<Span>) -> Expr {
        let parts = match segments(text) {
            Ok(parts) => parts,
            Err(offset) => {
                let finding = Diagnostic::error(
                    codes::INTERPOLATION,
                    "`${` begins a reference, and this one has no name or no end",
                )
                .at(place(span, text, offset, 2), "begins here")
                .help("write `${name}`, or `$${` for the characters themselves");
                self.report(owner, path, finding);
                return Expr::from(text).with_span(span);
            }
        };
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            out.push(match part {
                Segment::Literal(literal) => Part::Text(literal),
                Segment::Reference { path: reference, offset } => {
                    let place = place(span, text, offset, reference.len() + 3);
                    match self.interpolate(owner, path, reference, place) {
                        Some(value) => Part::Value(value),
                        None => Part::Text(String::new()),
                    }
                }
            });
        }
        join(out).with_span(span)
    }

    /// What stands for one `${...}`.
    fn interpolate(
        &mut self,
        owner: &Owner,
        path: &str,
        reference: &str,
        span: Option<Span>,
    ) -> Option<Expr> {
        match reference {
            "region" => return Some(Expr::reference("AWS::Region")),
            "account" => return Some(Expr::reference("AWS::AccountId")),
            "partition" => return Some(Expr::reference("AWS::Partition")),
            "stack" if !self.components.contains_key("stack") => {
                return Some(Expr::reference("AWS::StackName"));
            }
            "app" => return Some(self.name.as_str().into()),
            "stage" => return Some(self.stage.as_str().into()),
            _ => {}
        }
        let (first, rest) = reference.split_once('.').map_or((reference, None), |(a, b)| (a, Some(b)));
        match (first, rest) {
            ("params", Some(name)) => {
                if let Some(parameter) = self.params.get(name) {
                    return Some(parameter.value.clone());
                }
                if !self.broken.contains(&format!("params.{name}")) {
                    let known: Vec<&str> = self.params.keys().map(String::as_str).collect();
                    let finding =
                        super::constants::undeclared("param", name, &known).at(span, "not declared");
                    self.report(owner, path, finding);
                }
                None
            }
            ("secrets", Some(rest)) => {
                let (name, attribute) = rest.split_once('.').map_or((rest, "value"), |(a, b)| (a, b));
                let found = self.secret(owner, path, name, span)?;
                self.attribute(owner, path, name, &found, attribute, span)
            }
            ("raw", Some(rest)) => {
                let (id, attribute) = rest.split_once('.').map_or((rest, None), |(a, b)| (a, Some(b)));
                let resources = self.app.resources.as_ref();
                if resources.is_none_or(|r| !r.contains_key(id)) {
                    let known: Vec<&str> =
                        resources.iter().flat_map(|r| r.keys().map(String::as_str)).collect();
                    let finding = unknown_reference(id, "there is no resource", &known, span);
                    self.report(owner, path, finding);
                    return None;
                }
                Some(match attribute {
                    Some(attribute) => Expr::get_att(id, attribute),
                    None => Expr::reference(id),
                })
            }
            _ => self.interpolate_component(owner, path, reference, span),
        }
    }

    fn interpolate_component(
        &mut self,
        owner: &Owner,
        path: &str,
        reference: &str,
        span: Option<Span>,
    ) -> Option<Expr> {
        let mut words = reference.splitn(3, '.');
        let name = words.next().unwrap_or_default();
        let (second, third) = (words.next(), words.next());
        // `work.dlq.arn`, `work.dlq`, or `work.arn`.
        let part =
            second.map(|second| format!("{name}.{second}")).filter(|p| self.components.contains_key(p));
        let (shown, attribute) = match (part, second, third) {
            (Some(part), _, third) => (part, third),
            (None, Some(second), Some(_)) => {
                let found = self.component(owner, path, name, span)?;
                self.no_attribute(owner, path, name, &found, second, span);
                return None;
            }
            (None, second, None) => (name.to_owned(), second),
            (None, None, Some(_)) => return None,
        };
        let found = self.component(owner, path, &shown, span)?;
        let attribute = attribute.unwrap_or(found.default_attribute());
        self.attribute(owner, path, &shown, &found, attribute, span)
    }

    fn attribute(
        &mut self,
        owner: &Owner,
        path: &str,
        name: &str,
        found: &Component,
        attribute: &str,
        span: Option<Span>,
    ) -> Option<Expr> {
        let value = found.attribute(attribute);
        if value.is_none() {
            self.no_attribute(owner, path, name, found, attribute, span);
        }
        value
    }

    fn no_attribute(
        &mut self,
        owner: &Owner,
        path: &str,
        name: &str,
        found: &Component,
        attribute: &str,
        span: Option<Span>,
    ) {
        let known = found.attributes();
        let what = if found.external.is_some() { "what is said of it gives no" } else { "has no" };
        let finding = Diagnostic::error(
            codes::UNKNOWN_ATTRIBUTE,
            format!("{name} is {}, which {what} `{attribute}`", found.kind.word()),
        )
        .at(span, format!("no `{attribute}` here"))
        .label(found.span, format!("{name} is declared here"));
        // They are few, and short enough to be near each other by chance.
        let help = format!("it has {}", known.join(", "));
        self.report(owner, path, finding.help(help));
    }

    /// An attribute of a component that is used by its kind; an external one may lack it.
    pub(super) fn needed(
        &mut self,
        owner: &Owner,
        path: &str,
        name: &Spanned<Reference>,
        found: &Component,
        attribute: &str,
    ) -> Option<Expr> {
        let shown = name.value.to_string();
        self.attribute(owner, path, &shown, found, attribute, name.span).map(|e| e.with_span(name.span))
    }

    /// Reports a component that is not always there where whoever names it is.
    fn check_condition(
        &mut self,
        owner: &Owner,
        path: &str,
        name: &str,
        found: &Component,
        span: Option<Span>,
    ) {
        let head = name.split('.').next().unwrap_or(name);
        let Some(condition) = self.conditions.get(head) else { return };
        // What is described before it is lowered has no owner yet, and outputs have no condition of theirs.
        let is_of_component = owner.origin.source.is_some() && !owner.origin.path.starts_with("outputs.");
        if !is_of_component || owner.condition.as_ref() == Some(condition) {
            return;
        }
        let message = format!(
            "{head} is made only `when` a parameter says so, and {} names it always",
            owner.origin.path
        );
        let finding = Diagnostic::error(codes::FILTERED_AWAY, message)
            .at(span, "may not be there")
            .label(found.span, format!("{head} has `when`"))
            .help("give what uses it the same `when`");
        self.report(owner, path, finding);
    }

    /// A component by name, of any kind.
    pub(super) fn component(
        &mut self,
        owner: &Owner,
        path: &str,
        name: &str,
        span: Option<Span>,
    ) -> Option<Component> {
        if let Some(found) = self.components.get(name).cloned() {
            self.check_condition(owner, path, name, &found, span);
            return Some(found);
        }
        let head = name.split('.').next().unwrap_or(name);
        if self.broken.contains(head) {
            return None;
        }
        if let Some(declared) = self.filtered.get(head) {
            let finding = Diagnostic::error(
                codes::FILTERED_AWAY,
                format!(
                    "{head} is {} that does not exist in the stage `{}`",
                    declared.kind.word(),
                    self.stage
                ),
            )
            .at(span, "used here")
            .label(declared.span, "`only` or `not` keeps it out of this stage")
            .help("give what uses it the same `only` or `not`");
            self.report(owner, path, finding);
            return None;
        }
        let finding = match self.components.get(head) {
            Some(found) if head != name => Diagnostic::error(
                codes::UNKNOWN_ATTRIBUTE,
                format!("{head} is {}, which has no part `{}`", found.kind.word(), &name[head.len() + 1..]),
            )
            .at(span, "no such part")
            .label(found.span, format!("{head} is declared here")),
            _ => {
                let known: Vec<&str> = self.components.keys().map(String::as_str).collect();
                unknown_reference(name, "nothing is called", &known, span)
            }
        };
        let finding = match nearest(name, self.components.keys().map(String::as_str)) {
            Some(near) => {
                let kind = self.components.get(near).map_or("", |c| c.kind.word());
                let declared = self.components.get(near).and_then(|c| c.span);
                let finding = finding
                    .help(format!("did you mean `{near}`, which is {kind}?"))
                    .label(declared, format!("`{near}` is declared here"));
                match span.filter(|s| s.len() as usize == name.len()) {
                    Some(span) => finding.fix(Fix {
                        message: format!("write `{near}`"),
                        applicability: Applicability::Unsafe,
                        edits: vec![Edit { span, text: near.to_owned() }],
                    }),
                    None => finding,
                }
            }
            None => finding,
        };
        self.report(owner, path, finding);
        None
    }

    /// A component of one of several kinds. `what` needs it, such as "a queue trigger".
    pub(super) fn component_of(
        &mut self,
        owner: &Owner,
        path: &str,
        name: &Spanned<Reference>,
        kinds: &[Kind],
        what: &str,
    ) -> Option<Component> {
        let shown = name.value.to_string();
        let found = self.component(owner, path, &shown, name.span)?;
        if kinds.contains(&found.kind) {
            return Some(found);
        }
        let wanted: Vec<&str> = kinds.iter().map(|k| k.word()).collect();
        let wanted = super::sentence(&wanted, "or");
        let finding = Diagnostic::error(
            codes::WRONG_KIND,
            format!("{what} needs {wanted}; {shown} is {}", found.kind.word()),
        )
        .at(name.span.or(owner.origin.key_span), format!("{} here", found.kind.word()))
        .label(found.span, format!("{shown} is declared here"));
        self.report(owner, path, finding);
        None
    }

    /// A secret by name.
    pub(super) fn secret(
        &mut self,
        owner: &Owner,
        path: &str,
        name: &str,
        span: Option<Span>,
    ) -> Option<Component> {
        if let Some(found) = self.secrets.get(name) {
            return Some(found.clone());
        }
        if !self.broken.contains(&format!("secrets.{name}")) {
            let known: Vec<&str> = self.secrets.keys().map(String::as_str).collect();
            let finding = super::constants::undeclared("secret", name, &known).at(span, "not declared");
            self.report(owner, path, finding);
        }
        None
    }

    /// Reports a duration outside its range; gives its seconds.
    pub(super) fn seconds(
        &mut self,
        owner: &Owner,
        path: &str,
        given: &Spanned<Duration>,
        least: &str,
        most: &str,
    ) -> u64 {
        let limit = |text: &str| Duration::parse(text).map_or(0, Duration::seconds);
        if given.value.seconds() < limit(least) || given.value.seconds() > limit(most) {
            let finding = Diagnostic::error(
                codes::INVALID_VALUE,
                format!("`{}` is {}, and takes {least} to {most}", owner.at(path), given.value),
            )
            .at(given.span, format!("not within {least} to {most}"));
            self.report(owner, path, finding);
        }
        given.value.seconds()
    }

    /// Reports a size outside its range; gives it back.
    pub(super) fn size(
        &mut self,
        owner: &Owner,
        path: &str,
        given: &Spanned<Size>,
        least: &str,
        most: &str,
    ) -> Size {
        let limit = |text: &str| Size::parse(text).unwrap_or(Size::from_megabytes(0));
        if given.value < limit(least) || given.value > limit(most) {
            let finding = Diagnostic::error(
                codes::INVALID_VALUE,
                format!("`{}` is {}, and takes {least} to {most}", owner.at(path), given.value),
            )
            .at(given.span, format!("not within {least} to {most}"));
            self.report(owner, path, finding);
        }
        given.value
    }

    /// Reports a number outside its range; gives it with its place.
    pub(super) fn number(
        &mut self,
        owner: &Owner,
        path: &str,
        given: &Spanned<u64>,
        least: u64,
        most: u64,
    ) -> Expr {
        if given.value < least || given.value > most {
            let finding = Diagnostic::error(
                codes::INVALID_VALUE,
                format!("`{}` is {}, and takes {least} to {most}", owner.at(path), given.value),
            )
            .at(given.span, format!("not within {least} to {most}"));
            self.report(owner, path, finding);
        }
        Expr::new(samc_ir::Kind::Int(given.value.into()), given.span)
    }

    /// A physical name that is given.
    pub(super) fn put_name(
        &mut self,
        owner: &Owner,
        properties: &mut Map,
        key: &str,
        name: Option<&Spanned<String>>,
    ) {
        if let Some(name) = name {
            let value = self.text(owner, "name", name);
            properties.insert(key, value);
        }
    }
}

fn unknown_reference(name: &str, what: &str, known: &[&str], span: Option<Span>) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::UNKNOWN_REFERENCE, format!("{what} `{name}`")).at(span, "not declared");
    if known.is_empty() {
        return finding.help("nothing is declared that could be meant");
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => {
            let near = samc_base::nearest_list(name, known.iter().copied(), 3);
            finding.help(format!("the nearest names are {}", near.join(", ")))
        }
    }
}

/// The name of the condition of a `when`.
pub(super) fn condition_id(when: &samc_schema::app::When) -> String {
    let camel = super::names::upper_camel;
    format!("{}Is{}", camel(when.param.value.as_str()), camel(&when.equals.value))
}
