//! A serverless.yml as it is read: the service, its provider, and its functions with their events.

use samc_base::{Diagnostic, Diagnostics, LogicalId, Span, codes};
use samc_ir::{Expr, Kind, Map, Origin, Str};

use super::value::{given, given_at, is_true, merge_maps, text};
use crate::Options;

/// A service.
#[derive(Debug)]
pub(super) struct Service {
    /// Its name.
    pub(super) name: String,
    /// The stage it is compiled for.
    pub(super) stage: String,
    /// The region it is deployed to.
    pub(super) region: String,
    /// Everything at the top of the file.
    pub(super) root: Map,
    /// `provider`, whose settings functions take over.
    pub(super) provider: Map,
    /// The functions in order.
    pub(super) functions: Vec<Function>,
}

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    /// What the file calls it.
    pub(super) key: Str,
    /// What Lambda calls it.
    pub(super) name: Expr,
    /// Its settings as written.
    pub(super) settings: Map,
    /// Its events in order.
    pub(super) events: Vec<Event>,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// One event of a function.
#[derive(Debug)]
pub(super) struct Event {
    /// Its kind, such as `httpApi`.
    pub(super) kind: Str,
    /// What stands under the kind; null where nothing does.
    pub(super) value: Expr,
    /// Its place among all events of its function, from 1.
    pub(super) place: usize,
    /// Where it stands.
    pub(super) origin: Origin,
}

impl Event {
    /// A setting that is there and not null; none where the event is no mapping.
    pub(super) fn setting(&self, key: &str) -> Option<&Expr> {
        self.value.as_map()?.get(key).filter(|value| !value.is_null())
    }

    /// A setting that is `true` or `false`: also as text or number, as the framework reads them. None where
    /// it is not there, or is decided by CloudFormation.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match &self.value.as_map()?.get(key)?.kind {
            Kind::Bool(flag) => Some(*flag),
            Kind::Int(0) => Some(false),
            Kind::Int(1) => Some(true),
            Kind::String(text) if &**text == "true" => Some(true),
            Kind::String(text) if &**text == "false" => Some(false),
            _ => None,
        }
    }

    /// The items of a setting that is a list, or the one that stands there without a list.
    pub(super) fn items(&self, key: &str) -> &[Expr] {
        let value = self.setting(key);
        value.map_or(&[], |value| value.as_list().unwrap_or(std::slice::from_ref(value)))
    }

    /// A setting that is there and true.
    pub(super) fn given(&self, key: &str) -> Option<&Expr> {
        self.setting(key).filter(|value| is_true(value))
    }
}

impl Function {
    /// The events of a kind, in order. One that says nothing, or `false`, is none.
    pub(super) fn events_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |event| &*event.kind == kind && is_true(&event.value))
    }

    /// The alias that callers name in place of the function, where one is published for it.
    pub(super) fn alias(&self) -> Option<Alias> {
        let id = |ending: &str| format!("{}{ending}", super::names::normalized(&self.key));
        if given(&self.settings, "provisionedConcurrency").is_some() {
            Some(Alias { id: id("ProvConcLambdaAlias"), name: "provisioned" })
        } else if given(&self.settings, "snapStart").is_some() {
            Some(Alias { id: id("SnapStartLambdaAlias"), name: "snapstart" })
        } else {
            None
        }
    }

    /// The logical id of the function.
    pub(super) fn id(&self) -> String {
        super::names::function(&self.key)
    }

    /// What callers name: the ARN of the function, with the alias where there is one.
    pub(super) fn target(&self) -> Expr {
        let arn = Expr::get_att(self.id(), "Arn");
        match self.alias() {
            Some(alias) => Expr::join(":", vec![arn, alias.name.into()]),
            None => arn,
        }
    }

    /// `DependsOn` of what calls the function: its alias, where there is one.
    pub(super) fn target_depends_on(&self) -> Option<Expr> {
        self.alias().map(|alias| alias.id.into())
    }
}

/// An alias of a function.
#[derive(Debug)]
pub(super) struct Alias {
    /// Its logical id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: &'static str,
}

