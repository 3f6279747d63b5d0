//! `ResourcePolicy`: who may call an API, from where.

use samc_ir::{Expr, Map};

use super::body::{Body, Edited, Fault};
use super::py27::{Clock, Dict, Py, PyKind, Text};

/// The key of the policy in a body.
const KEY: &str = "x-amazon-apigateway-policy";

/// The policy of a body while statements are added to it.
pub(super) struct Policy {
    dict: Dict,
}

impl Policy {
    /// The policy that is there, or an empty one.
    pub(super) fn of(body: &mut Body) -> Policy {
        let clock = body.clock;
        let there = body.doc.get_truthy(KEY).and_then(|p| p.as_dict().cloned());
        Policy { dict: there.unwrap_or_else(|| Dict::new(clock)) }
    }

    /// Puts the policy into the body.
    pub(super) fn put(self, body: &mut Body) {
        let clock = body.clock;
        body.doc.insert(KEY, self.dict, clock);
    }

    /// Adds the statements for one path.
    pub(super) fn add(&mut self, body: &mut Body, policy: &Expr, path: &Text, stage: &Py) -> Edited {
        let clock = body.clock;
        let empty = Map::new();
        let settings = policy.as_map().unwrap_or(&empty);
        let given = |name: &str| settings.get(name).filter(|v| !v.is_null());
        let resources = resources(body, path, stage)?;
        for (name, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
            if let Some(accounts) = given(name).filter(|a| a.is_truthy()) {
                self.add_accounts(accounts, effect, &resources, clock)?;
            }
        }
        for (name, condition) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
            if let Some(ranges) = given(name).filter(|r| r.is_truthy()) {
                let condition = Py::map_of(condition, Py::map_of("aws:SourceIp", list_of(ranges, clock)));
                self.add_denied(condition, &resources, clock);
            }
        }
        for (side, condition) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
            let mut sources = Dict::new(clock);
            let mut extend = |key: &str, items: Vec<Py>| {
                if !items.is_empty() {
                    let list = sources.get_or_insert_with(key, clock, || Vec::new().into());
                    if let Some(list) = list.as_list_mut() {
                        list.extend(items);
                    }
                }
            };
            if let Some(endpoints) = given(&format!("SourceVpc{side}")) {
                let texts = endpoints.as_list().filter(|l| l.iter().all(|e| e.as_str().is_some()));
                let Some(texts) = texts else {
                    return Err(Fault::new(
                        format!(
                            "SourceVpc{side} must be a list of texts; functions go into IntrinsicVpc{side}"
                        ),
                        endpoints.span,
                    ));
                };
                let of = |prefix: &str| -> Vec<Py> {
                    let fitting = texts.iter().filter(|e| e.as_str().is_some_and(|t| t.starts_with(prefix)));
                    fitting.map(|e| Py::written(e, clock)).collect()
                };
                extend("aws:SourceVpc", of("vpc-"));
                extend("aws:SourceVpce", of("vpce-"));
            }
            for (name, key) in [("IntrinsicVpc", "aws:SourceVpc"), ("IntrinsicVpce", "aws:SourceVpce")] {
                if let Some(list) = given(&format!("{name}{side}")) {
                    let PyKind::List(items) = list_of(list, clock).kind else { continue };
                    extend(key, items);
                }
            }
            if sources.len() > 0 {
                self.add_denied(Py::map_of(condition, sources), &resources, clock);
            }
        }
        Ok(())
    }

    /// Adds statements as the author wrote them, if there are some.
    pub(super) fn add_custom(&mut self, body: &Body, policy: &Expr) -> bool {
        let clock = body.clock;
        let custom = policy.as_map().and_then(|p| p.get("CustomStatements")).filter(|s| s.is_truthy());
        let Some(custom) = custom else { return false };
        self.dict.insert("Version", "2012-10-17", clock);
        if self.has_statement() {
            if let PyKind::List(statements) = list_of(custom, clock).kind {
                self.extend(statements, clock);
            }
        } else {
            self.dict.insert("Statement", Py::written(custom, clock), clock);
        }
        true
    }

    fn has_statement(&self) -> bool {
        self.dict.get("Statement").is_some_and(|s| !matches!(s.kind, PyKind::None))
    }

    fn add_accounts(&mut self, accounts: &Expr, effect: &str, resources: &[Py], clock: Clock) -> Edited {
        if accounts.as_list().is_none() && accounts.as_map().is_none() && !accounts.is_call() {
            return Err(Fault::new("accounts of a resource policy must be a list", accounts.span));
        }
        self.dict.insert("Version", "2012-10-17", clock);
        let mut statement = Dict::new(clock);
        statement.insert("Effect", effect, clock);
        statement.insert("Action", "execute-api:Invoke", clock);
        statement.insert("Resource", resources.to_vec(), clock);
        statement.insert("Principal", Dict::of(clock, [("AWS", list_of(accounts, clock))]), clock);
        if self.has_statement() {
            let mut statements = self.take_statements();
            statements.push(statement.into());
            self.dict.insert("Statement", statements, clock);
        } else {
            // A single statement about accounts stands by itself, not in a list.
            self.dict.insert("Statement", statement, clock);
        }
        Ok(())
    }

    /// Everybody may call, but for those of whom the condition is true.
    fn add_denied(&mut self, condition: Py, resources: &[Py], clock: Clock) {
        self.dict.insert("Version", "2012-10-17", clock);
        let statement = |effect: &str| {
            let mut made = Dict::new(clock);
            made.insert("Effect", effect, clock);
            made.insert("Action", "execute-api:Invoke", clock);
            made.insert("Resource", resources.to_vec(), clock);
            made.insert("Principal", "*", clock);
            made
        };
        let mut denied = statement("Deny");
        denied.insert("Condition", condition, clock);
        self.extend(vec![statement("Allow").into(), denied.into()], clock);
    }

    fn take_statements(&self) -> Vec<Py> {
        match self.dict.get("Statement").map(|s| (&s.kind, s)) {
            None | Some((PyKind::None, _)) => Vec::new(),
            Some((PyKind::List(list), _)) => list.clone(),
            Some((_, one)) => vec![one.clone()],
        }
    }

    /// Adds statements that are not there yet.
    fn extend(&mut self, statements: Vec<Py>, clock: Clock) {
        let mut there = self.take_statements();
        for statement in statements {
            if !there.contains(&statement) {
                there.push(statement);
            }
        }
        self.dict.insert("Statement", there, clock);
    }
}

