//! serverless.yml to resources: what another deployment of a REST API depends on.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_frontends::{NoFiles, Options, serverless};
use samc_syntax::{ParseOptions, parse};

/// The logical id of the deployment of a service whose function has some settings, with some `resources`.
fn deployment(function: &str, resources: &str) -> String {
    let text = format!(
        "service: shop\nprovider: {{name: aws, runtime: nodejs24.x}}\nfunctions:\n  list: {{handler: a.b, {function}}}\n\
         resources: {{Resources: {{{resources}}}}}\n"
    );
    let file = SourceFile::new(FileId(0), "serverless.yml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    let graph =
        (serverless::FRONTEND.compile)(&document, &Options::default(), &NoFiles, &mut diagnostics).unwrap();
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.finish());
    let made =
        graph.resources.iter().find(|(_, made)| made.resource_type.as_str() == "AWS::ApiGateway::Deployment");
    made.unwrap().0.to_string()
}

#[test]
fn another_api_is_another_deployment() {
    const ROUTE: &str = "events: [{http: GET /orders}]";
    let first = deployment(ROUTE, "");
    assert!(first.starts_with("ApiGatewayDeployment"), "{first}");
    assert_eq!(deployment(ROUTE, ""), first);
    assert_eq!(deployment(&format!("{ROUTE}, memorySize: 512"), ""), first);
    assert_eq!(deployment(ROUTE, "Jobs: {Type: AWS::SQS::Queue}"), first);
    for (function, resources) in [
        ("events: [{http: GET /order}]", ""),
        ("events: [{http: {path: orders, method: get, timeoutInMillis: 900}}]", ""),
        ("events: [{http: GET /orders}], name: other", ""),
        (ROUTE, "ApiGatewayMethodOrdersGet: {Properties: {OperationName: list}}"),
        (ROUTE, "Gone: {Type: AWS::ApiGateway::GatewayResponse, Properties: {ResponseType: DEFAULT_5XX}}"),
    ] {
        assert_ne!(deployment(function, resources), first, "{function} {resources}");
    }
}
