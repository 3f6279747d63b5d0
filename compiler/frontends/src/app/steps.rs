//! `steps` of workflows as states of Amazon States: one after the other, unless a step says where to go.

use rustc_hash::FxHashMap;
use samc_base::{Diagnostic, Span, codes, nearest};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Kind, Step, StepRetry};
use samc_syntax::{Node, NodeKind, Spanned};

use super::condition;
use super::lower::{Lower, Owner};
use super::names::Component;
use super::raw;
use super::states::{Name, Rights};

/// The most characters of the name of a state. Source: the specification of Amazon States.
const NAME: usize = 80;

/// Faults of Lambda itself, which go away by themselves. Source: "Handle transient Lambda service
/// exceptions" in the best practices of Step Functions.
const TRANSIENT: [&str; 4] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];

/// What is made of the steps of one workflow.
pub(super) struct Steps<'a> {
    owner: &'a Owner,
    /// What the workflow may do.
    pub(super) rights: Rights,
    /// Names in use, which must differ over the whole workflow.
    taken: FxHashMap<String, Option<Span>>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(owner: &'a Owner) -> Self {
        Steps { owner, rights: Rights::default(), taken: FxHashMap::default() }
    }

    /// Lowers a list of steps to `StartAt` and `States`.
    pub(super) fn list(&mut self, ctx: &mut Lower<'_>, path: &str, steps: &[Spanned<Step>]) -> Map {
        let names: Vec<String> =
            steps.iter().enumerate().map(|(i, s)| self.name(ctx, &format!("{path}[{i}]"), s)).collect();
        let mut states = Map::new();
        for (i, step) in steps.iter().enumerate() {
            let path = format!("{path}[{i}]");
            let next = names.get(i + 1).map(String::as_str);
            if let Some(state) = self.state(ctx, &path, step, next, &names) {
                states.insert_spanned(names[i].as_str(), step.span, Expr::from(state).with_span(step.span));
            }
        }
        if steps.is_empty() {
            let finding =
                Diagnostic::error(codes::MISSING_PROPERTY, format!("`{}` has no steps", self.owner.at(path)))
                    .at(self.owner.origin.key_span, "nothing to do");
            ctx.report(self.owner, path, finding);
        }
        let first = names.first().cloned().unwrap_or_default();
        Map::from([("StartAt", Expr::from(first)), ("States", states.into())])
    }

    /// The name of a step: as given, else what it does, else with a number.
    fn name(&mut self, ctx: &mut Lower<'_>, path: &str, step: &Spanned<Step>) -> String {
        let Some(given) = &step.value.name else {
            let wanted: String = described(&step.value).chars().take(NAME - 4).collect();
            let mut name = wanted.clone();
            let mut n = 2;
            while self.taken.contains_key(&name) {
                name = format!("{wanted} {n}");
                n += 1;
            }
            self.taken.insert(name.clone(), step.span);
            return name;
        };
        let length = given.value.chars().count();
        if length == 0 || length > NAME {
            let message = format!("the name of a step has 1 to {NAME} characters, and this has {length}");
            let finding =
                Diagnostic::error(codes::INVALID_VALUE, message).at(given.span, "not a name of a step");
            ctx.report(self.owner, path, finding);
        }
        if let Some(other) = self.taken.insert(given.value.clone(), given.span) {
            let message = format!("two steps are called `{}`", given.value);
            let finding = Diagnostic::error(codes::NAME_TAKEN, message)
                .at(given.span, "the second")
                .label(other, "the first")
                .help("give one of them another name");
            ctx.report(self.owner, path, finding);
        }
        given.value.clone()
    }

    fn state(
        &mut self,
        ctx: &mut Lower<'_>,
        path: &str,
        step: &Spanned<Step>,
        next: Option<&str>,
        names: &[String],
    ) -> Option<Map> {
        let s = &step.value;
        let kinds: Vec<&str> = kinds(s);
        if kinds.len() != 1 {
            let message = match kinds.len() {
                0 => format!("`{}` does not say what it does", self.owner.at(path)),
                _ => format!("`{}` does several things: `{}`", self.owner.at(path), kinds.join("`, `")),
            };
            let code = if kinds.is_empty() { codes::MISSING_PROPERTY } else { codes::EXCLUSIVE_PROPERTIES };
            let finding = Diagnostic::error(code, message)
                .at(step.span, "one step does one thing")
                .help("give one of run, wait, choose, each, both, send, publish, put, get, start, fail, succeed and pass");
            ctx.report(self.owner, path, finding);
            return None;
        }
        let mut state = Map::new();
        if let Some(choices) = &s.choose {
            state.insert("Type", "Choice");
            let mut rules = Vec::new();
            for choice in choices {
                let go = self.target(ctx, path, &choice.value.go, names);
                match condition::parse(&choice.value.r#if.value) {
                    Ok(mut rule) => {
                        rule.insert("Next", go);
                        rules.push(Expr::from(rule).with_span(choice.span));
                    }
                    Err((at, wanted)) => self.bad_condition(ctx, path, &choice.value.r#if, at, wanted),
                }
            }
            state.insert("Choices", rules);
            match (&s.r#else, next) {
                (Some(otherwise), _) => {
                    let target = self.target(ctx, path, otherwise, names);
                    state.insert("Default", target);
                }
                (None, Some(next)) => {
                    state.insert("Default", next);
                }
                (None, None) => {}
            }
            return Some(state);
        }
        if let Some(cause) = &s.fail {
            state.insert("Type", "Fail");
            state.insert("Error", "Failed");
            let cause = ctx.text(self.owner, path, cause);
            state.insert("Cause", cause);
            return Some(state);
        }
        if s.succeed.is_some() {
            state.insert("Type", "Succeed");
            return Some(state);
        }
        self.work(ctx, path, s, &mut state)?;
        self.common(ctx, path, s, names, &mut state);
        match (&s.then, next) {
            (Some(then), _) => {
                let target = self.target(ctx, path, then, names);
                state.insert("Next", target);
            }
            (None, Some(next)) => {
                state.insert("Next", next);
            }
            (None, None) => {
                state.insert("End", true);
            }
        }
        Some(state)
    }

    fn bad_condition(
        &self,
        ctx: &mut Lower<'_>,
        path: &str,
        given: &Spanned<String>,
        at: usize,
        wanted: &str,
    ) {
        let rest: String = given.value.get(at..).unwrap_or_default().chars().take(20).collect();
        let message = match rest.is_empty() {
            true => format!("the condition ends where {wanted} is wanted"),
            false => format!("the condition has `{rest}` where {wanted} is wanted"),
        };
        let place = super::text::place(given.span, &given.value, at, rest.len().max(1));
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(place, format!("wanted: {wanted}"))
            .help("write for example `$.total > 100 and not $.late`");
        ctx.report(self.owner, path, finding);
    }

    /// The name of another step in the same list.
    fn target(&self, ctx: &mut Lower<'_>, path: &str, given: &Spanned<String>, names: &[String]) -> Expr {
        if !names.contains(&given.value) {
            let message = format!("there is no step `{}` in this list of steps", given.value);
            let help = match nearest(&given.value, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its steps are {}", names.join(", ")),
            };
            let finding = Diagnostic::error(codes::UNKNOWN_REFERENCE, message)
                .at(given.span, "not the name of a step")
                .help(help);
            ctx.report(self.owner, path, finding);
        }
        Expr::from(given.value.as_str()).with_span(given.span)
    }

    /// What a step does that goes on afterwards.
    fn work(&mut self, ctx: &mut Lower<'_>, path: &str, s: &Step, state: &mut Map) -> Option<()> {
        if let Some(name) = &s.run {
            let (_, arn) = self.component(ctx, path, name, &[Kind::Function], "arn")?;
            self.rights.invoke(arn.clone());
            state.insert("Type", "Task");
            state.insert("Resource", arn);
            if let Some(input) = &s.input {
                state.insert("Parameters", raw::data(&input.value));
            }
        } else if let Some(wait) = &s.wait {
            state.insert("Type", "Wait");
            state.insert("Seconds", Expr::new(ExprKind::Int(wait.value.seconds().into()), wait.span));
        } else if let Some(items) = &s.each {
            state.insert("Type", "Map");
            state.insert("ItemsPath", self.data_path(ctx, path, items));
            if let Some(parallel) = &s.parallel {
                let most = ctx.number(self.owner, &format!("{path}.parallel"), parallel, 0, 40);
                state.insert("MaxConcurrency", most);
            }
            let mut inner = self.list(ctx, &format!("{path}.do"), s.r#do.as_deref().unwrap_or_default());
            inner.insert("ProcessorConfig", Map::from([("Mode", "INLINE")]));
            state.insert("ItemProcessor", inner);
        } else if let Some(branches) = &s.both {
            state.insert("Type", "Parallel");
            let mut made = Vec::new();
            for (i, branch) in branches.iter().enumerate() {
                made.push(Expr::from(self.list(ctx, &format!("{path}.both[{i}]"), branch)));
            }
            state.insert("Branches", made);
        } else if let Some(data) = &s.pass {
            state.insert("Type", "Pass");
            let has_paths = holds_paths(&data.value);
            state.insert(if has_paths { "Parameters" } else { "Result" }, raw::data(&data.value));
        } else {
            self.service(ctx, path, s, state)?;
        }
        Some(())
    }

    /// A step that uses a service other than Lambda.
    fn service(&mut self, ctx: &mut Lower<'_>, path: &str, s: &Step, state: &mut Map) -> Option<()> {
        let integration = |name: &str| Expr::sub(format!("arn:${{AWS::Partition}}:states:::{name}"));
        let mut parameters = Map::new();
        let (resource, keeps_data) = if let Some(name) = &s.send {
            let (found, url) = self.component(ctx, path, name, &[Kind::Queue], "url")?;
            self.allow_on(&["sqs:SendMessage"], &found);
            parameters.insert("QueueUrl", url);
            handed_over(&mut parameters, "MessageBody", s.input.as_ref());
            let queues = ctx.app.queues.as_ref();
            let queue = queues.and_then(|q| q.0.get(name.value.name.as_str()));
            if queue.is_some_and(|q| q.fifo.as_ref().is_some_and(|f| f.value)) {
                parameters.insert("MessageGroupId.$", "$$.Execution.Name");
                parameters.insert("MessageDeduplicationId.$", "$$.Execution.Name");
            }
            ("sqs:sendMessage", true)
        } else if let Some(name) = &s.publish {
            let kinds = [Kind::Topic, Kind::Bus];
            let found = ctx.component_of(self.owner, path, name, &kinds, "a step that publishes")?;
            if found.kind == Kind::Topic {
                let arn = ctx.needed(self.owner, path, name, &found, "arn")?;
                self.allow_on(&["sns:Publish"], &found);
                parameters.insert("TopicArn", arn);
                handed_over(&mut parameters, "Message", s.input.as_ref());
                ("sns:publish", true)
            } else {
                let bus = ctx.needed(self.owner, path, name, &found, "name")?;
                self.allow_on(&["events:PutEvents"], &found);
                let word = s.name.as_ref().map_or("step", |n| n.value.as_str());
                let mut entry = Map::from([("EventBusName", bus), ("Source", ctx.name.as_str().into())]);
                entry.insert("DetailType", word);
                handed_over(&mut entry, "Detail", s.input.as_ref());
                parameters.insert("Entries", vec![Expr::from(entry)]);
                ("events:putEvents", true)
            }
        } else if let Some(name) = &s.put {
            let (found, table) = self.component(ctx, path, name, &[Kind::Table], "name")?;
            self.allow_on(&["dynamodb:PutItem"], &found);
            parameters.insert("TableName", table);
            parameters.insert("Item", self.typed(ctx, path, "item", s.item.as_ref())?);
            ("dynamodb:putItem", true)
        } else if let Some(name) = &s.get {
            let (found, table) = self.component(ctx, path, name, &[Kind::Table], "name")?;
            self.allow_on(&["dynamodb:GetItem"], &found);
            parameters.insert("TableName", table);
            parameters.insert("Key", self.typed(ctx, path, "key", s.key.as_ref())?);
            ("dynamodb:getItem", false)
        } else if let Some(name) = &s.start {
            let (found, arn) = self.component(ctx, path, name, &[Kind::Workflow], "arn")?;
            self.allow_on(&["states:StartExecution"], &found);
            parameters.insert("StateMachineArn", arn);
            handed_over(&mut parameters, "Input", s.input.as_ref());
            ("states:startExecution", true)
        } else {
            return None;
        };
        state.insert("Type", "Task");
        state.insert("Resource", integration(resource));
        state.insert("Parameters", parameters);
        if keeps_data && s.save.is_none() {
            state.insert("ResultPath", Expr::null());
        }
        Some(())
    }

    fn component(
        &mut self,
        ctx: &mut Lower<'_>,
        path: &str,
        name: &Name,
        kinds: &[Kind],
        attribute: &str,
    ) -> Option<(Component, Expr)> {
        let found = ctx.component_of(self.owner, path, name, kinds, "this step")?;
        let value = ctx.needed(self.owner, path, name, &found, attribute)?;
        Some((found, value))
    }

    fn allow_on(&mut self, actions: &[&str], found: &Component) {
        if let Some(arn) = found.attribute("arn") {
            self.rights.allow(actions, vec![arn]);
        }
        if let Some(key) = &found.key {
            self.rights.allow(&["kms:Decrypt", "kms:GenerateDataKey"], vec![key.clone()]);
        }
    }

    fn data_path(&self, ctx: &mut Lower<'_>, path: &str, given: &Spanned<String>) -> Expr {
        if !given.value.starts_with('$') {
            let finding = Diagnostic::error(
                codes::INVALID_VALUE,
                format!("`{}` is not a path into the data", given.value),
            )
            .at(given.span, "does not begin with `$`")
            .help("write for example `$.items`");
            ctx.report(self.owner, path, finding);
        }
        Expr::from(given.value.as_str()).with_span(given.span)
    }

    /// Plain data as attribute values of DynamoDB.
    fn typed(
        &self,
        ctx: &mut Lower<'_>,
        path: &str,
        key: &str,
        given: Option<&Spanned<Node>>,
    ) -> Option<Expr> {
        let entries = given.and_then(|g| g.value.as_mapping());
        let Some(entries) = entries else {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("`{}` needs the key `{key}`", self.owner.at(path)),
            )
            .at(
                given.and_then(|g| g.span).or(self.owner.origin.key_span),
                format!("`{key}` is missing, or no mapping"),
            )
            .help(format!("write for example `{key}: {{id: $.id}}`"));
            ctx.report(self.owner, path, finding);
            return None;
        };
        let mut item = Map::new();
        for entry in entries {
            // The type may follow the name, as in the keys of tables.
            let (name, kind) = match entry.key.split_once(':') {
                Some((name, kind @ ("S" | "N" | "B"))) => (name, Some(kind)),
                _ => (&*entry.key, None),
            };
            item.insert_spanned(name, Some(entry.key_span), attribute_value(&entry.value, kind));
        }
        Some(item.into())
    }

    /// Result, time, retries and what happens after a fault.
    fn common(&mut self, ctx: &mut Lower<'_>, path: &str, s: &Step, names: &[String], state: &mut Map) {
        if let Some(save) = &s.save {
            let value = self.data_path(ctx, path, save);
            state.insert("ResultPath", value);
        }
        if let Some(timeout) = &s.timeout {
            let seconds = ctx.seconds(self.owner, &format!("{path}.timeout"), timeout, "1s", "365d");
            state.insert("TimeoutSeconds", Expr::new(ExprKind::Int(seconds.into()), timeout.span));
        }
        let can_fail = s.wait.is_none() && s.pass.is_none();
        let mut retries = Vec::new();
        if let Some(retry) = &s.retry {
            retries.push(self.retry(ctx, path, retry));
        }
        if s.run.is_some() {
            let errors: Vec<Expr> = TRANSIENT.iter().map(|e| Expr::from(*e)).collect();
            let transient = Map::from([
                ("ErrorEquals", Expr::from(errors)),
                ("IntervalSeconds", 1.into()),
                ("MaxAttempts", 3.into()),
                ("BackoffRate", 2.into()),
            ]);
            let covered = s.retry.as_ref().is_some_and(|r| r.errors.is_none());
            if !covered {
                retries.insert(0, transient.into());
            }
        }
        if can_fail && !retries.is_empty() {
            state.insert("Retry", retries);
        }
        if let Some(catch) = &s.catch {
            let go = self.target(ctx, path, catch, names);
            let mut rule = Map::from([("ErrorEquals", Expr::from(vec![Expr::from("States.ALL")]))]);
            rule.insert("ResultPath", "$.error");
            rule.insert("Next", go);
            state.insert("Catch", vec![Expr::from(rule)]);
        }
    }

    fn retry(&self, ctx: &mut Lower<'_>, path: &str, retry: &StepRetry) -> Expr {
        let errors: Vec<Expr> = match &retry.errors {
            Some(errors) => errors.iter().map(|e| Expr::from(e.value.as_str()).with_span(e.span)).collect(),
            None => vec!["States.ALL".into()],
        };
        let mut rule = Map::from([("ErrorEquals", errors)]);
        let interval = match &retry.interval {
            Some(given) => {
                let seconds = ctx.seconds(self.owner, &format!("{path}.retry.interval"), given, "1s", "1d");
                Expr::new(ExprKind::Int(seconds.into()), given.span)
            }
            None => 2.into(),
        };
        rule.insert("IntervalSeconds", interval);
        let attempts = match &retry.attempts {
            Some(given) => ctx.number(self.owner, &format!("{path}.retry.attempts"), given, 0, 99),
            None => 3.into(),
        };
        rule.insert("MaxAttempts", attempts);
        let backoff = match &retry.backoff {
            Some(given) => super::api::number(given.value, given.span),
            None => 2.into(),
        };
        rule.insert("BackoffRate", backoff);
        rule.into()
    }
}

