//! What answers on the ports of an application: its APIs, the Invoke call, and what samc tells of itself.

mod authorize;
mod aws;
mod body;
mod cors;
mod event_v1;
mod event_v2;
pub(crate) mod fetch;
mod gateway;
mod guard;
mod impatient;
mod invoke_api;
mod page;
mod reading;
mod reply;
mod request;
mod routes;
mod server;
mod stream;
mod websocket;

pub(crate) use authorize::Keys;
pub(crate) use gateway::Gateway;
pub(crate) use server::{Clients, Port, bind};
pub(crate) use websocket::Connections;
