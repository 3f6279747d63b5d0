//! What is wrong with code once it is packed: too large, compiled for another machine, or without what the
//! function says it runs.

mod handler;
mod image;
mod layers;
mod native;
mod node;
mod python;
mod size;
pub(crate) mod view;

use std::collections::BTreeMap;
use std::path::Path;

use samc_base::{Code, Diagnostic, Diagnostics, Span, codes};
use samc_ir::{AssetKind, Expr, Resource, ResourceGraph};

pub(crate) use size::heaviest;

use crate::build::Packaged;
use crate::findings::display;
use crate::machine::Machine;
use crate::uses::{Use, layers_of};
use handler::Missing;
use native::Foreign;
use view::View;

/// The codes of these checks. They can be turned off and allowed as the rules can.
pub const RULES: [Code; 4] =
    [codes::ARTEFACT_SIZE, codes::HANDLER_MISSING, codes::RUNTIME_ARCHITECTURE, codes::LAYER_UNREAD];

/// What the checks look at.
pub(crate) struct Packed<'a> {
    pub(crate) graph: &'a ResourceGraph,
    /// The folder that paths start from.
    pub(crate) root: &'a Path,
    pub(crate) uses: &'a [Use],
    pub(crate) packaged: &'a Packaged,
    /// The artifact of each use.
    pub(crate) places: &'a [Option<usize>],
    /// Codes of checks that are off.
    pub(crate) off: &'a [String],
    /// Whether the archives will lie in a bucket.
    pub(crate) has_bucket: bool,
}

/// Runs the checks that are on.
pub(crate) fn run(packed: &Packed<'_>, diagnostics: &mut Diagnostics) {
    let is_on = |code: Code| !packed.off.iter().any(|off| off == code.id());
    if is_on(codes::ARTEFACT_SIZE) {
        size::check(packed, diagnostics);
        image::check(packed, diagnostics);
    }
    let mut look = Look::default();
    for (used, place) in packed.uses.iter().zip(packed.places) {
        let Some(index) = *place else { continue };
        let Some(resource) = packed.graph.resources.get(&used.resource) else { continue };
        match used.kind {
            AssetKind::FunctionCode => {
                if is_on(codes::HANDLER_MISSING) {
                    look.at_handler(packed, index, used, resource, diagnostics);
                }
                if is_on(codes::RUNTIME_ARCHITECTURE) {
                    look.at_machine(packed, index, used, resource, "Architectures", diagnostics);
                }
            }
            AssetKind::LayerContent => {
                if is_on(codes::RUNTIME_ARCHITECTURE) {
                    look.at_machine(packed, index, used, resource, "CompatibleArchitectures", diagnostics);
                }
                if is_on(codes::LAYER_UNREAD) {
                    look.at_layout(packed, index, used, resource, diagnostics);
                }
            }
            AssetKind::File => {}
        }
    }
}

/// What was seen so far: an archive that a hundred functions share is opened once.
#[derive(Default)]
struct Look {
    open: BTreeMap<usize, Option<View>>,
    handlers: BTreeMap<(usize, String, String, bool), Option<Missing>>,
    foreign: BTreeMap<(usize, &'static str), Vec<Foreign>>,
}

impl Look {
    fn view(&mut self, packed: &Packed<'_>, index: usize) -> Option<&mut View> {
        let open = || View::open(&packed.packaged.artifacts[index].contents);
        self.open.entry(index).or_insert_with(open).as_mut()
    }