/// The keys that say what a step does.
fn kinds(s: &Step) -> Vec<&'static str> {
    [
        ("run", s.run.is_some()),
        ("wait", s.wait.is_some()),
        ("choose", s.choose.is_some()),
        ("each", s.each.is_some()),
        ("both", s.both.is_some()),
        ("send", s.send.is_some()),
        ("publish", s.publish.is_some()),
        ("put", s.put.is_some()),
        ("get", s.get.is_some()),
        ("start", s.start.is_some()),
        ("fail", s.fail.is_some()),
        ("succeed", s.succeed.is_some()),
        ("pass", s.pass.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, is_there)| is_there.then_some(key))
    .collect()
}

/// What a step does, in words.
fn described(s: &Step) -> String {
    let named = |word: &str, name: &Option<Name>| name.as_ref().map(|n| format!("{word} {}", n.value));
    named("Run", &s.run)
        .or_else(|| s.wait.as_ref().map(|w| format!("Wait {}", w.value)))
        .or_else(|| s.each.as_ref().map(|e| format!("Each of {}", e.value)))
        .or_else(|| named("Send to", &s.send))
        .or_else(|| named("Publish to", &s.publish))
        .or_else(|| named("Put into", &s.put))
        .or_else(|| named("Get from", &s.get))
        .or_else(|| named("Start", &s.start))
        .or_else(|| s.choose.as_ref().map(|_| "Choose".to_owned()))
        .or_else(|| s.both.as_ref().map(|_| "Both".to_owned()))
        .or_else(|| s.fail.as_ref().map(|_| "Fail".to_owned()))
        .or_else(|| s.succeed.as_ref().map(|_| "Succeed".to_owned()))
        .unwrap_or_else(|| "Pass".to_owned())
}

