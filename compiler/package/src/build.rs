//! The stage itself: looks at every path once, makes the artifacts, and writes into the graph where
//! they lie.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use samc_base::Diagnostics;
use samc_ir::{AssetKind, Expr, JsonStyle, Kind, Map, ResourceGraph};
use sha2::{Digest, Sha256};

use crate::archive;
use crate::cache::{Cache, CacheSettings};
use crate::checks::view::View;
use crate::checks::{self, heaviest};
use crate::contents::Contents;
use crate::development::Developments;
use crate::fault::Fault;
use crate::findings::{display, finding, unknown_method};
use crate::pack::Archive;
use crate::parallel;
use crate::recipe::{How, Recipe};
use crate::sizes::max_unzipped_bytes;
use crate::source::{self, Around, Source};
use crate::uses::{Use, uses};
use crate::walk::extension;

/// What packaging is told beside the graph.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder that paths in the graph are relative to: that of the input file.
    pub root: PathBuf,
    /// Files and folders that are never code, such as the folder the build writes to.
    pub excluded: Vec<PathBuf>,
    /// The bucket the artifacts will lie in. Without one the graph gets local paths.
    pub bucket: Option<String>,
    /// What stands before the name in each key of the bucket.
    pub prefix: Option<String>,
    /// What leads from the document to the target's folder: `../` for a document in a folder of its
    /// own, nothing for one at its top.
    pub base: String,
    /// Where what was packed before is kept; without one everything is packed anew.
    pub cache: Option<CacheSettings>,
    /// Whether code is built that declares packages which do not lie in it, without being asked to be.
    pub builds: bool,
    /// The codes of checks of what was packed that are off; none where no check runs.
    pub checks: Option<Vec<String>>,
    /// What is known of packages that only development needs. Copies of these options share it, and it holds as long
    /// as no file changes.
    pub developments: Developments,
}

impl Options {
    pub(crate) fn open_cache(&self) -> Option<Cache> {
        self.cache.as_ref().and_then(Cache::open)
    }

    pub(crate) fn around<'a>(&self, cache: Option<&'a Cache>) -> Around<'a> {
        Around { excluded: self.canonical_excluded(), cache, developments: self.developments.clone() }
    }

    /// The true places of what is never code, as far as they are there.
    pub(crate) fn canonical_excluded(&self) -> Vec<PathBuf> {
        let cache = self.cache.as_ref().map(|cache| &cache.folder);
        self.excluded.iter().chain(cache).filter_map(|p| p.canonicalize().ok()).collect()
    }
}

/// One file to be written beside the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagedArtifact {
    /// Path below the target's folder, with `/`: `artifacts/src-0123456789ab.zip`.
    pub path: String,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
    /// Size of the sum of its files, in bytes.
    pub unzipped: u64,
    /// The key in the bucket, where there is one.
    pub s3_key: Option<String>,
    /// How many resources use it.
    pub used_by: usize,
    /// What the author calls them.
    pub users: Vec<String>,
    /// The bytes, or the file that has them.
    pub contents: Contents,
}

/// The artifacts of a build, in the order the graph first names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packaged {
    /// The artifacts; each content once.
    pub artifacts: Vec<PackagedArtifact>,
}

impl Packaged {
    /// The text of `artifacts.json`: file, SHA-256, size and, with a bucket, S3 key of each.
    pub fn manifest(&self) -> String {
        let entries: Vec<Expr> = self
            .artifacts
            .iter()
            .map(|a| {
                let mut entry = Map::from([
                    ("file", Expr::from(a.path.as_str())),
                    ("sha256", Expr::from(a.sha256.as_str())),
                    ("size", Expr::from(usize::try_from(a.contents.size()).unwrap_or(usize::MAX))),
                ]);
                if let Some(key) = &a.s3_key {
                    entry.insert("s3_key", key.as_str());
                }
                Expr::from(entry)
            })
            .collect();
        let mut text = Expr::from([("artifacts", Expr::from(entries))]).to_json(JsonStyle::PRETTY);
        text.push('\n');
        text
    }
}

