//! R514, F802, F803, F804 and O607: settings of functions that were left as they are, or that do not go together.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;

use crate::numbers::number_of;
use crate::query::{Known, at_property, items, name, property, text};
use crate::rule::{On, Profile, Rule};

/// Three seconds are gone with one slow answer of another service.
pub(super) static TIMEOUT: Rule = Rule {
    code: Code::new("R514", "timeout-default"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("timeout_default.md"),
    check: |context, diagnostics| {
        let Some(default) = limit("lambda.timeout.default") else { return };
        for (id, function) in context.functions() {
            let written = context.of_function(function, "Timeout");
            if written.is_some_and(|t| !t.is_no_value()) {
                continue;
            }
            let message = format!(
                "{} is stopped after {} s, which nobody wrote down: one slow answer of another service is longer",
                name(id, function),
                default.value
            );
            let found = Diagnostic::new(Severity::Info, TIMEOUT.code, message)
                .help("set Timeout to what its work takes at worst");
            diagnostics.push(at_property(found, id, function, "Timeout", "no Timeout"));
        }
    },
};

/// The share of a processor that a function gets goes with its memory.
pub(super) static MEMORY: Rule = Rule {
    code: Code::new("F802", "memory-default"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("memory_default.md"),
    check: |context, diagnostics| {
        let Some(default) = limit("lambda.memory.default") else { return };
        for (id, function) in context.functions() {
            let written = context.of_function(function, "MemorySize");
            if written.is_some_and(|m| !m.is_no_value()) {
                continue;
            }
            let message = format!(
                "{} has {} MB, which nobody wrote down, and with it a small part of a processor",
                name(id, function),
                default.value
            );
            let found = Diagnostic::new(Severity::Info, MEMORY.code, message).help(
                "measure it with 256 to 1024 MB: more memory often costs no more, since calls are shorter",
            );
            diagnostics.push(at_property(found, id, function, "MemorySize", "no MemorySize"));
        }
    },
};

/// Runtimes that snapshots are made of, from which version on.
/// Source: "Improving startup performance with Lambda SnapStart" in the Lambda Developer Guide.
const SNAPSHOTS: [(&str, u32); 3] = [("dotnet", 8), ("java", 11), ("python", 12)];

/// Lambda refuses it, or does nothing.
pub(super) static SNAPSTART: Rule = Rule {
    code: Code::new("F803", "snapstart"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("snapstart.md"),
    check: |context, diagnostics| {
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            if text(function, "SnapStart.ApplyOn") != Some("PublishedVersions") {
                continue;
            }
            let who = name(id, function);
            let mut push = |message: String, help: &str, path: &str| {
                let found = Diagnostic::warning(SNAPSTART.code, message).help(help);
                diagnostics.push(at_property(found, id, function, path, "not with SnapStart"));
            };
            if let Some(runtime) = text(function, "Runtime").filter(|r| !is_since(r, &SNAPSHOTS)) {
                let message = format!("{who} asks for SnapStart, which {runtime} does not have");
                push(
                    message,
                    "take SnapStart out, or move to Java 11, Python 3.12, .NET 8 or newer",
                    "SnapStart",
                );
            }
            if text(function, "PackageType") == Some("Image") {
                let message = format!("{who} asks for SnapStart, which images do not have");
                push(message, "take SnapStart out, or pack the code as an archive", "SnapStart");
            }
            if matches!(property(function, "FileSystemConfigs"), Known::Is(v) if v.is_truthy()) {
                let message =
                    format!("{who} asks for SnapStart, and mounts a file system, which exclude each other");
                push(message, "take one of the two out", "FileSystemConfigs");
            }
            let least = limit("lambda.ephemeral.min").map_or(512, |l| i128::from(l.value));
            let disk = property(function, "EphemeralStorage.Size").value().and_then(crate::numbers::number);
            if let Some(disk) = disk.filter(|d| d.value > least) {
                let message = format!(
                    "{who} asks for SnapStart, and has {} MB under /tmp; with SnapStart it is {least} MB at most",
                    disk.value
                );
                push(message, "take one of the two out", "EphemeralStorage.Size");
            }
            let published = ["AWS::Lambda::Version", "AWS::Lambda::Alias"].into_iter().any(|kind| {
                context.of_type(kind).any(|(_, version)| {
                    let mut own = version.property("FunctionName").is_none();
                    if let Some(of) = version.property("FunctionName") {
                        own |= of.as_str().is_some();
                        samc_ir::references::each(of, false, &mut |r| own |= r.name == id.as_str());
                    }
                    own
                })
            });
            if !published && !context.open {
                let message = format!(
                    "{who} asks for SnapStart, and no version of it is published: every call is one of $LATEST, \
                     which has no snapshot"
                );
                push(
                    message,
                    "set AutoPublishAlias in SAM, or add an AWS::Lambda::Version, and call that",
                    "SnapStart",
                );
            }
        }
    },
};

/// True where a runtime is of one of these families, in this version or a later one.
fn is_since(runtime: &str, families: &[(&str, u32)]) -> bool {
    families.iter().any(|(family, least)| {
        let Some(version) = runtime.strip_prefix(family) else { return false };
        // Python counts behind the point.
        let version = version.strip_prefix("3.").unwrap_or(version);
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().is_ok_and(|v| v >= *least)
    })
}

/// Families of runtimes that run on arm, from which version on.
/// Source: "Lambda runtimes" in the Lambda Developer Guide, column Architectures.
const ON_ARM: [(&str, u32); 5] = [("dotnet", 6), ("java", 11), ("nodejs", 12), ("python", 8), ("ruby", 2)];

/// The same work for a fifth less, most often.
pub(super) static ARM: Rule = Rule {
    code: Code::new("F804", "arch-arm"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Cost]),
    page: include_str!("arch_arm.md"),
    check: |context, diagnostics| {
        let price = |name: &str| limit(name).map(|l| l.value);
        let (Some(x86), Some(arm)) = (price("lambda.price.x86"), price("lambda.price.arm")) else { return };
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            let own = property(function, "Architectures");
            let is_x86 = match own {
                Known::Absent => true,
                Known::Unknown => false,
                Known::Is(list) => items(Some(list)).any(|a| a.as_str() == Some("x86_64")),
            };
            let runtime = text(function, "Runtime");
            // What has a runtime of its own, or layers of others, may be built for one processor.
            let is_portable = runtime.is_some_and(|r| is_since(r, &ON_ARM) || r == "java8.al2");
            if !is_x86 || !is_portable || !property(function, "Layers").is_absent() {
                continue;
            }
            let Some(runtime) = runtime else { continue };
            let less = x86.saturating_sub(arm) * 100 / x86.max(1);
            let message = format!(
                "{} runs {runtime} on x86_64; a second on arm64 costs {less} % less",
                name(id, function)
            );
            let found = Diagnostic::new(Severity::Info, ARM.code, message).help(
                "set Architectures to [arm64], after a test: packages with native code must be built for it",
            );
            diagnostics.push(at_property(found, id, function, "Architectures", "x86_64"));
        }
    },
};

