//! The environment of a process, as Lambda sets it.
//!
//! Source: "Defined runtime environment variables" in the guide of Lambda. Nothing of the environment of
//! samc itself goes in but what programs need to run, so that no credentials of the user do.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use samc_schema::manifest::Function;

use crate::context::Answers;

/// The name of credentials that are none.
pub(crate) const ACCESS_KEY: &str = "AKIALOCALLOCALLOCAL0";

/// What of the own environment a process needs to run at all.
const KEPT: &[&str] =
    &["HOME", "TMPDIR", "TEMP", "TMP", "USER", "SystemRoot", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The services of which some calls are answered here, as SDKs name them in variables. Source: "Service-specific
/// endpoints" in the reference guide of AWS's SDKs.
const OWN: [&str; 5] = ["SQS", "SNS", "EVENTBRIDGE", "LAMBDA", "APIGATEWAYMANAGEMENTAPI"];

/// What is the same for all processes of a function.
pub(crate) struct Place<'a> {
    /// The function.
    pub(crate) function: &'a Function,
    /// The folder of its code.
    pub(crate) root: &'a Path,
    /// The folders of its layers; later ones win.
    pub(crate) layers: &'a [PathBuf],
    /// The version of Python, where it runs one.
    pub(crate) python: Option<&'a str>,
    /// The region.
    pub(crate) region: &'a str,
    /// Where an emulator of AWS answers, if the user has one.
    pub(crate) endpoint_url: Option<&'a str>,
    /// Where this application answers.
    pub(crate) answers: &'a Answers,
    /// The folder of the bootstraps.
    pub(crate) bootstraps: &'a Path,
    /// What the user sets for all functions; it wins.
    pub(crate) overrides: &'a IndexMap<String, String>,
}

/// The variables.
pub(crate) fn variables(
    place: &Place<'_>,
    api: &str,
    log_stream: &str,
    own: impl Fn(&str) -> Option<OsString>,
) -> IndexMap<OsString, OsString> {
    let function = place.function;
    let mut all = IndexMap::new();
    let mut set = |name: &str, value: OsString| {
        all.insert(OsString::from(name), value);
    };
    for name in KEPT {
        if let Some(value) = own(name) {
            set(name, value);
        }
    }
    set("LANG", "en_US.UTF-8".into());
    set("TZ", ":UTC".into());
    // Python tells stale byte code by the second, which is too coarse for code that is being edited.
    set("PYTHONDONTWRITEBYTECODE", "1".into());
    // What programs look for in AWS and would find on this machine, were it not set.
    set("AWS_ACCESS_KEY_ID", ACCESS_KEY.into());
    set("AWS_SECRET_ACCESS_KEY", "local".into());
    set("AWS_SESSION_TOKEN", "local".into());
    set("AWS_EC2_METADATA_DISABLED", "true".into());
    set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".into());
    if let Some(url) = place.endpoint_url {
        set("AWS_ENDPOINT_URL", url.into());
    }
    // What an emulator holds starts nothing here: what is in memory comes first.
    if let Some(url) = &place.answers.own_url {
        for service in OWN {
            set(&format!("AWS_ENDPOINT_URL_{service}"), url.into());
        }
    }
    for (name, value) in &function.environment {
        set(name, reachable(place, value).into());
    }
    for (name, value) in place.overrides {
        set(name, value.into());
    }
    // Those that are reserved: a function cannot set them.
    set("AWS_LAMBDA_RUNTIME_API", api.into());
    set("AWS_LAMBDA_FUNCTION_NAME", (&function.name).into());
    set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mib.to_string().into());
    set("AWS_LAMBDA_LOG_GROUP_NAME", (&function.log_group).into());
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream.into());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
    set("AWS_REGION", place.region.into());
    set("AWS_DEFAULT_REGION", place.region.into());
    set("LAMBDA_TASK_ROOT", place.root.into());
    set("LAMBDA_RUNTIME_DIR", place.bootstraps.into());
    if let Some(handler) = &function.handler {
        set("_HANDLER", handler.into());
    }
    if let Some(runtime) = &function.runtime {
        set("AWS_EXECUTION_ENV", format!("AWS_Lambda_{runtime}").into());
    }
    folders(place, &mut all, own);
    all
}

/// The URL of a queue or of an API as it is here: some SDKs ask the server that the URL of a queue names, whatever
/// they are told, and an API is asked at its URL by whoever has it.
fn reachable(place: &Place<'_>, value: &str) -> String {
    let aws = format!("https://sqs.{}.amazonaws.com/", place.region);
    if let (Some(url), Some(queue)) = (&place.answers.own_url, value.strip_prefix(&aws)) {
        return format!("{}/{queue}", url.trim_end_matches('/'));
    }
    own_api(place, value).unwrap_or_else(|| value.to_owned())
}