impl Service {
    /// Reads a document as it is after variables. None where it is no service that can be lowered, which is reported.
    pub(super) fn read(root: Expr, options: &Options, diagnostics: &mut Diagnostics) -> Option<Service> {
        let Kind::Map(root) = root.kind else { return None };
        let name = service_name(&root, diagnostics)?;
        let provider = provider(&root, diagnostics)?;
        let stage = options.stage.clone().or_else(|| given(&provider, "stage").and_then(text));
        let stage = stage.unwrap_or_else(|| "dev".to_owned());
        let own = given(&provider, "region").and_then(text).filter(|_| !options.region_given);
        let region = own.unwrap_or_else(|| options.region.clone());
        let mut service = Service { name, stage, region, provider, functions: Vec::new(), root };
        let functions = one_map(&service.root, "functions", diagnostics);
        service.functions = functions
            .entries()
            .iter()
            .filter(|entry| !entry.value.is_null())
            .filter_map(|entry| service.function(entry, diagnostics))
            .collect();
        Some(service)
    }

    /// A part of `provider`.
    pub(super) fn provider_at(&self, keys: &[&str]) -> Option<&Expr> {
        given_at(&self.provider, keys)
    }

    /// Where settings of the provider stand: at their key, or at `provider` where it is not there.
    pub(super) fn provider_origin(&self, key: &str) -> Origin {
        let span = self.provider.key_span(key).or_else(|| self.root.key_span("provider"));
        Origin { key_span: span, span, path: format!("provider.{key}"), ..Origin::default() }
    }

    /// A setting of a function, or the one of the same name of the provider.
    pub(super) fn setting<'a>(&'a self, function: &'a Function, key: &str) -> Option<&'a Expr> {
        given(&function.settings, key).or_else(|| given(&self.provider, key))
    }

    /// The function of a key.
    pub(super) fn function_of(&self, key: &str) -> Option<&Function> {
        self.functions.iter().find(|function| *function.key == *key)
    }

    /// `service-stage`, which names begin with.
    pub(super) fn prefix(&self) -> String {
        format!("{}-{}", self.name, self.stage)
    }

    /// The name of the stack.
    pub(super) fn stack_name(&self) -> String {
        let given = given(&self.provider, "stackName").and_then(Expr::as_str);
        given.map_or_else(|| self.prefix(), str::to_owned)
    }

    /// The events of a kind, each with its function and its number among those of the kind in that function,
    /// from 1.
    pub(super) fn events<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a Function, &'a Event, usize)> {
        self.functions.iter().flat_map(move |function| {
            let events = function.events_of(kind).enumerate();
            events.map(move |(index, event)| (function, event, index + 1))
        })
    }

    /// The role a function is given by its author; none where it has the one that the service makes.
    pub(super) fn given_role<'a>(&'a self, function: &'a Function) -> Option<&'a Expr> {
        given(&function.settings, "role")
            .or_else(|| self.provider_at(&["iam", "role"]).filter(|role| is_existing_role(role)))
            .or_else(|| self.provider.get("role"))
    }

    /// True where the service makes a role for its functions.
    pub(super) fn has_role(&self) -> bool {
        let existing = self.provider_at(&["iam", "role"]).is_some_and(is_existing_role);
        !existing
            && !self.provider.contains_key("role")
            && self.functions.iter().any(|function| !function.settings.contains_key("role"))
    }

    fn function(&self, entry: &samc_ir::Entry, diagnostics: &mut Diagnostics) -> Option<Function> {
        let key = entry.key.clone();
        let path = format!("functions.{key}");
        let origin = Origin {
            source: Some(LogicalId::new(key.clone())),
            key_span: entry.key_span,
            type_span: None,
            span: whole(entry.key_span, entry.value.span),
            path: path.clone(),
            metadata: None,
            route: None,
            advice: None,
        };
        let Some(settings) = entry.value.as_map() else {
            diagnostics.push(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("the function {key} is {}, and must be a mapping", entry.value.kind_name()),
                )
                .at(entry.value.span.or(entry.key_span), "not a mapping")
                .help("what belongs to a function is indented below its name, at least `handler`")
                .resource(&*key)
                .path(path),
            );
            return None;
        };
        let default = || Expr::from(format!("{}-{key}", self.prefix()));
        let name = given(settings, "name").cloned().unwrap_or_else(default);
        let events = read_events(&key, settings, &origin, diagnostics);
        Some(Function { key, name, settings: settings.clone(), events, origin })
    }
}

/// True where `provider.iam.role` names a role that is there, and does not say how to make one.
fn is_existing_role(role: &Expr) -> bool {
    match &role.kind {
        Kind::String(_) | Kind::Call(..) => true,
        Kind::Map(map) => map.keys().any(|key| key.contains("::")),
        _ => false,
    }
}

/// All that is written of something, from its key to its end.
pub(super) fn whole(key: Option<Span>, value: Option<Span>) -> Option<Span> {
    match (key, value) {
        // What a variable brought stands elsewhere; then the key is the place.
        (Some(key), Some(value)) if key.file == value.file && key.start < value.end => Some(key.to(value)),
        (key, value) => key.or(value),
    }
}

