//! `functions`, `layers` and `roles`.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::deploy::Deploy;
use super::forms::{Off, OneOrMany, component, or_bool, or_integer, or_text, shorthand};
use super::grants::Grants;
use super::scalars::{Duration, LogicalName, Name, Percent, Reference, Retention, Size};
use super::trigger::Trigger;

component! {
    /// A function. A text stands for its handler.
    #[serde(remote = "Self")]
    #[schemars(rename = "Function", extend("x-text-pattern" = "\\."), transform = or_text)]
    pub struct Function {
        /// The file and function that Lambda calls, relative to `code`: `app.handler`.
        pub handler: Option<Spanned<String>>,
        /// The folder or zip file with the code, relative to this file, or its place in S3. Default `.`.
        pub code: Option<Spanned<Code>>,
        /// How the code is built before it is packed: a method such as `python`, or a command. Default: by the tools of the
        /// runtime where the folder declares packages that do not lie in it, else it is packed as it is.
        pub build: Option<Spanned<Build>>,
        /// The runtime, such as `python3.13` or `nodejs22.x`. Needed here or under `defaults.function`.
        pub runtime: Option<Spanned<String>>,
        /// The processor. Default `x86_64`.
        pub arch: Option<Spanned<Arch>>,
        /// Memory, 128MB to 10240MB; the share of the processor grows with it. Default 256MB.
        pub memory: Option<Spanned<Size>>,
        /// How long one call may take, 1s to 15m. Default 10s.
        pub timeout: Option<Spanned<Duration>>,
        /// Room on disk for temporary files, 512MB to 10GB. Default 512MB.
        pub disk: Option<Spanned<Size>>,
        /// Environment variables. `${...}` may name components, parameters and so on.
        pub env: Option<IndexMap<String, Spanned<String>>>,
        /// Whether the names and addresses of the targets of `can` become environment variables, such as
        /// ORDERS_TABLE or JOBS_QUEUE_URL. Default true.
        pub inject: Option<Spanned<bool>>,
        /// What makes it run: a trigger or a list of triggers.
        pub on: Option<Spanned<OneOrMany<Trigger>>>,
        /// What it may do to which component.
        pub can: Option<Grants>,
        /// A role under `roles` or the ARN of one. Default: a role of its own.
        pub role: Option<Spanned<String>>,
        /// The ARN of the permissions boundary of its role.
        pub boundary: Option<Spanned<String>>,
        /// A container image, in place of `handler`, `runtime`, `code` and `layers`; a text stands for its address.
        pub image: Option<Spanned<Image>>,
        /// The network under `vpcs` that it runs in, or `false`. Default: that of the defaults, else none.
        pub vpc: Option<Spanned<Off<Name>>>,
        /// A file system that it sees.
        pub mount: Option<Mount>,
        /// How a new version takes over: `all-at-once`, `canary 10% 5m`, `linear 10% 1m`, `blue-green`, or a
        /// mapping. Default: at once, without an alias.
        pub deploy: Option<Spanned<Deploy>>,
        /// Publishes each version and points this alias at it, at once; callers and triggers then use the alias.
        pub alias: Option<Spanned<String>>,
        /// Alarms on errors, throttles and slow calls: `standard`, `none` (the default), or a mapping.
        pub alarms: Option<Spanned<FunctionAlarms>>,
        /// Layers: names under `layers`, or ARNs with a version. At most 5.
        pub layers: Option<Vec<Spanned<String>>>,
        /// Copies reserved for it; or a mapping, to keep copies warm.
        pub concurrency: Option<Spanned<Concurrency>>,
        /// What happens when an asynchronous call fails.
        pub retry: Option<Retry>,
        /// The queue or topic for asynchronous calls that failed for good.
        pub dlq: Option<Spanned<Reference>>,
        /// Who else may invoke it, beside what triggers it.
        pub callers: Option<Vec<Spanned<Caller>>>,
        /// An address of its own on the internet: `iam`, `public`, or a mapping.
        pub url: Option<Spanned<FunctionUrl>>,
        /// Its logs; a duration stands for how long they are kept. Default 30d.
        pub logs: Option<Logs>,
        /// Whether calls are traced with X-Ray. Default false.
        pub tracing: Option<Spanned<bool>>,
        /// Whether Lambda starts it from a snapshot: Java, Python 3.12 and later, .NET 8 and later. Default false.
        pub snapstart: Option<Spanned<bool>>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
        /// What it is for, at most 256 characters.
        pub description: Option<Spanned<String>>,
    }
}

