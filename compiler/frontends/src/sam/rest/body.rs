//! The body of a REST API under construction: Swagger or OpenAPI, edited event by event.

use samc_base::Span;
use samc_ir::Expr;

use super::py27::{Clock, Dict, Py, PyKind, Text};

/// The key of the ways in which callers show who they are.
const SECURITY_DEFINITIONS: &str = "securityDefinitions";
/// The key of API Gateway's integration in a method.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// The method that stands for all.
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
/// Members of a path that are not methods.
const NOT_METHODS: [&str; 3] = ["summary", "description", "parameters"];

/// A body, and how many deep copies the transform has made of it.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The document.
    pub(super) doc: Dict,
    /// The time its dictionaries have to catch up with.
    pub(super) clock: Clock,
    /// Security definitions of the current edit, where the document had none before.
    definitions: Dict,
}

/// Something in a body that is not as OpenAPI has it.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) message: String,
    /// Where.
    pub(crate) span: Option<Span>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, span: Option<Span>) -> Self {
        Fault { message: message.into(), span }
    }
}

/// What an edit gives.
pub(crate) type Edited<T = ()> = std::result::Result<T, Fault>;

/// A method's name as it stands in a body: lower case, and `any` under its own name.
pub(super) fn method_name(method: &str) -> Text {
    match method.to_lowercase().as_str() {
        "any" => ANY_METHOD.into(),
        lower => Text::unicode(lower),
    }
}

impl Body {
    /// The body of an API that gives none.
    pub(super) fn skeleton() -> Body {
        let mut info = Dict::new(0);
        info.insert("version", "1.0", 0);
        info.insert("title", Py::map_of("Ref", "AWS::StackName"), 0);
        let mut doc = Dict::new(0);
        doc.insert("swagger", "2.0", 0);
        doc.insert("info", info, 0);
        doc.insert("paths", Dict::new(0), 0);
        Body { doc, clock: 0, definitions: Dict::new(0) }
    }

    /// The body the author wrote; none where it is not a map.
    pub(super) fn written(expr: &Expr) -> Option<Body> {
        match Py::written(expr, 0).kind {
            PyKind::Dict(doc) => Some(Body { doc: *doc, clock: 0, definitions: Dict::new(0) }),
            _ => None,
        }
    }

    /// One edit, between the two copies that the transform makes for it.
    pub(super) fn edit<T>(&mut self, change: impl FnOnce(&mut Body) -> T) -> T {
        self.clock += 1;
        let clock = self.clock;
        let result = change(self);
        // The transform puts new security definitions into the document after all else.
        if self.definitions.len() > 0 {
            let made = std::mem::take(&mut self.definitions);
            self.doc.insert(SECURITY_DEFINITIONS, made, clock);
        }
        self.clock += 1;
        result
    }

    /// True for a document of a version that can be edited, with paths.
    pub(super) fn is_valid(&self) -> bool {
        let has_paths = self.doc.get("paths").is_some_and(|p| p.as_dict().is_some());
        let swagger = self.doc.get("swagger").is_some_and(Py::is_truthy);
        has_paths
            && (swagger || self.doc.get_truthy("openapi").is_some_and(|v| is_version_3(&v.to_python_text())))
    }

    /// True for a document of OpenAPI 3 with paths.
    pub(super) fn is_open_api(&self) -> bool {
        let version = self.doc.get_truthy("openapi").map(Py::to_python_text);
        version.is_some_and(|version| is_version_3(&version)) && self.is_valid()
    }

    /// Reports every path whose item is not a map, as opening a body for an edit does.
    pub(super) fn check_paths(&mut self) -> Edited {
        for path in self.path_names() {
            for item in self.path_items(&path) {
                if !item.is_map() {
                    return Err(Fault::new(
                        format!("the path {} must be a mapping of methods", path.text),
                        item.span,
                    ));
                }
            }
        }
        Ok(())
    }

    fn paths(&mut self) -> Option<&mut Dict> {
        self.doc.get_mut("paths").and_then(Py::as_dict_mut)
    }