/// Makes the artifacts of a graph and points the graph at them. Faults become findings; what has
/// one stays in the graph as it is.
pub fn build(graph: &mut ResourceGraph, options: &Options, diagnostics: &mut Diagnostics) -> Packaged {
    let uses = uses(graph, options.builds.then_some(options.root.as_path()));
    let cache = options.open_cache();
    let around = options.around(cache.as_ref());
    let mut packaged = Packaged::default();
    // The first use of each path, by how it is taken and built.
    let mut first: BTreeMap<(&str, bool, &Recipe), usize> = BTreeMap::new();
    let mut distinct: Vec<&Use> = Vec::new();
    let mut which = Vec::with_capacity(uses.len());
    for used in &uses {
        let key = (used.path.as_str(), used.kind == AssetKind::File, &used.recipe);
        which.push(*first.entry(key).or_insert_with(|| {
            distinct.push(used);
            distinct.len() - 1
        }));
    }
    let made = parallel::map(&distinct, || (), |(), used| make(used, options, &around));
    let mut places: Vec<Option<usize>> = Vec::with_capacity(made.len());
    for (used, made) in distinct.iter().zip(made) {
        if let How::Unknown(method) = &used.recipe.how {
            diagnostics.push(unknown_method(used, method));
        }
        places.push(match made {
            Ok((name, archive)) => Some(packaged.add(name, archive, options)),
            Err(faults) => {
                for fault in faults {
                    diagnostics.push(finding(used, &fault, options, &uses));
                }
                None
            }
        });
    }
    let places: Vec<Option<usize>> = which.iter().map(|at| places[*at]).collect();
    for (used, index) in uses.iter().zip(&places) {
        let Some(index) = *index else { continue };
        packaged.artifacts[index].used_by += 1;
        packaged.artifacts[index].users.push(display(used.source.as_ref(), &used.resource));
    }
    if let Some(off) = &options.checks {
        let has_bucket = options.bucket.is_some();
        let packed = checks::Packed {
            graph,
            root: &options.root,
            uses: &uses,
            packaged: &packaged,
            places: &places,
            off,
            has_bucket,
        };
        checks::run(&packed, diagnostics);
    }
    // The same walk as that which found the uses.
    let mut next = places.iter();
    for resource in graph.resources.values_mut() {
        let form = form_of(&resource.resource_type);
        let Some(properties) = resource.properties.as_mut().and_then(Expr::as_map_mut) else { continue };
        for entry in properties.values_mut() {
            entry.walk_mut(&mut |expr| {
                if !matches!(expr.kind, Kind::Asset(_)) {
                    return;
                }
                if let Some(Some(index)) = next.next() {
                    expr.kind = location(&packaged.artifacts[*index], form, options);
                }
            });
        }
    }
    packaged
}

/// Looks only whether what a graph names is there, and a file where one is wanted, for a run that
/// will write nothing.
pub fn check(graph: &ResourceGraph, options: &Options, diagnostics: &mut Diagnostics) {
    let uses = uses(graph, None);
    let mut seen = Vec::new();
    for used in &uses {
        if seen.contains(&used.path.as_str()) {
            continue;
        }
        seen.push(&used.path);
        let path = options.root.join(&used.path);
        let fault = match used.kind {
            _ if !path.exists() => Fault::Missing,
            AssetKind::File if path.is_dir() => Fault::Folder,
            AssetKind::File | AssetKind::FunctionCode | AssetKind::LayerContent => continue,
        };
        diagnostics.push(finding(used, &fault, options, &uses));
    }
}