shorthand!(Function, "a handler such as `app.handler`, or a mapping", |text| {
    let is_handler = text.contains('.') && text.parse::<f64>().is_err();
    is_handler.then(|| Function { handler: Some(text.to_owned().into()), ..Function::empty() })
});

impl Function {
    /// A function of which nothing is said.
    pub fn empty() -> Function {
        Function {
            handler: None,
            code: None,
            build: None,
            runtime: None,
            arch: None,
            memory: None,
            timeout: None,
            disk: None,
            env: None,
            inject: None,
            on: None,
            can: None,
            role: None,
            boundary: None,
            image: None,
            vpc: None,
            mount: None,
            deploy: None,
            alias: None,
            alarms: None,
            layers: None,
            concurrency: None,
            retry: None,
            dlq: None,
            callers: None,
            url: None,
            logs: None,
            tracing: None,
            snapstart: None,
            name: None,
            description: None,
            id: None,
            was: None,
            only: None,
            not: None,
            when: None,
            tags: None,
            protect: None,
            note: None,
            compliance: None,
        }
    }
}

/// Where code lies. A text stands for the path of a folder or zip file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Code", transform = or_text)]
pub struct Code {
    /// The path of a folder or zip file, relative to this file.
    pub zip: Option<Spanned<String>>,
    /// An archive that lies in S3 already.
    pub s3: Option<S3Place>,
}

shorthand!(Code, "a path, or a mapping with `zip` or `s3`", |text| {
    (!text.is_empty()).then(|| Code { zip: Some(text.to_owned().into()), s3: None })
});

/// A container image. A text stands for `uri`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Image", transform = or_text)]
pub struct Image {
    /// Its address in ECR. Left out: a parameter of the template, which is given at deployment.
    pub uri: Option<Spanned<String>>,
    /// The Dockerfile it is built from, relative to `context`. Default `Dockerfile`.
    pub file: Option<Spanned<String>>,
    /// The folder that is sent to the build, relative to this file. Default `.`.
    pub context: Option<Spanned<String>>,
    /// The stage of the Dockerfile that is built.
    pub target: Option<Spanned<String>>,
    /// Arguments of the build.
    pub args: Option<IndexMap<String, Spanned<String>>>,
    /// What runs, in place of the image's `CMD`.
    pub command: Option<Vec<Spanned<String>>>,
    /// In place of the image's `ENTRYPOINT`.
    pub entrypoint: Option<Vec<Spanned<String>>>,
    /// In place of the image's `WORKDIR`.
    pub workdir: Option<Spanned<String>>,
}

shorthand!(Image, "the address of an image, or a mapping with `uri` or `file`", |text| {
    (!text.is_empty()).then(|| Image { uri: Some(text.to_owned().into()), ..Image::default() })
});

/// A file system (EFS) that a function sees; the function needs `vpc`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mount {
    /// The ARN of an access point.
    pub efs: Spanned<String>,
    /// Where it is seen: a path that begins with `/mnt/`.
    pub path: Spanned<String>,
    /// Whether the function may only read. Default false.
    pub read_only: Option<Spanned<bool>>,
}

/// Alarms of a function. The word `standard` stands for all with their defaults, `none` for none.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "FunctionAlarms", extend("x-text-words" = ["standard", "none"]), transform = or_text)]
pub struct FunctionAlarms {
    /// The topics, by name or ARN, that hear of them.
    pub notify: Option<Spanned<OneOrMany<String>>>,
    /// How many errors in a minute, three times in five minutes, are too many. Default 0.
    pub errors: Option<Spanned<u64>>,
    /// How many calls that were turned away in a minute, three times in five minutes, are too many. Default 0.
    pub throttles: Option<Spanned<u64>>,
    /// The share of the timeout that the slowest hundredth of the calls may take. Default 80%.
    pub slow: Option<Spanned<Percent>>,
    /// Set where `alarms: none` is written.
    #[serde(skip)]
    #[schemars(skip)]
    pub is_off: bool,
}

