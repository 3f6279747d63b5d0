//! Requests to a REST API.

use super::{Event, EventType, LambdaTarget};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;
use crate::sam::properties::{Property, Shape};
use crate::sam::rest;
use crate::sam::role::Role;

/// Requests to a method of a REST API.
pub(super) const API: EventType = EventType {
    name: "Api",
    properties: &[
        Property::required("Path", Shape::Text),
        Property::required("Method", Shape::Text),
        Property::required("RestApiId", Shape::Text),
        Property::optional("Stage", Shape::Text),
        Property::optional("Auth", Shape::Map),
        Property::optional("RequestModel", Shape::Map),
        Property::optional("RequestParameters", Shape::List),
        Property::optional("TimeoutInMillis", Shape::Int),
        Property::optional("ResponseTransferMode", Shape::Text),
    ],
    expand,
};

fn expand(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    rest::add_function_event(ctx, event, target)
}