fn service_name(root: &Map, diagnostics: &mut Diagnostics) -> Option<String> {
    let entry = root.entry("service");
    let name = entry.and_then(|entry| text(&entry.value)).filter(|name| !name.is_empty());
    if name.is_none() {
        let span = entry.and_then(|entry| entry.value.span.or(entry.key_span));
        let is_map = entry.is_some_and(|entry| entry.value.as_map().is_some());
        let finding = Diagnostic::error(codes::WRONG_TYPE, "service must be the name of the service")
            .at(span, "not a name")
            .path("service");
        diagnostics.push(finding.help(if is_map {
            "write `service: NAME`; other settings that stood under `service` have their own keys since version 3"
        } else {
            "write `service: NAME`, of letters, digits and dashes"
        }));
    }
    name
}

fn provider(root: &Map, diagnostics: &mut Diagnostics) -> Option<Map> {
    let entry = root.entry("provider")?;
    let span = entry.value.span.or(entry.key_span);
    let provider = match &entry.value.kind {
        Kind::Map(map) => map.clone(),
        Kind::String(name) => Map::from([("name", Expr::from(name).with_span(span))]),
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("provider is {}, and must be a mapping", entry.value.kind_name()),
                )
                .at(span, "not a mapping")
                .help("write `provider:` with at least `name: aws` and `runtime`")
                .path("provider"),
            );
            return None;
        }
    };
    let name = provider.entry("name").map(|name| (name.value.as_str().unwrap_or_default(), name.value.span));
    match name {
        Some(("aws", _)) => Some(provider),
        Some((name, at)) => {
            diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    format!("provider `{name}` is not one samc compiles for"),
                )
                .at(at.or(span), "not aws")
                .help("samc compiles for AWS: `name: aws`")
                .path("provider.name"),
            );
            None
        }
        None => {
            diagnostics.push(
                Diagnostic::error(codes::MISSING_PROPERTY, "provider has no name")
                    .at(entry.key_span.or(span), "`name` missing")
                    .help("add `name: aws`")
                    .path("provider"),
            );
            None
        }
    }
}

/// A section that is a mapping, or a list of mappings which are laid over each other.
pub(super) fn one_map(root: &Map, key: &str, diagnostics: &mut Diagnostics) -> Map {
    let mut merged = Map::new();
    let Some(section) = root.entry(key) else { return merged };
    let mut wrong = |value: &Expr| {
        diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("{key} holds {}, and must hold mappings", value.kind_name()),
            )
            .at(value.span.or(section.key_span), "not a mapping")
            .help(format!("`{key}` is a mapping, or a list of mappings, such as those of several files"))
            .path(key),
        );
    };
    match &section.value.kind {
        Kind::Map(map) => merged = map.clone(),
        Kind::List(items) => {
            for item in items.iter().filter(|item| !item.is_null()) {
                match &item.kind {
                    Kind::Map(map) => merge_maps(&mut merged, map.clone()),
                    _ => wrong(item),
                }
            }
        }
        Kind::Null => {}
        _ => wrong(&section.value),
    }
    merged
}

fn read_events(key: &str, settings: &Map, function: &Origin, diagnostics: &mut Diagnostics) -> Vec<Event> {
    let Some(section) = settings.entry("events").filter(|entry| !entry.value.is_null()) else {
        return Vec::new();
    };
    let path = format!("functions.{key}.events");
    let mut wrong = |value: &Expr, path: String| {
        diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!(
                    "events of {key} hold {}, and are a list of mappings such as `- httpApi: GET /`",
                    value.kind_name()
                ),
            )
            .at(value.span.or(section.key_span), "not an event")
            .resource(key)
            .path(path),
        );
    };
    let Some(items) = section.value.as_list() else {
        wrong(&section.value, path);
        return Vec::new();
    };
    let mut events = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let origin = |span: Option<Span>| Origin {
            key_span: span.or(function.key_span),
            path: path.clone(),
            ..function.clone()
        };
        match &item.kind {
            Kind::Map(map) => events.extend(map.entries().iter().map(|entry| Event {
                kind: entry.key.clone(),
                value: entry.value.clone(),
                place: index + 1,
                origin: origin(entry.key_span),
            })),
            Kind::String(kind) => {
                let (kind, place) = (kind.clone(), index + 1);
                events.push(Event { kind, value: Expr::null(), place, origin: origin(item.span) });
            }
            _ => wrong(item, path.clone()),
        }
    }
    events
}