/// Lines of text cannot be asked for a field.
pub(super) static STRUCTURED: Rule = Rule {
    code: Code::new("O607", "structured-log"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("structured_log.md"),
    check: |context, diagnostics| {
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            let format = property(function, "LoggingConfig.LogFormat");
            let plain = format.is_absent() || format.value().and_then(|f| f.as_str()) == Some("Text");
            if !plain {
                continue;
            }
            let message = format!("{} writes its log as plain text", name(id, function));
            let found = Diagnostic::new(Severity::Info, STRUCTURED.code, message)
                .help("set LogFormat to JSON in LoggingConfig, with a log level");
            diagnostics.push(at_property(found, id, function, "LoggingConfig.LogFormat", "plain text"));
        }
        for (kind, path) in [
            ("AWS::ApiGateway::Stage", "AccessLogSetting.Format"),
            ("AWS::ApiGatewayV2::Stage", "AccessLogSettings.Format"),
        ] {
            for (id, stage) in context.of_type(kind) {
                let Some(format) = property(stage, path).value().and_then(|f| f.as_str()) else { continue };
                let start = format.trim_start();
                if start.starts_with('{') || start.starts_with('<') {
                    continue;
                }
                let message = format!("the access log of the stage {} is plain text", name(id, stage));
                let found = Diagnostic::new(Severity::Info, STRUCTURED.code, message).help(
                    "write the format as a JSON object, such as {\"requestId\": \"$context.requestId\"}",
                );
                diagnostics.push(at_property(found, id, stage, path, "no JSON"));
            }
        }
    },
};

/// The seconds after which a function is stopped, where they are known.
pub(super) fn seconds_of(function: &samc_ir::Resource) -> Option<i128> {
    match function.property("Timeout") {
        None => limit("lambda.timeout.default").map(|l| i128::from(l.value)),
        Some(_) => number_of(function, "Timeout").map(|n| n.value),
    }
}