    /// Number of paths.
    pub(super) fn path_count(&self) -> usize {
        self.doc.get("paths").and_then(Py::as_dict).map_or(0, Dict::len)
    }

    /// The paths in Python 2.7's order.
    pub(super) fn path_names(&mut self) -> Vec<Text> {
        let clock = self.clock;
        self.paths().map(|p| p.keys(clock)).unwrap_or_default()
    }

    /// The items of a path: one, or those of both arms of a condition.
    fn path_items(&mut self, path: &Text) -> Vec<&mut Py> {
        self.paths().and_then(|p| p.get_mut(&path.text)).map(Py::contents_mut).unwrap_or_default()
    }

    /// Adds a path with a method that holds nothing yet.
    pub(super) fn add_path(&mut self, path: &Text, method: &Text) -> Edited {
        let clock = self.clock;
        let Some(paths) = self.paths() else { return Ok(()) };
        let item = paths.get_or_insert_with(path.clone(), clock, || Dict::new(clock).into());
        if !item.is_map() {
            return Err(Fault::new(
                format!("the path {} must be a mapping of methods", path.text),
                item.span,
            ));
        }
        for item in item.contents_mut() {
            if let Some(item) = item.as_dict_mut() {
                item.get_or_insert_with(method.clone(), clock, || Dict::new(clock).into());
            }
        }
        Ok(())
    }

