//! Lambda's limit on the size of code, and sizes in words.

use samc_data::limits;

/// A megabyte, as Lambda counts it: the service's own message has 250 MB as 262144000 bytes.
const MEGABYTE: u64 = 1_048_576;
const GIGABYTE: u64 = 1024 * MEGABYTE;

/// What a function and its layers may hold together, unzipped, in bytes.
pub fn max_unzipped_bytes() -> u64 {
    limits::limit("lambda.code.unzipped.max").map_or(250, |limit| limit.value) * MEGABYTE
}

/// From here on a function is worth a warning: four fifths of [`max_unzipped_bytes`].
pub(crate) fn warn_unzipped_bytes() -> u64 {
    max_unzipped_bytes() / 5 * 4
}

/// What an archive may hold that is uploaded to Lambda itself and not by way of S3, in bytes.
pub(crate) fn max_direct_bytes() -> u64 {
    limits::limit("lambda.code.zipped.direct").map_or(50, |limit| limit.value) * MEGABYTE
}

/// What an image may hold, all layers unpacked, in bytes.
pub(crate) fn max_image_bytes() -> u64 {
    limits::limit("lambda.image.max").map_or(10, |limit| limit.value) * 1024 * MEGABYTE
}

/// A size as people say it: "812 bytes", "1.2 MB". A megabyte is 1,048,576 bytes, as in the limit.
/// Rounded up, so that what is just over a limit does not read as if it were at it.
pub(crate) fn in_words(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} bytes"),
        1024..MEGABYTE => format!("{:.1} kB", bytes as f64 / 1024.0),
        MEGABYTE..GIGABYTE => format!("{:.1} MB", (bytes as f64 / MEGABYTE as f64 * 10.0).ceil() / 10.0),
        _ => format!("{:.1} GB", (bytes as f64 / GIGABYTE as f64 * 10.0).ceil() / 10.0),
    }
}