shorthand!(FunctionAlarms, "`standard`, `none`, or a mapping", |text| match text {
    "standard" => Some(FunctionAlarms::default()),
    "none" => Some(FunctionAlarms { is_off: true, ..FunctionAlarms::default() }),
    _ => None,
});

/// An object in S3.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct S3Place {
    /// The bucket.
    pub bucket: Spanned<String>,
    /// The key of the object.
    pub key: Spanned<String>,
    /// The version of the object. Default: the latest.
    pub version: Option<Spanned<String>>,
}

/// A processor architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Arch {
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86,
    /// Graviton.
    #[serde(rename = "arm64")]
    Arm,
}

impl Arch {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Arch::X86 => "x86_64",
            Arch::Arm => "arm64",
        }
    }
}

/// How many copies of a function may run. A number stands for `reserved`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Concurrency", transform = or_integer)]
pub struct Concurrency {
    /// So many copies at once are kept free for it, and it never has more. 0 stops it.
    pub reserved: Option<Spanned<u64>>,
    /// So many copies are kept warm; the function is then published under the alias `live`.
    #[schemars(range(min = 1))]
    pub provisioned: Option<Spanned<u64>>,
}

shorthand!(Concurrency, "a whole number, or a mapping with `reserved` and `provisioned`", |text| {
    text.parse().ok().map(|n: u64| Concurrency { reserved: Some(n.into()), provisioned: None })
});

/// What happens to asynchronous calls that fail, and to their results.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retry {
    /// Tries after the first, 0 to 2. Default 2.
    #[schemars(range(max = 2))]
    pub attempts: Option<Spanned<u64>>,
    /// How old a call may become before it is given up, 60s to 6h. Default 6h.
    pub max_age: Option<Spanned<Duration>>,
    /// The queue, topic, bus or function that hears of failures.
    pub on_failure: Option<Spanned<Reference>>,
    /// The queue, topic, bus or function that hears of successes.
    pub on_success: Option<Spanned<Reference>>,
}

/// How code is built. A method's name stands for `method`, any other text for `command`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Build", transform = or_text)]
pub struct Build {
    /// A command for the shell. It runs in a copy of the folder; what it puts into `$ARTIFACTS_DIR` is packed, and
    /// where that stays empty, the copy.
    pub command: Option<Spanned<String>>,
    /// The tools that build it, in place of a command. Default: those of the runtime where the folder declares
    /// packages that do not lie in it, else `none`.
    pub method: Option<Spanned<BuildMethod>>,
    /// With `esbuild`: whether the bundle is made small. Default true.
    pub minify: Option<Spanned<bool>>,
    /// With `esbuild`: what the bundle is written for, such as `es2022`. Default: what the runtime understands.
    /// With `rust`: which program of the package it is.
    pub target: Option<Spanned<String>>,
    /// With `esbuild`: packages that are not bundled, such as `sharp`.
    pub external: Option<Vec<Spanned<String>>>,
    /// What is left out of the archive, as patterns of `.gitignore`.
    pub exclude: Option<Vec<Spanned<String>>>,
}

shorthand!(Build, "a method, a command, or a mapping with `method`, `command` or `exclude`", |text| {
    let method = BuildMethod::of(text);
    let command = method.is_none().then(|| text.to_owned().into());
    Some(Build { command, method: method.map(Into::into), ..Build::default() })
});

/// The tools that build code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BuildMethod {
    /// Packages of `requirements.txt`, or of `pyproject.toml` with its lock file, by uv or pip.
    Python,
    /// Packages of `package.json`, by npm, pnpm or yarn as the lock file says.
    Node,
    /// One bundle for each handler, TypeScript as well.
    Esbuild,
    /// A program called `bootstrap`, by cargo-lambda or Cargo.
    Rust,
    /// A program called `bootstrap`, by `go build`.
    Go,
    /// The target `build-<name>` of a makefile, which fills `$ARTIFACTS_DIR`.
    Makefile,
    /// Nothing: it is packed as it lies.
    None,
}

