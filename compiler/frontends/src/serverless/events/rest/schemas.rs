//! What requests are checked against: parameters that must be there, and models of the body. Source:
//! lib/request-validator.js of the events `api-gateway` of osls 3.77.1.

use samc_ir::{Expr, Map, Origin};

use super::Api;
use super::method::{is_required, method_id};
use super::route::Route;
use crate::serverless::names::{alphanumeric, upper_first};
use crate::serverless::output::Output;
use crate::serverless::value::{given, given_at, set};

/// Adds the models and the validator, and sets them on the methods.
pub(super) fn lower(api: &Api<'_>, routes: &[Route<'_>], out: &mut Output<'_>) {
    for route in routes {
        let method = method_id(&route.path, route.method);
        let mut models = Map::new();
        let schemas = route.request("schemas").and_then(Expr::as_map);
        for entry in schemas.map(Map::entries).unwrap_or_default() {
            let shared = entry
                .value
                .as_str()
                .and_then(|name| Some((name, given_at(api.settings, &["request", "schemas", name])?)));
            let model = match shared {
                Some((name, schema)) => {
                    let id = format!("ApiGateway{}Model", camel_case(name));
                    model(api, &id, "application/json", schema, &api.origin, out);
                    id
                }
                None => {
                    let id = format!("{method}{}Model", start_case(&entry.key));
                    model(api, &id, &entry.key, &entry.value, &route.event.origin, out);
                    id
                }
            };
            models.insert_spanned(entry.key.clone(), entry.key_span, Expr::reference(model));
        }
        if models.is_empty() && !route.parameters().iter().any(|(_, value)| is_required(value)) {
            continue;
        }
        let validator = validator(api, out);
        let Some(properties) = out.properties(&method) else { continue };
        properties.insert("RequestValidatorId", Expr::reference(validator));
        if !models.is_empty() {
            // A method that two events have takes the models of both.
            let all = properties.get_or_insert_with("RequestModels", || Map::new().into());
            if let Some(all) = all.as_map_mut() {
                all.extend(models);
            }
        }
    }
}

/// Adds a model: a schema, or a mapping of a `schema` with its name and description.
fn model(api: &Api<'_>, id: &str, content: &str, given_schema: &Expr, origin: &Origin, out: &mut Output<'_>) {
    let wrapped = given_schema.as_map().and_then(|map| Some((map, given(map, "schema")?)));
    let schema = wrapped.map_or(given_schema, |(_, schema)| schema);
    let mut properties =
        Map::from([("RestApiId", api.id()), ("ContentType", content.into()), ("Schema", schema.clone())]);
    if let Some((map, _)) = wrapped {
        set(&mut properties, "Name", given(map, "name"));
        set(&mut properties, "Description", given(map, "description"));
    }
    out.add(id, "AWS::ApiGateway::Model", properties, origin);
}

/// The validator that all methods share.
fn validator(api: &Api<'_>, out: &mut Output<'_>) -> String {
    let service = api.service;
    let id = format!("ApiGateway{}RequestValidator", alphanumeric(&service.name));
    if !out.has(&id) {
        let name = format!("{} | Validate request body and querystring parameters", service.prefix());
        let properties = Map::from([
            ("RestApiId", api.id()),
            ("ValidateRequestBody", true.into()),
            ("ValidateRequestParameters", true.into()),
            ("Name", name.into()),
        ]);
        out.add(id.as_str(), "AWS::ApiGateway::RequestValidator", properties, &api.origin);
    }
    id
}

/// The words of a text: runs of capitals, of small letters with a capital before them, and of digits.
fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at) {
        let run =
            |from: usize, of: fn(&char) -> bool| chars.iter().skip(from).take_while(|char| of(char)).count();
        let capitals = run(at, char::is_ascii_uppercase);
        let length = if first.is_ascii_digit() {
            run(at, char::is_ascii_digit)
        } else if capitals == 0 {
            run(at, char::is_ascii_lowercase)
        } else {
            let small = run(at + capitals, char::is_ascii_lowercase);
            match (capitals, small) {
                // The last capital begins the next word.
                (2.., 1..) => capitals - 1,
                (1, small) => 1 + small,
                (capitals, _) => capitals,
            }
        };
        if length > 0 {
            words.push(chars.iter().skip(at).take(length).collect());
        }
        at += length.max(1);
    }
    words
}

/// `application/json` as `ApplicationJson`.
fn start_case(text: &str) -> String {
    words(text).iter().map(|word| upper_first(word)).collect()
}

/// `post-createURL` as `PostCreateUrl`.
fn camel_case(text: &str) -> String {
    words(text).iter().map(|word| upper_first(&word.to_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_together_from_words() {
        assert_eq!(start_case("application/vnd.api+json"), "ApplicationVndApiJson");
        assert_eq!(start_case("text/XMLBody2a"), "TextXMLBody2A");
        assert_eq!(camel_case("post-createURL"), "PostCreateUrl");
        assert_eq!(camel_case("HTTPRequest_v2"), "HttpRequestV2");
        assert_eq!(camel_case("é"), "");
    }
}