/// The hosts at which AWS answers for an API and for the URL of a function, after its id and before the region.
const HOSTS: [(&str, &str); 2] = [(".execute-api.", ".amazonaws.com"), (".lambda-url.", ".on.aws")];

/// The URL of an API of this application as it is here, the path with it; none for what is none.
fn own_api(place: &Place<'_>, value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once("://")?;
    let scheme = match scheme {
        "https" => "http",
        "wss" => "ws",
        _ => return None,
    };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let id = HOSTS.iter().find_map(|(before, after)| {
        host.strip_suffix(after)?.strip_suffix(place.region)?.strip_suffix(before)
    })?;
    let (_, address) = place.answers.apis.iter().find(|(own, _)| own == id)?;
    Some(format!("{scheme}://{address}{path}"))
}

/// The paths on which programs, libraries and packages are looked for: the layers stand for `/opt`, where
/// what a later layer has lies over what an earlier one has.
fn folders(
    place: &Place<'_>,
    all: &mut IndexMap<OsString, OsString>,
    own: impl Fn(&str) -> Option<OsString>,
) {
    let layers = || place.layers.iter().rev();
    let mut join = |name: &str, folders: Vec<PathBuf>, then: Option<OsString>| {
        let there = folders.into_iter().filter(|folder| folder.exists());
        let then =
            then.as_deref().map(|path| std::env::split_paths(path).collect::<Vec<_>>()).unwrap_or_default();
        let mut paths: Vec<PathBuf> = there.collect();
        paths.extend(then);
        if let Ok(value) = std::env::join_paths(paths)
            && !value.is_empty()
        {
            all.insert(name.into(), value);
        }
    };
    let set = |name: &str| place.function.environment.get(name).map(OsString::from);
    let path = set("PATH").or_else(|| own("PATH"));
    join("PATH", layers().map(|layer| layer.join("bin")).collect(), path);
    let libraries = [place.root.to_owned(), place.root.join("lib")];
    let libraries = libraries.into_iter().chain(layers().map(|layer| layer.join("lib"))).collect();
    join("LD_LIBRARY_PATH", libraries, set("LD_LIBRARY_PATH"));
    if let Some(version) = place.python {
        let packages = layers().flat_map(|layer| {
            [layer.join(format!("python/lib/python{version}/site-packages")), layer.join("python")]
        });
        let packages = std::iter::once(place.root.to_owned()).chain(packages).collect();
        join("PYTHONPATH", packages, set("PYTHONPATH"));
    } else {
        let packages = layers().flat_map(|layer| {
            let major = place.function.runtime.as_deref().unwrap_or("");
            let major = major.trim_start_matches("nodejs").trim_end_matches(".x");
            [layer.join(format!("nodejs/node{major}/node_modules")), layer.join("nodejs/node_modules")]
        });
        join("NODE_PATH", packages.collect(), set("NODE_PATH"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_this_application_lead_here() {
        let answers = Answers {
            own_url: Some("http://127.0.0.1:3000".to_owned()),
            apis: vec![
                ("Chat".to_owned(), ([127, 0, 0, 1], 3001).into()),
                ("Url".to_owned(), ([127, 0, 0, 1], 3002).into()),
            ],
        };
        let (function, overrides) = (Function::default(), IndexMap::new());
        let place = Place {
            function: &function,
            root: Path::new("/"),
            layers: &[],
            python: None,
            region: "eu-west-1",
            endpoint_url: None,
            answers: &answers,
            bootstraps: Path::new("/"),
            overrides: &overrides,
        };
        for (aws, here) in [
            ("https://sqs.eu-west-1.amazonaws.com/1/q", "http://127.0.0.1:3000/1/q"),
            ("https://Chat.execute-api.eu-west-1.amazonaws.com/live", "http://127.0.0.1:3001/live"),
            ("https://Chat.execute-api.eu-west-1.amazonaws.com", "http://127.0.0.1:3001"),
            ("wss://Chat.execute-api.eu-west-1.amazonaws.com/live", "ws://127.0.0.1:3001/live"),
            ("https://Url.lambda-url.eu-west-1.on.aws/", "http://127.0.0.1:3002/"),
        ] {
            assert_eq!(reachable(&place, aws), here);
        }
        for other in [
            "https://Other.execute-api.eu-west-1.amazonaws.com/live",
            "https://Chat.execute-api.us-east-1.amazonaws.com/live",
            "https://example.com/Chat.execute-api.eu-west-1.amazonaws.com",
            "Chat.execute-api.eu-west-1.amazonaws.com",
            "Chat",
        ] {
            assert_eq!(reachable(&place, other), other);
        }
    }
}
