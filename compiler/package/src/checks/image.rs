//! L105 for images: those that lie as archives on this machine, as `docker save` writes them.
//!
//! An image that is named by where it lies in a registry is not looked at, as a build reaches no network, nor is one that
//! only a daemon has.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use samc_base::{Diagnostic, Diagnostics, codes};
use samc_ir::{Expr, Kind};
use serde_json::Value;

use super::Packed;
use crate::findings::display;
use crate::sizes::{in_words, max_image_bytes};

/// Bytes of the lists in an archive at most; they name layers and are small.
const LARGEST_LIST: u64 = 4 * 1024 * 1024;
/// What a layer begins with that is compressed with gzip, and how many bytes at its end tell its length.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const GZIP_LENGTH: u64 = 4;

/// Functions whose image is too large, and those near to it.
pub(super) fn check(packed: &Packed<'_>, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, Option<u64>> = BTreeMap::new();
    for (id, resource) in &packed.graph.resources {
        if resource.resource_type != *"AWS::Lambda::Function" {
            continue;
        }
        let uri = resource.property("Code").and_then(Expr::as_map).and_then(|code| code.get("ImageUri"));
        let Some((uri, Kind::String(path))) = uri.map(|uri| (uri, &uri.kind)) else { continue };
        let size = *seen.entry(path).or_insert_with(|| unpacked(&packed.root.join(&**path)));
        let Some(size) = size.filter(|size| *size >= max_image_bytes() / 5 * 4) else { continue };
        let name = display(resource.origin.source.as_ref(), id);
        let message = format!(
            "`{path}`, the image of {name}, is {} or more unpacked; Lambda takes images of at most {}",
            in_words(size),
            in_words(max_image_bytes())
        );
        let found = match size > max_image_bytes() {
            true => Diagnostic::error(codes::ARTEFACT_SIZE, message),
            false => Diagnostic::warning(codes::ARTEFACT_SIZE, message),
        };
        diagnostics.push(
            found
                .at(uri.span, format!("{} in its layers", in_words(size)))
                .help("begin with a smaller image, and build in one stage and copy what is needed into another: `docker history` shows what each layer adds")
                .resource(name),
        );
    }
}

/// Where a file in an archive begins, and its length.
type Place = (u64, u64);

/// The size of the layers of an image, unpacked; none where it is no archive of an image. Layers that are compressed
/// count for as much as they say modulo 4 GiB, and for what they have compressed at least.
fn unpacked(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|meta| meta.is_file()))?;
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mut archive = tar::Archive::new(&file);
    for entry in archive.entries_with_seek().ok()? {
        let entry = entry.ok()?;
        let name = entry.path().ok()?.to_str()?.trim_start_matches("./").to_owned();
        places.insert(name, (entry.raw_file_position(), entry.size()));
    }
    let layers = layers(&mut file, &places)?;
    let mut sum = 0_u64;
    for place in layers {
        sum = sum.saturating_add(length(&mut file, place)?);
    }
    Some(sum)
}

/// The layers of the image in an archive: as `docker save` lists them, or as OCI's layout does.
///
/// Source: "Docker Image Specification v1.2.0", and "OCI Image Layout Specification" with its manifests.
fn layers(file: &mut File, places: &BTreeMap<String, Place>) -> Option<Vec<Place>> {
    let blob = |digest: &Value| {
        let (algorithm, hash) = digest.as_str()?.split_once(':')?;
        places.get(&format!("blobs/{algorithm}/{hash}")).copied()
    };
    if let Some(place) = places.get("manifest.json") {
        let list = list(file, *place)?;
        let names = list.get(0)?.get("Layers")?.as_array()?;
        return names.iter().map(|name| places.get(name.as_str()?).copied()).collect();
    }
    let index = list(file, *places.get("index.json")?)?;
    let manifest = list(file, blob(index.get("manifests")?.get(0)?.get("digest")?)?)?;
    manifest.get("layers")?.as_array()?.iter().map(|layer| blob(layer.get("digest")?)).collect()
}

fn list(file: &mut File, (start, length): Place) -> Option<Value> {
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut text = Vec::new();
    Read::by_ref(file).take(length.min(LARGEST_LIST)).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// How long a layer is unpacked, at least.
fn length(file: &mut File, (start, length): Place) -> Option<u64> {
    let mut first = [0; GZIP.len()];
    file.seek(SeekFrom::Start(start)).ok()?;
    if length < GZIP_LENGTH + 2 || file.read_exact(&mut first).is_err() || first != GZIP {
        return Some(length);
    }
    let mut last = [0; GZIP_LENGTH as usize];
    file.seek(SeekFrom::Start(start + length - GZIP_LENGTH)).ok()?;
    file.read_exact(&mut last).ok()?;
    let told = u64::from(u32::from_le_bytes(last));
    // What is compressed is no shorter than its compressed form, a few bytes aside.
    let rounds = length.saturating_sub(told).div_ceil(1 << 32);
    Some(told + (rounds << 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn compressed_layers_tell_their_length() {
        let mut file = tempfile::tempfile().unwrap();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&vec![0; 3_000_000]).unwrap();
        let layer = encoder.finish().unwrap();
        file.write_all(b"before").unwrap();
        file.write_all(&layer).unwrap();
        file.write_all(b"after").unwrap();
        assert_eq!(length(&mut file, (6, layer.len() as u64)), Some(3_000_000));
        assert_eq!(length(&mut file, (0, 6)), Some(6));
        assert_eq!(length(&mut file, (0, 0)), Some(0));
    }
}
