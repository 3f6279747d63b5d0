//! The time of day in the forms that events and logs have.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Milliseconds since 1970.
pub fn epoch_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

fn date(epoch_ms: u64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(epoch_ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Such as `2026-03-01T12:00:00.000Z`.
pub fn iso(epoch_ms: u64) -> String {
    let d = date(epoch_ms);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        d.year(),
        u8::from(d.month()),
        d.day(),
        d.hour(),
        d.minute(),
        d.second(),
        d.millisecond()
    )
}

/// Such as `2026-03-01T12:00:00Z`.
pub fn iso_seconds(epoch_ms: u64) -> String {
    let mut text = iso(epoch_ms);
    text.truncate("2026-03-01T12:00:00".len());
    text + "Z"
}

/// Such as `01/Mar/2026:12:00:00 +0000`, as in the events of API Gateway.
pub fn request_time(epoch_ms: u64) -> String {
    let d = date(epoch_ms);
    format!(
        "{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000",
        d.day(),
        MONTHS[usize::from(u8::from(d.month())) - 1],
        d.year(),
        d.hour(),
        d.minute(),
        d.second()
    )
}

/// The name of the log stream of a process, such as `2026/03/01/[$LATEST]0123…`.
pub fn log_stream(epoch_ms: u64, id: &str) -> String {
    let d = date(epoch_ms);
    format!("{:04}/{:02}/{:02}/[$LATEST]{id}", d.year(), u8::from(d.month()), d.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_their_forms() {
        assert_eq!(iso(1_772_366_400_007), "2026-03-01T12:00:00.007Z");
        assert_eq!(iso_seconds(1_772_366_400_007), "2026-03-01T12:00:00Z");
        assert_eq!(request_time(1_772_366_400_007), "01/Mar/2026:12:00:00 +0000");
        assert_eq!(log_stream(1_772_366_400_007, "ab"), "2026/03/01/[$LATEST]ab");
    }
}
