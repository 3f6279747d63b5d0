//! `dashboards`: what CloudWatch shows of the components, as the JSON text that it wants.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Component as _, Dashboard, Kind, Reference, Widget};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::metrics;
use super::names::upper_camel;
use super::text::{Part, join};

/// The columns of a page.
const COLUMNS: u64 = 24;
const WIDTH: u64 = 12;
const HEIGHT: u64 = 6;

/// What a row of `auto` shows of each kind.
const ROWS: [(Kind, &[&str]); 5] = [
    (Kind::Function, &["invocations", "errors", "duration-p99", "throttles"]),
    (Kind::Api, &["count", "4xx", "5xx", "latency-p99"]),
    (Kind::Queue, &["depth", "age"]),
    (Kind::Table, &["read-used", "write-used", "throttles"]),
    (Kind::Workflow, &["failed", "timed-out", "duration"]),
];

/// Parts of the body: JSON text, and values that CloudFormation fills in.
#[derive(Default)]
struct Body {
    parts: Vec<Part>,
    widgets: usize,
    column: u64,
    row: u64,
    row_height: u64,
}

impl Body {
    fn text(&mut self, text: &str) {
        self.parts.push(Part::Text(text.to_owned()));
    }

    fn json(&mut self, text: &str) {
        let quoted = serde_json::Value::from(text).to_string();
        self.parts.push(Part::Text(quoted));
    }

    /// A value between the quotes of a JSON text. Names and ARNs of AWS hold nothing to escape.
    fn value(&mut self, value: Expr) {
        self.text("\"");
        self.parts.push(Part::Value(value));
        self.text("\"");
    }

    /// Opens a widget of a type at the next free place.
    fn open(&mut self, kind: &str, width: u64, height: u64) {
        if self.column + width > COLUMNS {
            self.new_row();
        }
        let comma = if self.widgets == 0 { "" } else { "," };
        let place = format!(
            "{comma}{{\"type\":\"{kind}\",\"x\":{},\"y\":{},\"width\":{width},\"height\":{height},\"properties\":{{",
            self.column, self.row
        );
        self.text(&place);
        self.widgets += 1;
        self.column += width;
        self.row_height = self.row_height.max(height);
    }

    fn close(&mut self) {
        self.text("}}");
    }

    fn new_row(&mut self) {
        self.row += self.row_height;
        self.column = 0;
        self.row_height = 0;
    }
}

/// Lowers one dashboard.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, dashboard: &Dashboard) {
    let owner = ctx.owner("dashboards", name, span, dashboard.common());
    let source = dashboard.was.as_ref().map_or(name, |was| was.value.as_str());
    let id = ctx.fresh_id(&upper_camel(source), "Dashboard");
    let given = match &dashboard.name {
        Some(given) => ctx.text(&owner, "name", given),
        None => Expr::from(format!("{}-{}-{name}", ctx.name, ctx.stage)),
    };
    let mut body = Body::default();
    body.text("{\"widgets\":[");
    if dashboard.auto.as_ref().is_some_and(|a| a.value) {
        rows(ctx, &owner, &mut body);
    }
    for (i, widget) in dashboard.widgets.iter().flatten().enumerate() {
        self::widget(ctx, &owner, &format!("widgets[{i}]"), widget, &mut body);
    }
    if body.widgets == 0 {
        let message = format!("`{}` shows nothing", owner.origin.path);
        let finding = Diagnostic::error(codes::MISSING_PROPERTY, message)
            .at(span, "no widget in here")
            .help("write `auto`, or give `widgets`");
        ctx.report(&owner, "widgets", finding);
    }
    body.text("]}");
    let properties = Map::from([("DashboardName", given), ("DashboardBody", join(body.parts))]);
    ctx.add_main(&id, "AWS::CloudWatch::Dashboard", properties, &owner);
}

