//! L105: code that is larger than Lambda takes, and code that nearly is.

use std::collections::BTreeMap;

use samc_base::{Diagnostic, Diagnostics, codes};
use samc_ir::AssetKind;

use super::view::View;
use super::{Packed, own_layers};
use crate::findings::{display, too_large_help};
use crate::sizes::{in_words, max_direct_bytes, max_unzipped_bytes, warn_unzipped_bytes};

/// How many of the heaviest are named.
const NAMED: usize = 3;

/// Functions that are too large with their layers, those near to it, and archives that can only be
/// uploaded by way of S3.
pub(super) fn check(packed: &Packed<'_>, diagnostics: &mut Diagnostics) {
    let mut heavy: BTreeMap<usize, Option<String>> = BTreeMap::new();
    let mut direct = vec![false; packed.packaged.artifacts.len()];
    for (used, place) in packed.uses.iter().zip(packed.places) {
        let Some(index) = *place else { continue };
        let artifact = &packed.packaged.artifacts[index];
        let name = display(used.source.as_ref(), &used.resource);
        if used.kind == AssetKind::File {
            continue;
        }
        let is_direct = !packed.has_bucket && artifact.contents.size() > max_direct_bytes();
        if is_direct && !std::mem::replace(&mut direct[index], true) {
            let message = format!(
                "the archive of {name} is {}; what is not uploaded by way of S3 may be {}",
                in_words(artifact.contents.size()),
                in_words(max_direct_bytes())
            );
            diagnostics.push(
                Diagnostic::warning(codes::ARTEFACT_SIZE, message)
                    .at(used.span, format!("{} zipped", in_words(artifact.contents.size())))
                    .help("`aws cloudformation package` and --artifact-bucket go by way of S3; the console, `update-function-code --zip-file` and Terraform's `filename` do not")
                    .resource(name.clone()),
            );
        }
        let Some(function) = packed.graph.resources.get(&used.resource) else { continue };
        if used.kind != AssetKind::FunctionCode {
            continue;
        }
        let own = artifact.unzipped;
        let layers = own_layers(packed, function);
        let of = |index: usize| packed.packaged.artifacts[index].unzipped;
        let sum = own + layers.iter().map(|(_, index)| of(*index)).sum::<u64>();
        let is_severe = sum > max_unzipped_bytes();
        if !is_severe && sum < warn_unzipped_bytes() {
            continue;
        }
        let with = match layers.len() {
            0 => String::new(),
            1 => " with its layer".to_owned(),
            n => format!(" with its {n} layers"),
        };
        let message = format!(
            "{name} is {} unzipped{with}; Lambda unpacks at most {}",
            in_words(sum),
            in_words(max_unzipped_bytes())
        );
        let found = match is_severe {
            true => Diagnostic::error(codes::ARTEFACT_SIZE, message),
            false => Diagnostic::warning(codes::ARTEFACT_SIZE, message),
        };
        let heaviest = heavy
            .entry(index)
            .or_insert_with(|| heaviest(&View::open(&artifact.contents)?.sizes()))
            .as_deref();
        let mut found = found
            .at(used.span, format!("{} here", in_words(own)))
            .help(too_large_help(heaviest))
            .resource(name);
        for (layer, index) in layers {
            found = found.label(layer.span, format!("{} in this layer", in_words(of(index))));
        }
        diagnostics.push(found);
    }
}

/// "lib/model.bin (120 MB), ...": the folders and files that weigh most, folders down to where they divide.
pub(crate) fn heaviest(files: &[(&str, u64)]) -> Option<String> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, bytes) in files {
        for (at, _) in name.match_indices('/') {
            *sums.entry(&name[..=at]).or_default() += bytes;
        }
        *sums.entry(name).or_default() += bytes;
    }
    let total: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    let mut all: Vec<_> = sums.iter().map(|(name, bytes)| (*bytes, *name)).collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    // A folder that is nearly all of it, or nearly all one thing in it, says less than what is in it.
    let says_more = |(bytes, name): &(u64, &str)| {
        let inner = sums.iter().filter(|(n, _)| n.starts_with(*name) && n != &name).map(|(_, b)| *b).max();
        *bytes < total / 10 * 9 && inner.is_none_or(|inner| inner < bytes / 10 * 9)
    };
    let mut named: Vec<(u64, &str)> = Vec::new();
    for entry in all.iter().take(64) {
        let is_apart = named.iter().all(|(_, n)| !n.starts_with(entry.1) && !entry.1.starts_with(n));
        if named.len() < NAMED && is_apart && (says_more(entry) || !entry.1.ends_with('/')) {
            named.push(*entry);
        }
    }
    let words: Vec<String> =
        named.iter().map(|(bytes, name)| format!("{name} ({})", in_words(*bytes))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
