//! Resource types of services that AWS has closed, is closing, or no longer develops.

use crate::lines;

const TABLE: &str = include_str!("../tables/lifecycles.txt");
const SOURCE: &str = include_str!("../tables/lifecycles.source.toml");

/// What has become of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is gone.
    Shutdown,
    /// It will be gone.
    Sunset,
    /// It stays as it is, and often takes no new customers.
    Maintenance,
}

/// The fate of a type's service, and the day of it where AWS has named one, as `YYYY-MM-DD`.
pub fn lifecycle(resource_type: &str) -> Option<(State, Option<&'static str>)> {
    let line = lines::find(TABLE, lines::by_first(resource_type))?;
    let mut fields = line.split('\t').skip(1);
    let state = match fields.next()? {
        "shutdown" => State::Shutdown,
        "sunset" => State::Sunset,
        "maintenance" => State::Maintenance,
        _ => return None,
    };
    Some((state, fields.next().filter(|day| !day.is_empty())))
}

/// The day on which the table held, as `YYYY-MM-DD`.
pub fn as_of() -> &'static str {
    lines::as_of(SOURCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_read() {
        for line in TABLE.lines() {
            let name = line.split('\t').next().unwrap_or("");
            let (_, day) = lifecycle(name).expect(line);
            assert!(day.is_none_or(|d| d.len() == 10 && d.starts_with("20")), "{line}");
        }
        assert_eq!(lifecycle("AWS::Lambda::Function"), None);
    }
}