/// What is handed over under a key: the data so far, or what is given.
fn handed_over(parameters: &mut Map, key: &str, input: Option<&Spanned<Node>>) {
    match input {
        Some(input) => match input.value.as_scalar() {
            Some(scalar) if scalar.text.starts_with('$') => {
                let path = Expr::from(&scalar.text).with_span(input.span);
                parameters.insert(format!("{key}.$"), path);
            }
            _ => {
                parameters.insert(key, raw::data(&input.value));
            }
        },
        None => {
            parameters.insert(format!("{key}.$"), "$");
        }
    }
}

/// True where a key ends in `.$`, so that what it holds is looked up.
fn holds_paths(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().any(|e| e.key.ends_with(".$") || holds_paths(&e.value)),
        NodeKind::Sequence(items) => items.iter().any(holds_paths),
        NodeKind::Scalar(_) => false,
    }
}

/// A value with its type, as DynamoDB wants it. Nodes nest no deeper than the reader lets them.
fn attribute_value(node: &Node, kind: Option<&str>) -> Expr {
    let span = node.span;
    let one = |key: &str, value: Expr| Expr::from(Map::from([(key, value)])).with_span(span);
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.text.starts_with("$.") || scalar.text.starts_with("$$.") => {
            let path = Expr::from(&scalar.text).with_span(span);
            match kind {
                // Numbers travel as text.
                Some("N") => one("N.$", Expr::from(format!("States.Format('{{}}', {})", scalar.text))),
                Some(kind) => one(&format!("{kind}.$"), path),
                None => one("S.$", path),
            }
        }
        NodeKind::Scalar(scalar) => match (kind, raw::data(node).kind) {
            (Some(kind), _) => one(kind, Expr::from(&scalar.text)),
            (None, ExprKind::Int(_) | ExprKind::Float(_)) => one("N", Expr::from(&scalar.text)),
            (None, ExprKind::Bool(value)) => one("BOOL", Expr::from(value)),
            (None, ExprKind::Null) => one("NULL", Expr::from(true)),
            (None, _) => one("S", Expr::from(&scalar.text)),
        },
        NodeKind::Sequence(items) => {
            one("L", items.iter().map(|item| attribute_value(item, None)).collect::<Vec<_>>().into())
        }
        NodeKind::Mapping(entries) => {
            let map: Map = entries.iter().map(|e| (&*e.key, attribute_value(&e.value, None))).collect();
            one("M", map.into())
        }
    }
}