impl Packaged {
    /// Adds an archive, unless the same bytes are there, and gives its index.
    fn add(&mut self, name: String, archive: Archive, options: &Options) -> usize {
        let path = format!("artifacts/{name}");
        let ending = |path: &str| extension(path).map(str::to_owned);
        let is_same = |a: &PackagedArtifact| a.sha256 == archive.sha256 && ending(&a.path) == ending(&path);
        if let Some(index) = self.artifacts.iter().position(is_same) {
            return index;
        }
        let s3_key = options.bucket.as_ref().map(|_| key_of(&name, options.prefix.as_deref()));
        let Archive { contents, sha256, unzipped, .. } = archive;
        self.artifacts.push(PackagedArtifact {
            path,
            sha256,
            unzipped,
            s3_key,
            used_by: 0,
            users: Vec::new(),
            contents,
        });
        self.artifacts.len() - 1
    }
}

impl Packaged {
    /// Takes over the artifacts of another template of the same build; what both have stays once.
    pub fn merge(&mut self, other: Packaged) {
        for artifact in other.artifacts {
            match self.artifacts.iter_mut().find(|a| a.path == artifact.path) {
                Some(known) => {
                    known.used_by += artifact.used_by;
                    known.users.extend(artifact.users);
                }
                None => self.artifacts.push(artifact),
            }
        }
    }

    /// Adds a document that another one names by its place in the bucket; gives its path. It is
    /// named after its content, as all artifacts are.
    pub fn add_document(
        &mut self,
        name: &str,
        suffix: &str,
        contents: Vec<u8>,
        prefix: Option<&str>,
    ) -> String {
        let sha256 = archive::hex(&Sha256::digest(&contents));
        let file = format!("{name}-{}.{suffix}", &sha256[..12]);
        let path = format!("artifacts/{file}");
        let artifact = PackagedArtifact {
            path: path.clone(),
            sha256,
            unzipped: contents.len() as u64,
            s3_key: Some(key_of(&file, prefix)),
            used_by: 1,
            users: vec![name.to_owned()],
            contents: contents.into(),
        };
        self.merge(Packaged { artifacts: vec![artifact] });
        path
    }
}

/// The key of an artifact in the bucket.
fn key_of(name: &str, prefix: Option<&str>) -> String {
    match prefix {
        Some(prefix) if !prefix.is_empty() => format!("{}/{name}", prefix.trim_end_matches('/')),
        _ => name.to_owned(),
    }
}

/// Makes local paths of the properties that `aws cloudformation package` uploads the assets they
/// are, where the front end took them as text: plain CloudFormation names code so.
pub fn localize(graph: &mut ResourceGraph) {
    for resource in graph.resources.values_mut() {
        let resource_type = resource.resource_type.clone();
        let Some(properties) = resource.properties.as_mut().and_then(Expr::as_map_mut) else { continue };
        for (name, value) in properties.iter_mut() {
            let Kind::String(path) = &value.kind else { continue };
            let is_local = samc_data::local_paths::may_be_local(resource_type.as_str(), name)
                && !path.is_empty()
                && !path.contains("://")
                && !path.starts_with("{{resolve:");
            if is_local {
                let kind = match resource_type.as_str() {
                    "AWS::Lambda::Function" => AssetKind::FunctionCode,
                    "AWS::Lambda::LayerVersion" => AssetKind::LayerContent,
                    _ => AssetKind::File,
                };
                value.kind = Kind::Asset(Box::new(samc_ir::Asset::new(path.clone(), kind)));
            }
        }
    }
}