    /// True where a path has an integration for a method.
    pub(super) fn has_integration(&mut self, path: &Text, method: &Text) -> Edited<bool> {
        if !self.paths().is_some_and(|p| p.contains(&path.text)) {
            return Ok(false);
        }
        for item in self.path_items(path) {
            let span = item.span;
            let Some(item) = item.as_dict_mut() else {
                return Err(Fault::new(format!("the path {} must be a mapping of methods", path.text), span));
            };
            let Some(definition) = item.get_mut(&method.text).filter(|d| d.is_map()) else {
                return Ok(false);
            };
            let mut found = false;
            for one in definition.contents_mut() {
                if !one.is_map() {
                    return Err(not_a_method(&path.text, &method.text, one.span));
                }
                found |= one.get(INTEGRATION).is_some_and(Py::is_truthy);
            }
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sets a method of a path to what `make` adds to it, under a condition if there is one.
    pub(super) fn set_method(
        &mut self,
        path: &Text,
        method: &Text,
        condition: Option<&Py>,
        make: &dyn Fn(&mut Dict, Clock),
    ) -> Edited {
        let clock = self.clock;
        self.add_path(path, method)?;
        for item in self.path_items(path) {
            let span = item.span;
            let Some(item) = item.as_dict_mut() else {
                return Err(Fault::new(format!("the path {} must be a mapping of methods", path.text), span));
            };
            let Some(definition) = item.get_mut(&method.text) else { continue };
            let span = definition.span;
            let Some(dict) = definition.as_dict_mut() else {
                return Err(not_a_method(&path.text, &method.text, span));
            };
            make(dict, clock);
            if let Some(condition) = condition {
                let inner = std::mem::replace(definition, PyKind::None.into());
                *definition = Py::conditional(condition.clone(), inner);
            }
        }
        Ok(())
    }

    /// Puts a path under a condition.
    pub(super) fn make_path_conditional(&mut self, path: &Text, condition: Py) {
        if let Some(item) = self.paths().and_then(|p| p.get_mut(&path.text)) {
            let inner = std::mem::replace(item, PyKind::None.into());
            *item = Py::conditional(condition, inner);
        }
    }

    /// Calls `change` for every definition of a method of a path that has an integration.
    pub(super) fn for_method(
        &mut self,
        path: &Text,
        method: &Text,
        change: &mut dyn FnMut(&mut Dict, Clock) -> Edited,
    ) -> Edited {
        let clock = self.clock;
        for item in self.path_items(path) {
            let Some(definition) = item.as_dict_mut().and_then(|i| i.get_mut(&method.text)) else { continue };
            change_definitions(definition, &path.text, &method.text, clock, change)?;
        }
        Ok(())
    }

    /// Calls `change` with the name and definition of each method of a path that has an integration.
    pub(super) fn for_methods(
        &mut self,
        path: &Text,
        change: &mut dyn FnMut(&str, &mut Dict, Clock) -> Edited,
    ) -> Edited {
        let clock = self.clock;
        for item in self.path_items(path) {
            let span = item.span;
            let Some(item) = item.as_dict_mut() else {
                return Err(Fault::new(format!("the path {} must be a mapping of methods", path.text), span));
            };
            for name in item.keys(clock) {
                if NOT_METHODS.contains(&&*name.text) {
                    continue;
                }
                let Some(definition) = item.get_mut(&name.text) else { continue };
                let normal = method_name(&name.text);
                change_definitions(definition, &path.text, &name.text, clock, &mut |d, c| {
                    change(&normal.text, d, c)
                })?;
            }
        }
        Ok(())
    }

    /// Calls `change` with the item of a path, once for each arm of a condition.
    pub(super) fn for_items(
        &mut self,
        path: &Text,
        change: &mut dyn FnMut(&mut Dict, Clock) -> Edited,
    ) -> Edited {
        let clock = self.clock;
        for item in self.path_items(path) {
            let span = item.span;
            match item.as_dict_mut() {
                Some(item) => change(item, clock)?,
                None => {
                    return Err(Fault::new(
                        format!("the path {} must be a mapping of methods", path.text),
                        span,
                    ));
                }
            }
        }
        Ok(())
    }

    /// The security definitions; new ones enter the document at the end of an edit.
    pub(super) fn security_definitions(&mut self) -> Edited<&mut Dict> {
        if self.doc.get_truthy(SECURITY_DEFINITIONS).is_some() {
            return self.section(SECURITY_DEFINITIONS);
        }
        if self.definitions.len() == 0 {
            self.definitions = Dict::new(self.clock);
        }
        Ok(&mut self.definitions)
    }

    /// The map under a key of the document, made where there is none.
    pub(super) fn section(&mut self, name: &str) -> Edited<&mut Dict> {
        let clock = self.clock;
        let value = self.doc.get_or_insert_with(name, clock, || Dict::new(clock).into());
        if !value.is_truthy() {
            *value = Dict::new(clock).into();
        }
        let span = value.span;
        value
            .as_dict_mut()
            .ok_or_else(|| Fault::new(format!("{name} of the definition must be a mapping"), span))
    }
}

fn change_definitions(
    definition: &mut Py,
    path: &str,
    method: &str,
    clock: Clock,
    change: &mut dyn FnMut(&mut Dict, Clock) -> Edited,
) -> Edited {
    for one in definition.contents_mut() {
        let span = one.span;
        let Some(dict) = one.as_dict_mut() else { return Err(not_a_method(path, method, span)) };
        if dict.get(INTEGRATION).is_some_and(Py::is_truthy) {
            change(dict, clock)?;
        }
    }
    Ok(())
}

fn not_a_method(path: &str, method: &str, span: Option<Span>) -> Fault {
    Fault::new(format!("the method {method} of the path {path} must be a mapping"), span)
}

/// True for `3`-dot-something, as the transform tells OpenAPI 3.
pub(super) fn is_version_3(version: &str) -> bool {
    is_version(version, &['3'])
}

/// A major version, then one or two numbers of one digit, each after a dot.
pub(super) fn is_version(version: &str, majors: &[char]) -> bool {
    let mut parts = version.trim_end_matches('\n').split('.');
    let is_digit = |p: &str| p.len() == 1 && p.bytes().all(|b| b.is_ascii_digit());
    let major = parts.next().is_some_and(|p| p.len() == 1 && p.starts_with(majors));
    let rest: Vec<&str> = parts.collect();
    major && (1..=2).contains(&rest.len()) && rest.into_iter().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told() {
        assert!(is_version_3("3.0.1") && is_version_3("3.0"));
        assert!(!is_version_3("3") && !is_version_3("2.0") && !is_version_3("3.0.10"));
    }
}
