//! Lambda's limits on the size of code, and sizes in words.

/// What a function and its layers may hold together, unzipped. Source: "Lambda quotas", AWS Lambda
/// Developer Guide: 250 MB, where a megabyte is 1,048,576 bytes as the service's own message has it
/// (262,144,000 bytes).
pub const MAX_UNZIPPED_BYTES: u64 = 262_144_000;

/// From here on a function is worth a warning: nine tenths of [`MAX_UNZIPPED_BYTES`].
pub const WARN_UNZIPPED_BYTES: u64 = MAX_UNZIPPED_BYTES / 10 * 9;

/// A size as people say it: "812 bytes", "1.2 MB". A megabyte is 1,048,576 bytes, as in the limit.
/// Rounded up, so that what is just over a limit does not read as if it were at it.
pub(crate) fn in_words(bytes: u64) -> String {
    const MEGABYTE: f64 = 1_048_576.0;
    match bytes {
        0..=1023 => format!("{bytes} bytes"),
        1024..=1_048_575 => format!("{:.1} kB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MB", (bytes as f64 / MEGABYTE * 10.0).ceil() / 10.0),
    }
}