/// The name and the bytes of what a path leads to.
fn make(used: &Use, options: &Options, around: &Around<'_>) -> Result<(String, Archive), Vec<Fault>> {
    let path = options.root.join(&used.path);
    let cache = around.cache;
    let sourced = source::of_path(&path, &used.recipe, around)?;
    let one = |fault: Fault| vec![fault];
    let stem = name_of(&used.path, path.is_dir());
    let (archive, suffix) = match (&sourced.source, used.kind) {
        (Source::Files(..) | Source::Stored(_), AssetKind::File) if path.is_dir() => {
            return Err(one(Fault::Folder));
        }
        // The scratch folder of a command stays until its files are packed.
        (Source::Files(members, _), AssetKind::FunctionCode | AssetKind::LayerContent) => {
            let bytes = members.iter().map(|m| m.bytes).sum();
            if bytes > max_unzipped_bytes() {
                let files: Vec<(&str, u64)> = members.iter().map(|m| (m.name.as_str(), m.bytes)).collect();
                return Err(one(Fault::TooLarge { bytes, heaviest: heaviest(&files) }));
            }
            (sourced.zip(members, cache).map_err(one)?, ".zip".to_owned())
        }
        (Source::Stored(archive), _) => (archive.clone(), ".zip".to_owned()),
        (Source::Files(members, _), AssetKind::File) => match members.first() {
            Some(member) => {
                let suffix = extension(&member.name).map(|e| format!(".{e}")).unwrap_or_default();
                (archive::ready(member, sourced.at, false, cache).map_err(one)?, suffix)
            }
            None => return Err(one(Fault::Empty)),
        },
        (Source::Ready(member), kind) => {
            let is_archive = kind != AssetKind::File;
            let archive = archive::ready(member, sourced.at, is_archive, cache).map_err(one)?;
            if is_archive && archive.unzipped > max_unzipped_bytes() {
                let view = View::open(&archive.contents);
                let heaviest = view.and_then(|view| heaviest(&view.sizes()));
                return Err(one(Fault::TooLarge { bytes: archive.unzipped, heaviest }));
            }
            (archive, format!(".{}", extension(&member.name).unwrap_or("zip")))
        }
    };
    Ok((format!("{stem}-{}{suffix}", &archive.content[..12]), archive))
}

/// What an artifact is called before its digest: the last name of the path, as written. A path
/// without a name of its own, such as `.`, is called `code`: the name of a folder on somebody's
/// machine has no place in the output.
fn name_of(path: &str, is_folder: bool) -> String {
    let last = Path::new(path).components().next_back();
    let name = match last {
        Some(std::path::Component::Normal(name)) => name.to_string_lossy().into_owned(),
        _ => String::new(),
    };
    let stem = match extension(&name) {
        Some(extension) if !is_folder => &name[..name.len() - extension.len() - 1],
        _ => name.as_str(),
    };
    let clean: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' })
        .collect();
    let clean = clean.trim_matches(['.', '-']);
    if clean.is_empty() { "code".to_owned() } else { clean.to_owned() }
}

/// How a resource type writes a place in a bucket.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A mapping with these two keys.
    Keys(&'static str, &'static str),
    /// `s3://bucket/key`.
    Address,
}

/// The form of a resource type's property for code or a definition. Source: the resource reference
/// of CloudFormation, for the properties that `aws cloudformation package` replaces.
fn form_of(resource_type: &str) -> Form {
    match resource_type {
        "AWS::Lambda::Function" | "AWS::Lambda::LayerVersion" => Form::Keys("S3Bucket", "S3Key"),
        "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" | "AWS::StepFunctions::StateMachine" => {
            Form::Keys("Bucket", "Key")
        }
        _ => Form::Address,
    }
}

/// The value that stands in the document for an artifact. `aws cloudformation package` accepts a
/// local path in its place, and uploads what it leads to.
fn location(artifact: &PackagedArtifact, form: Form, options: &Options) -> Kind {
    let (Some(bucket), Some(key)) = (&options.bucket, &artifact.s3_key) else {
        return Kind::String(format!("{}{}", options.base, artifact.path).into());
    };
    match form {
        Form::Keys(bucket_key, name_key) => {
            Kind::Map(Map::from([(bucket_key, bucket.as_str()), (name_key, key.as_str())]))
        }
        Form::Address => Kind::String(format!("s3://{bucket}/{key}").into()),
    }
}
