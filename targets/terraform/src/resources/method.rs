//! Methods of REST APIs: what stands behind a method and what it answers are resources of their own.

use samc_ir::Map;

use super::{given, items, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Item, Value};
use crate::native::{Site, main, part};

/// `AWS::ApiGateway::Method`.
pub(crate) fn method(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &["Integration", "MethodResponses"])?];
    let writer = Parts { context, site };
    let mut answers: Vec<(String, String)> = Vec::new();
    if let Some(list) = given(&map, "MethodResponses") {
        for item in context.within("MethodResponses", || items(context, list))? {
            let made = writer.response(
                "MethodResponses",
                "aws_api_gateway_method_response",
                item.expr.as_map()?,
                item.condition.as_deref(),
            )?;
            let status = made.get("status_code").and_then(Value::as_literal);
            // One under a condition of its own cannot be relied on.
            if let Some(status) = status.filter(|_| item.condition.is_none()) {
                let address = format!("aws_api_gateway_method_response.{}", made.labels.get(1)?);
                answers.push((status.to_owned(), context.indexed(site.plan, &address, "status_code")));
            }
            blocks.push(made);
        }
    }
    let Some(integration) = given(&map, "Integration") else { return Some(blocks) };
    let integration = context.within("Integration", || integration.as_map())?;
    let mut block = writer.block("aws_api_gateway_integration", "", None);
    part(context, site, "Integration", &mut block, integration, &["IntegrationResponses"])?;
    let address = block.labels.join(".");
    blocks.push(block);
    let Some(list) = given(integration, "IntegrationResponses") else { return Some(blocks) };
    let path = "Integration.IntegrationResponses";
    for item in context.within(path, || items(context, list))? {
        let mut made = writer.response(
            path,
            "aws_api_gateway_integration_response",
            item.expr.as_map()?,
            item.condition.as_deref(),
        )?;
        // The answer of the method that it belongs to is there first.
        for argument in &mut made.items {
            if let Item::Argument(name, value) = argument
                && name == "status_code"
                && let Some((_, answer)) = answers.iter().find(|(code, _)| value.as_literal() == Some(code))
            {
                *value = Value::code(answer);
            }
        }
        made.set("depends_on", Value::List(vec![Value::code(&address)]));
        blocks.push(made);
    }
    Some(blocks)
}

struct Parts<'p, 'g> {
    context: &'p Context<'g>,
    site: &'p Site<'p>,
}

impl Parts<'_, '_> {
    /// A part of the method, which it names by API, path and verb.
    fn block(&self, kind: &str, suffix: &str, condition: Option<&str>) -> Block {
        let mut block = satellite(self.context, self.site.plan, kind, suffix, condition);
        for name in ["rest_api_id", "resource_id", "http_method"] {
            block.set(name, Value::code(self.context.attribute(self.site.plan, name)));
        }
        block
    }

    /// An answer, called after its status.
    fn response(&self, path: &str, kind: &str, map: &Map, condition: Option<&str>) -> Option<Block> {
        let status = self.context.value(map.get("StatusCode")?);
        let suffix: String = match status.as_literal() {
            Some(text) => text.chars().filter(char::is_ascii_alphanumeric).collect(),
            None => "response".to_owned(),
        };
        let mut block = self.block(kind, &suffix, condition);
        part(self.context, self.site, path, &mut block, map, &[])?;
        Some(block)
    }
}
