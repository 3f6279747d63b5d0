//! Running an application on the developer's own machine: `samc local`.
//!
//! What runs is a manifest ([`samc_schema::manifest`]): functions as processes that speak Lambda's
//! Runtime API, APIs as servers, queues, topics and buses in memory. This crate stands on the
//! machine's side of the house, as packaging does.

pub mod invoke;