    fn at_handler(
        &mut self,
        packed: &Packed<'_>,
        index: usize,
        used: &Use,
        function: &Resource,
        diagnostics: &mut Diagnostics,
    ) {
        let text = |name: &str| function.property(name).and_then(Expr::as_str);
        let Some(runtime) = text("Runtime") else { return };
        let handler = text("Handler").unwrap_or_default();
        let is_own = runtime.starts_with("provided");
        if handler.is_empty() && !is_own {
            return;
        }
        let has_layers = function.property("Layers").is_some();
        let key = (index, runtime.to_owned(), handler.to_owned(), has_layers);
        if !self.handlers.contains_key(&key) {
            let handler = if is_own { "bootstrap" } else { handler };
            let missing = self
                .view(packed, index)
                .and_then(|view| handler::missing(view, runtime, handler, has_layers));
            self.handlers.insert(key.clone(), missing);
        }
        let Some(Some(missing)) = self.handlers.get(&key) else { return };
        let name = display(used.source.as_ref(), &used.resource);
        let message = if is_own {
            format!("{name}, which runs on {runtime}, {}", missing.what)
        } else {
            format!("the handler `{handler}` of {name} {}", missing.what)
        };
        let at = if is_own { None } else { span_of(function, "Handler") };
        let found = Diagnostic::error(codes::HANDLER_MISSING, message)
            .at(at.or(used.span), "Lambda could not load it")
            .label(used.span.filter(|_| at.is_some() && at != used.span), "the code")
            .help(missing.help.clone())
            .resource(name);
        diagnostics.push(found);
    }

    fn at_machine(
        &mut self,
        packed: &Packed<'_>,
        index: usize,
        used: &Use,
        resource: &Resource,
        property: &str,
        diagnostics: &mut Diagnostics,
    ) {
        let is_function = used.kind == AssetKind::FunctionCode;
        let machine = match resource.property(property) {
            // A function that says nothing runs on x86_64; a layer that says nothing is for both.
            None if is_function => Some(Machine::X86),
            None => None,
            Some(value) => match value.as_list() {
                Some([one]) => one.as_str().and_then(Machine::of),
                _ => None,
            },
        };
        let Some(machine) = machine else { return };
        let key = (index, machine.name());
        if !self.foreign.contains_key(&key) {
            let foreign = self.view(packed, index).map(|view| native::foreign(view, machine));
            self.foreign.insert(key, foreign.unwrap_or_default());
        }
        let Some([first, rest @ ..]) = self.foreign.get(&key).map(Vec::as_slice) else { return };
        let name = display(used.source.as_ref(), &used.resource);
        let more = match rest.len() {
            0 => String::new(),
            n => format!(" ({n} more like it)"),
        };
        let message = format!(
            "{name} runs on {}, and `{}` in its code is compiled for {}{more}",
            machine.name(),
            first.name,
            first.built_for
        );
        let help = match Machine::of(first.built_for).filter(|_| is_function) {
            Some(other) => {
                format!("install it for {}, or let the function run on {}", machine.name(), other.name())
            }
            None => format!("install it for Linux on {}", machine.name()),
        };
        let at = span_of(resource, property);
        let found = Diagnostic::error(codes::RUNTIME_ARCHITECTURE, message)
            .at(used.span, format!("compiled for {}", first.built_for))
            .label(at.filter(|at| Some(*at) != used.span), format!("runs on {}", machine.name()))
            .help(help)
            .resource(name);
        diagnostics.push(found);
    }

    fn at_layout(
        &mut self,
        packed: &Packed<'_>,
        index: usize,
        used: &Use,
        layer: &Resource,
        diagnostics: &mut Diagnostics,
    ) {
        let runtimes = layer.property("CompatibleRuntimes").and_then(Expr::as_list).unwrap_or_default();
        let runtimes: Vec<&str> = runtimes.iter().filter_map(Expr::as_str).collect();
        let Some((what, help)) = self.view(packed, index).and_then(|view| layers::unread(view, &runtimes))
        else {
            return;
        };
        let name = display(used.source.as_ref(), &used.resource);
        diagnostics.push(
            Diagnostic::warning(codes::LAYER_UNREAD, format!("the layer {name}: {what}"))
                .at(used.span, "unpacked to /opt")
                .help(help)
                .resource(name),
        );
    }
}

/// Where a property is written.
fn span_of(resource: &Resource, property: &str) -> Option<Span> {
    resource.property(property).and_then(|value| value.span)
}

/// The layers of a function that the same graph makes, as uses with their artifacts.
fn own_layers<'a>(packed: &'a Packed<'_>, function: &Resource) -> Vec<(&'a Use, usize)> {
    let of = |id: &str| {
        let mut all = packed.uses.iter().zip(packed.places);
        let (used, place) = all.find(|(u, _)| u.resource == *id && u.kind == AssetKind::LayerContent)?;
        Some((used, (*place)?))
    };
    layers_of(function).into_iter().filter_map(of).collect()
}