impl BuildMethod {
    /// All of them, with their names.
    pub const ALL: [(&'static str, BuildMethod); 7] = [
        ("python", BuildMethod::Python),
        ("node", BuildMethod::Node),
        ("esbuild", BuildMethod::Esbuild),
        ("rust", BuildMethod::Rust),
        ("go", BuildMethod::Go),
        ("makefile", BuildMethod::Makefile),
        ("none", BuildMethod::None),
    ];

    /// The method of a name.
    pub fn of(name: &str) -> Option<BuildMethod> {
        BuildMethod::ALL.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        BuildMethod::ALL.iter().find(|(_, method)| *method == self).map_or("none", |(name, _)| name)
    }
}

/// Somebody who may invoke a function. A text stands for `principal`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Caller", transform = or_text)]
pub struct Caller {
    /// A service such as `iot.amazonaws.com`, or an account or role by its ARN or number.
    pub principal: Spanned<String>,
    /// The ARN of the resource that may make the service call.
    pub source: Option<Spanned<String>>,
    /// The account that the resource must be in.
    pub account: Option<Spanned<String>>,
    /// What it may do. Default `lambda:InvokeFunction`.
    pub action: Option<Spanned<String>>,
}

shorthand!(Caller, "a principal, or a mapping with `principal`", |text| {
    Some(Caller { principal: text.to_owned().into(), source: None, account: None, action: None })
});

/// An address on the internet for one function. A word stands for `auth`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "FunctionUrl", extend("x-text-words" = ["iam", "public"]), transform = or_text)]
pub struct FunctionUrl {
    /// Who may call it: `iam` (signed requests only, the default) or `public` (everybody).
    pub auth: Option<Spanned<UrlAuth>>,
    /// Which web pages may call it. Default none.
    pub cors: Option<Cors>,
    /// Whether the answer is streamed. Default false.
    pub stream: Option<Spanned<bool>>,
}

shorthand!(FunctionUrl, "`iam`, `public`, or a mapping", |text| {
    let auth = match text {
        "iam" => Some(UrlAuth::Iam),
        "public" => Some(UrlAuth::Public),
        _ => None,
    };
    auth.map(|auth| FunctionUrl { auth: Some(auth.into()), cors: None, stream: None })
});

/// Who may call the address of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UrlAuth {
    /// Callers with signed requests and permission.
    Iam,
    /// Everybody.
    Public,
}

/// Which web pages may call. `true` means all of them, without credentials.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Cors", transform = or_bool)]
pub struct Cors {
    /// The origins, such as `https://example.com`. Default `*`.
    pub origins: Option<Vec<Spanned<String>>>,
    /// The methods. Default: all.
    pub methods: Option<Vec<Spanned<String>>>,
    /// The request headers. Default: all.
    pub headers: Option<Vec<Spanned<String>>>,
    /// The response headers that pages may read. Default none.
    pub expose: Option<Vec<Spanned<String>>>,
    /// How long a browser may remember the answer, at most 1d.
    pub max_age: Option<Spanned<Duration>>,
    /// Whether cookies and the like may be sent; needs `origins`. Default false.
    pub credentials: Option<Spanned<bool>>,
    /// Set where `cors: false` is written.
    #[serde(skip)]
    #[schemars(skip)]
    pub is_off: bool,
}

shorthand!(Cors, "`true`, `false`, or a mapping", |text| match text {
    "true" => Some(Cors::default()),
    "false" => Some(Cors { is_off: true, ..Cors::default() }),
    _ => None,
});

/// Logs of a function. A duration or `forever` stands for `retention`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Logs", extend("x-text-pattern" = "^([0-9]+[smhd]|forever)$"), transform = or_text)]
pub struct Logs {
    /// How long they are kept: `forever`, or one of the lengths CloudWatch has, such as 1d, 7d, 14d, 30d, 90d or
    /// 365d. Default 30d.
    pub retention: Option<Spanned<Retention>>,
    /// The least level of the function's own lines that is kept; needs the format `json`.
    pub level: Option<Spanned<LogLevel>>,
    /// The least level of Lambda's own lines that is kept: DEBUG, INFO or WARN; needs the format `json`.
    pub system_level: Option<Spanned<LogLevel>>,
    /// The form of the lines. Default `json`.
    pub format: Option<Spanned<LogFormat>>,
    /// The class of the log group. Default `standard`.
    pub class: Option<Spanned<LogClass>>,
    /// The key under `keys`, or the ARN of one, that they are encrypted with. Default: a key of CloudWatch's.
    pub encrypt: Option<Spanned<String>>,
    /// Metrics that are counted from them, by name.
    pub metrics: Option<super::Components<LogMetric>>,
    /// The stream or function that gets a copy of each line.
    pub to: Option<Spanned<Name>>,
    /// The physical name of the log group, such as `/aws/lambda/orders`. Default: CloudFormation names it.
    pub name: Option<Spanned<String>>,
    /// The logical id of the log group, for one that is deployed under it already. Default: made from that of the
    /// function.
    pub id: Option<Spanned<LogicalName>>,
}