fn list_of(expr: &Expr, clock: Clock) -> Py {
    match Py::written(expr, clock) {
        list @ Py { kind: PyKind::List(_), .. } => list,
        one => vec![one].into(),
    }
}

/// What a policy protects: each method of the path at the stage.
fn resources(body: &mut Body, path: &Text, stage: &Py) -> Edited<Vec<Py>> {
    let mut methods = Vec::new();
    body.for_items(path, &mut |item, clock| {
        methods.extend(item.keys(clock));
        Ok(())
    })?;
    let place = with_stars(&path.text);
    Ok(methods
        .into_iter()
        .map(|method| {
            let lower = method.text.to_lowercase();
            let is_any = lower == "any" || lower == "x-amazon-apigateway-any-method";
            let name = if is_any { "*".to_owned() } else { method.text.to_uppercase() };
            let text = format!("execute-api:/${{__Stage__}}/{name}{place}");
            let unicode = path.unicode || (method.unicode && !is_any);
            let resource = Py::from(Text { text: text.into(), unicode });
            Py::map_of("Fn::Sub", vec![resource, Py::map_of("__Stage__", stage.clone())])
        })
        .collect())
}

/// A path with each parameter as a star, as permissions have it.
pub(super) fn with_stars(path: &str) -> String {
    let is_name = |name: &str| {
        let name = name.strip_suffix('+').unwrap_or(name);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    let mut place = String::new();
    let mut rest = path;
    while let Some(start) = rest.find('{') {
        place.push_str(&rest[..start]);
        rest = &rest[start..];
        match rest.find('}').filter(|end| is_name(&rest[1..*end])) {
            Some(end) => {
                place.push('*');
                rest = &rest[end + 1..];
            }
            None => {
                place.push('{');
                rest = &rest[1..];
            }
        }
    }
    place + rest
}
