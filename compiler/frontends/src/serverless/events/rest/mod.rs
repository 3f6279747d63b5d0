//! `http`: methods of the REST API of the service, or of one that is there. Source:
//! lib/plugins/aws/package/compile/events/api-gateway/ of osls 3.77.1.
//!
//! The events are read first (`read.rs`, `authorizer.rs`, `cors.rs`), then the API is made (`api.rs`), the tree of
//! its resources (`tree.rs`), the methods on them (`method.rs`, `integration.rs`, `schemas.rs`), and what stands
//! before them: the deployment (`deployment.rs`), keys and plans (`keys.rs`).

mod api;
mod authorizer;
mod cors;
mod deployment;
mod integration;
mod keys;
mod method;
mod read;
mod route;
mod schemas;
mod templates;
mod tree;

use samc_ir::{Expr, Map, Origin};

use super::gateway;
use crate::serverless::names::{self, REST_API};
use crate::serverless::output::Output;
use crate::serverless::service::Service;
use crate::serverless::value::given;

/// Lowers all methods of a service, and the API they belong to.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let empty = Map::new();
    let settings = service.provider_at(&["apiGateway"]).and_then(Expr::as_map).unwrap_or(&empty);
    let api = Api { service, settings, origin: service.provider_origin("apiGateway") };
    let is_sound = api.check(out);
    let routes = read::read(&api, out);
    if !is_sound || routes.is_empty() {
        return;
    }
    api.check_stage(out);
    api.make(out);
    let resources = tree::lower(&api, &routes, out);
    let mut methods = cors::lower(&api, &routes, &resources, out);
    methods.extend(routes.iter().map(|route| method::lower(&api, route, &resources, out)));
    schemas::lower(&api, &routes, out);
    authorizer::lower(&api, &routes, out);
    let deployment = deployment::lower(&api, &routes, methods, out);
    keys::lower(&api, &deployment, out);
    permit(&api, &routes, out);
    deployment::stage(&api, out);
}

/// The API as the events see it.
struct Api<'a> {
    service: &'a Service,
    /// `provider.apiGateway`.
    settings: &'a Map,
    origin: Origin,
}

impl<'a> Api<'a> {
    /// The id of an API that is not of this service.
    fn external(&self) -> Option<&'a Expr> {
        given(self.settings, "restApiId")
    }

    /// The id of the API.
    fn id(&self) -> Expr {
        self.external().cloned().unwrap_or_else(|| Expr::reference(REST_API))
    }

    /// The resource of the path `/`.
    fn root(&self) -> Expr {
        let given = given(self.settings, "restApiRootResourceId").cloned();
        given.unwrap_or_else(|| Expr::get_att(REST_API, "RootResourceId"))
    }

    /// Where a method comes from, with its path where the graph has not all resources above it.
    fn origin_of_method(&self, route: &route::Route<'_>) -> Origin {
        let path = self.external().map(|_| format!("/{}", route.path).into());
        Origin { route: path, ..route.event.origin.clone() }
    }

    /// The stage of the deployment, which can have a name of its own.
    fn stage(&self) -> Expr {
        given(self.settings, "stage").cloned().unwrap_or_else(|| self.service.stage.as_str().into())
    }

    /// What permissions name as the source of calls: every method of every stage.
    fn source_arn(&self) -> Expr {
        gateway::source_arn(self.id(), "/*/*")
    }
}

/// The logical id of the permission of a function, or of an authorizer, by its name.
fn permission_id(name: &str) -> String {
    format!("{}LambdaPermissionApiGateway", names::normalized(name))
}

/// Lets the API call the functions, and those that decide who may call.
fn permit(api: &Api<'_>, routes: &[route::Route<'_>], out: &mut Output<'_>) {
    for route in routes {
        let function = route.function;
        let properties = gateway::permission(function.target(), Some(api.source_arn()));
        let id = permission_id(&function.key);
        let resource = out.add(id, "AWS::Lambda::Permission", properties, &function.origin);
        if let Some(alias) = function.target_depends_on() {
            resource.attributes.insert("DependsOn", alias);
        }
        authorizer::permit(api, route, out);
    }
}