/// A row for each component that has metrics worth a look.
fn rows(ctx: &mut Lower<'_>, owner: &Owner, body: &mut Body) {
    for (kind, metrics) in ROWS {
        let names: Vec<String> = ctx
            .components
            .iter()
            .filter(|(_, c)| c.kind == kind && c.external.is_none())
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            body.new_row();
            let width = COLUMNS / metrics.len() as u64;
            for metric in metrics {
                body.open("metric", width, HEIGHT);
                body.text("\"title\":");
                body.json(&format!("{name} {metric}"));
                let curve = format!("{name} {metric}");
                curves(ctx, owner, "auto", &[Spanned::new(curve, owner.origin.key_span)], body);
                body.close();
            }
        }
    }
    body.new_row();
}

fn widget(ctx: &mut Lower<'_>, owner: &Owner, path: &str, given: &Spanned<Widget>, body: &mut Body) {
    let widget = &given.value;
    let width = widget.width.as_ref().map_or(WIDTH, |w| {
        ctx.number(owner, &format!("{path}.width"), w, 1, COLUMNS);
        w.value.clamp(1, COLUMNS)
    });
    let height = widget.height.as_ref().map_or(HEIGHT, |h| {
        ctx.number(owner, &format!("{path}.height"), h, 1, 1000);
        h.value.clamp(1, 1000)
    });
    let kind = match (&widget.metrics, &widget.text, &widget.logs) {
        (Some(_), None, None) => "metric",
        (None, Some(_), None) => "text",
        (None, None, Some(_)) => "log",
        _ => {
            let message = format!("`{}` must show one thing", owner.at(path));
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                .at(given.span, "one of `metrics`, `text` and `logs`");
            ctx.report(owner, path, finding);
            return;
        }
    };
    body.open(kind, width, height);
    if let (Some(title), "metric" | "log") = (&widget.title, kind) {
        body.text("\"title\":");
        body.json(&title.value);
        body.text(if kind == "log" { "," } else { "" });
    }
    if let Some(metrics) = &widget.metrics {
        if widget.title.is_none() {
            body.text("\"title\":\"\"");
        }
        curves(ctx, owner, path, metrics, body);
    } else if let Some(text) = &widget.text {
        let text = match &widget.title {
            Some(title) => format!("## {}\n{}", title.value, text.value),
            None => text.value.clone(),
        };
        body.text("\"markdown\":");
        body.json(&text);
    } else if let Some(query) = &widget.logs {
        logs(ctx, owner, path, widget, query, body);
    }
    body.close();
}

fn curves(ctx: &mut Lower<'_>, owner: &Owner, path: &str, curves: &[Spanned<String>], body: &mut Body) {
    body.text(",\"region\":");
    body.value(Expr::reference("AWS::Region"));
    body.text(",\"metrics\":[");
    let mut is_first = true;
    for curve in curves {
        let Some(found) = metrics::curve(ctx, owner, path, curve) else { continue };
        body.text(if is_first { "[" } else { ",[" });
        is_first = false;
        body.json(found.namespace);
        body.text(",");
        body.json(found.name);
        for (key, value) in found.dimensions {
            body.text(",");
            body.json(&key);
            body.text(",");
            body.value(value);
        }
        body.text(&format!(",{{\"stat\":\"{}\",\"label\":", found.statistic));
        body.json(&curve.value);
        body.text("}]");
    }
    body.text("]");
}

fn logs(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    widget: &Widget,
    query: &Spanned<String>,
    body: &mut Body,
) {
    let mut groups = Vec::new();
    match &widget.of {
        Some(names) => {
            for name in names {
                let reference = Reference { name: name.value.to_string(), part: None };
                let reference = Spanned::new(reference, name.span);
                let found = ctx.component_of(owner, path, &reference, &[Kind::Function], "a widget of logs");
                groups.extend(found.map(|f| f.id));
            }
        }
        None => groups.extend(
            ctx.components
                .values()
                .filter(|c| c.kind == Kind::Function && c.external.is_none())
                .map(|c| c.id.clone()),
        ),
    }
    body.text("\"region\":");
    body.value(Expr::reference("AWS::Region"));
    body.text(",\"query\":\"");
    for group in groups {
        body.text("SOURCE '");
        body.parts.push(Part::Value(Expr::reference(format!("{group}LogGroup"))));
        body.text("' | ");
    }
    let quoted = serde_json::Value::from(query.value.as_str()).to_string();
    body.text(quoted.trim_start_matches('"'));
}