shorthand!(Logs, "a duration such as `30d`, `forever`, or a mapping", |text| {
    Retention::parse(text).map(|r| Logs { retention: Some(r.into()), ..Logs::default() })
});

/// A metric that is counted from log lines.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogMetric {
    /// The lines that count: a filter pattern of CloudWatch, such as `{ $.level = "ERROR" }`.
    pub pattern: Spanned<String>,
    /// What a line counts: a number, or a field of it such as `$.total`. Default 1.
    pub value: Option<Spanned<String>>,
    /// The unit, as CloudWatch writes it, such as `Count` or `Milliseconds`.
    pub unit: Option<Spanned<String>>,
    /// The namespace. Default: the name of the application.
    pub namespace: Option<Spanned<String>>,
}

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the words say it")]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl LogLevel {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Trace => "TRACE",
            LogLevel::Debug => "DEBUG",
            LogLevel::Info => "INFO",
            LogLevel::Warn => "WARN",
            LogLevel::Error => "ERROR",
            LogLevel::Fatal => "FATAL",
        }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Plain text.
    Text,
}

/// The class of a log group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogClass {
    /// Everything CloudWatch can do.
    Standard,
    /// Cheaper, with fewer ways to look at it.
    Infrequent,
}

component! {
    /// A layer: files that several functions share. A text stands for its path.
    #[serde(remote = "Self")]
    #[schemars(rename = "Layer", transform = or_text)]
    pub struct Layer {
        /// The folder, relative to this file. Lambda unpacks it to `/opt`: Python looks into `python`,
        /// Node.js into `nodejs/node_modules`.
        pub path: Spanned<String>,
        /// How its content is built before it is packed; a command stands for `command`.
        pub build: Option<Spanned<Build>>,
        /// The runtimes it is for, such as `python3.13`.
        pub runtimes: Option<Vec<Spanned<String>>>,
        /// The processors it is for.
        pub arch: Option<Vec<Spanned<Arch>>>,
        /// Whether earlier versions stay. Default true.
        pub keep: Option<Spanned<bool>>,
        /// The licence of its content: an SPDX identifier or an address.
        pub licence: Option<Spanned<String>>,
        /// Account ids that may use it.
        pub share_with: Option<Vec<Spanned<String>>>,
        /// What it is for, at most 256 characters.
        pub description: Option<Spanned<String>>,
        /// Its physical name. Default: its logical id.
        pub name: Option<Spanned<String>>,
    }
}

shorthand!(Layer, "the path of a folder, or a mapping with `path`", |text| {
    (!text.is_empty()).then(|| Layer {
        path: text.to_owned().into(),
        build: None,
        runtimes: None,
        arch: None,
        keep: None,
        licence: None,
        share_with: None,
        description: None,
        name: None,
        id: None,
        was: None,
        only: None,
        not: None,
        when: None,
        tags: None,
        protect: None,
        note: None,
        compliance: None,
    })
});

component! {
    /// A role of IAM that functions share or that others take on.
    #[schemars(rename = "Role")]
    pub struct Role {
        /// What whoever has it may do.
        pub can: Option<Grants>,
        /// Who may take it on: services such as `lambda.amazonaws.com`, or ARNs. Default Lambda.
        pub trust: Option<Vec<Spanned<String>>>,
        /// ARNs of managed policies.
        pub policies: Option<Vec<Spanned<String>>>,
        /// The ARN of its permissions boundary.
        pub boundary: Option<Spanned<String>>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
    }
}

/// Names of components in a list, each with its place.
pub type Names = Vec<Spanned<Name>>;
