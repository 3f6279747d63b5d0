//! The application that a graph describes: who runs, what starts it, and what it may touch.
//!
//! A view for whoever asks about the whole: rules across resources, summaries, pictures. It is made
//! from a graph alone by [`analyze`](crate::analyze), whatever language the graph was written in.
//! What is known only at deployment is left out of it, never guessed.

use samc_base::{LogicalId, Span};

use crate::expr::{AssetKind, Str};

/// The view of one graph. Everything is in the order of the graph.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Application {
    /// Lambda functions.
    pub functions: Vec<FunctionView>,
    /// What is not a function and worth naming: APIs, stores, channels.
    pub components: Vec<Component>,
    /// Methods of APIs.
    pub routes: Vec<Route>,
    /// What starts functions, routes aside.
    pub triggers: Vec<Trigger>,
    /// What roles allow.
    pub grants: Vec<Grant>,
    /// Local files and folders that resources need.
    pub assets: Vec<AssetUse>,
}

/// A Lambda function. Values that are computed at deployment are none.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionView {
    /// Its logical id.
    pub id: LogicalId,
    /// What the author calls it.
    pub source: LogicalId,
    /// Where its code is.
    pub code: Code,
    /// The runtime, such as `python3.13`; none for images.
    pub runtime: Option<Str>,
    /// The entry point; none for images.
    pub handler: Option<Str>,
    /// Seconds until a call is ended. AWS's default is 3.
    pub timeout_seconds: Option<u32>,
    /// Memory in MiB. AWS's default is 128.
    pub memory_mib: Option<u32>,
    /// Its role, if the template has it.
    pub role: Option<LogicalId>,
    /// The names of its environment variables, and the resource each one names, if it does.
    pub environment: Vec<(Str, Option<LogicalId>)>,
    /// The key that names it in the source.
    pub span: Option<Span>,
}

/// Where the code of a function is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// In a local folder or archive.
    Local(Str),
    /// In the template.
    Inline,
    /// In an object of a bucket.
    Bucket,
    /// In an image.
    Image,
    /// Known only at deployment.
    Unknown,
}

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// A REST API.
    RestApi,
    /// An HTTP API.
    HttpApi,
    /// A WebSocket API.
    WebSocketApi,
    /// A GraphQL API.
    GraphQlApi,
    /// A state machine.
    StateMachine,
    /// A table.
    Table,
    /// A bucket.
    Bucket,
    /// A queue.
    Queue,
    /// A topic.
    Topic,
    /// A stream.
    Stream,
    /// An event bus.
    EventBus,
    /// A user pool.
    UserPool,
    /// Something that starts at certain times.
    Schedule,
}

impl ComponentKind {
    /// Every kind, in the order of summaries.
    pub const ALL: [ComponentKind; 13] = [
        ComponentKind::RestApi,
        ComponentKind::HttpApi,
        ComponentKind::WebSocketApi,
        ComponentKind::GraphQlApi,
        ComponentKind::StateMachine,
        ComponentKind::Table,
        ComponentKind::Bucket,
        ComponentKind::Queue,
        ComponentKind::Topic,
        ComponentKind::Stream,
        ComponentKind::EventBus,
        ComponentKind::UserPool,
        ComponentKind::Schedule,
    ];

    /// The words for one and for several.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            ComponentKind::RestApi => ("REST API", "REST APIs"),
            ComponentKind::HttpApi => ("HTTP API", "HTTP APIs"),
            ComponentKind::WebSocketApi => ("WebSocket API", "WebSocket APIs"),
            ComponentKind::GraphQlApi => ("GraphQL API", "GraphQL APIs"),
            ComponentKind::StateMachine => ("state machine", "state machines"),
            ComponentKind::Table => ("table", "tables"),
            ComponentKind::Bucket => ("bucket", "buckets"),
            ComponentKind::Queue => ("queue", "queues"),
            ComponentKind::Topic => ("topic", "topics"),
            ComponentKind::Stream => ("stream", "streams"),
            ComponentKind::EventBus => ("event bus", "event buses"),
            ComponentKind::UserPool => ("user pool", "user pools"),
            ComponentKind::Schedule => ("schedule", "schedules"),
        }
    }
}

/// A component of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its logical id.
    pub id: LogicalId,
    /// What it is.
    pub kind: ComponentKind,
}

/// A method of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The API.
    pub api: LogicalId,
    /// The method in capitals; `ANY` for all.
    pub method: String,
    /// The path, such as `/orders/{id}`; for WebSockets the key of the route.
    pub path: String,
    /// The function that answers, if one in this template does.
    pub function: Option<LogicalId>,
}

/// How a function is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TriggerKind {
    /// Lambda reads from a queue or a stream.
    Poll,
    /// A bucket tells of objects.
    Bucket,
    /// A topic sends.
    Topic,
    /// A rule of a bus matches an event.
    Event,
    /// The time has come.
    Schedule,
    /// Lines of a log.
    Log,
    /// A user pool asks.
    UserPool,
    /// A device's message.
    Device,
    /// A step of a state machine.
    Step,
    /// A URL of its own.
    Url,
}

/// Something that starts a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The function.
    pub function: LogicalId,
    /// How.
    pub kind: TriggerKind,
    /// The resource that says so, such as a rule or a mapping.
    pub resource: LogicalId,
    /// Where the event comes from, such as a queue, if the template has it.
    pub source: Option<LogicalId>,
}

/// A statement of a role's policies that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: LogicalId,
    /// The actions, such as `dynamodb:GetItem`. Computed ones are left out.
    pub actions: Vec<Str>,
    /// The resources of the template that it names.
    pub resources: Vec<LogicalId>,
    /// True where it is for every resource (`*`).
    pub all_resources: bool,
    /// Where the statement is written.
    pub span: Option<Span>,
}

/// A local file or folder that a resource needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetUse {
    /// The path as written.
    pub path: Str,
    /// How the resource takes it.
    pub kind: AssetKind,
    /// The resource.
    pub resource: LogicalId,
}

impl Application {
    /// The function of an id.
    pub fn function(&self, id: &str) -> Option<&FunctionView> {
        self.functions.iter().find(|f| f.id == *id)
    }

    /// What a function may do.
    pub fn grants_of<'a>(&'a self, function: &'a FunctionView) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(|g| Some(&g.role) == function.role.as_ref())
    }

    /// How many there are of each thing, in words: `(3, "functions")`. What there is none of is left out.
    pub fn counts(&self) -> Vec<(usize, &'static str)> {
        let mut counts = vec![(self.functions.len(), ("function", "functions"))];
        counts.push((self.routes.len(), ("route", "routes")));
        for kind in ComponentKind::ALL {
            counts.push((self.components.iter().filter(|c| c.kind == kind).count(), kind.words()));
        }
        let words = |(n, (one, several))| (n, if n == 1 { one } else { several });
        counts.into_iter().filter(|(n, _)| *n > 0).map(words).collect()
    }
}
