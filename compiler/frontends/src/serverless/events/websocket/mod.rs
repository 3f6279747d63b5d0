//! `websocket`: routes of the WebSocket API of the service, or of one that is there. Source:
//! lib/plugins/aws/package/compile/events/websockets/ of osls 3.77.1.

mod authorizer;
mod routes;
mod stage;

use samc_base::Diagnostics;
use samc_ir::{Expr, Map, Origin};

use super::gateway;
use crate::serverless::names::WEBSOCKET_API;
use crate::serverless::output::Output;
use crate::serverless::resources::section;
use crate::serverless::service::Service;
use crate::serverless::value::{given, text};

/// What a route is chosen by where nothing is said.
const SELECTION: &str = "$request.body.action";

/// What the API is described as where nothing is said.
const DESCRIPTION: &str = "Serverless Websockets";

/// Lowers all routes of a service, and the API they belong to.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let api = Api { service, origin: origin(service) };
    let routes = routes::read(&api, out);
    if routes.is_empty() {
        return;
    }
    if api.external().is_none() {
        api.make(out);
    }
    routes::lower(&api, &routes, out);
    if api.external().is_none() {
        stage::make(&api, out);
    }
    stage::deploy(&api, &routes, out);
}

/// Where settings of the API stand.
fn origin(service: &Service) -> Origin {
    let span = service.provider.key_span("websocket").or_else(|| service.root.key_span("provider"));
    Origin { key_span: span, span, path: "provider".to_owned(), ..Origin::default() }
}

/// The API as the events see it.
struct Api<'a> {
    service: &'a Service,
    origin: Origin,
}

impl Api<'_> {
    /// The id of an API that is not of this service.
    fn external(&self) -> Option<&Expr> {
        self.service.provider_at(&["apiGateway", "websocketApiId"])
    }

    /// The id of the API.
    fn id(&self) -> Expr {
        self.external().cloned().unwrap_or_else(|| Expr::reference(WEBSOCKET_API))
    }

    /// The logical id of the API, for what waits for it; none where it is not a resource of this stack.
    fn to_wait_for(&self) -> Option<Expr> {
        let id = self.id();
        let id = id.as_ref_to()?;
        let own = section(self.service, &mut Diagnostics::default());
        let is_own = own.get("Resources").and_then(Expr::as_map).is_some_and(|own| own.contains_key(id));
        (id == WEBSOCKET_API || is_own).then(|| id.into())
    }

    fn setting(&self, key: &str, default: &str) -> Expr {
        given(&self.service.provider, key).cloned().unwrap_or_else(|| default.into())
    }

    fn description(&self) -> Expr {
        self.setting("websocketsDescription", DESCRIPTION)
    }

    /// Adds the API, and lets functions write to who is connected.
    fn make(&self, out: &mut Output<'_>) {
        let service = self.service;
        let usual = format!("{}-{}-websockets", service.stage, service.name);
        let name = given(&service.provider, "websocketsApiName").and_then(text);
        let mut properties = Map::from([
            ("Name", name.unwrap_or(usual).into()),
            ("RouteSelectionExpression", self.setting("websocketsApiRouteSelectionExpression", SELECTION)),
            ("Description", self.description()),
            ("ProtocolType", "WEBSOCKET".into()),
        ]);
        let tags = given(&service.provider, "tags").and_then(Expr::as_map);
        let is_tagged = service.provider_at(&["websocket", "useProviderTags"]).is_some();
        if let Some(tags) = tags.filter(|_| is_tagged) {
            properties.insert("Tags", tags.clone());
        }
        out.add(WEBSOCKET_API, "AWS::ApiGatewayV2::Api", properties, &self.origin);
        let connections = Expr::sub("arn:${AWS::Partition}:execute-api:*:*:*/@connections/*");
        out.allow(&["execute-api:ManageConnections"], vec![connections]);
    }
}
