//! SAM's policy templates: statements with holes, under a name.

use crate::lines;

const TABLE: &str = include_str!("../tables/policy_templates.txt");

/// A policy template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyTemplate {
    /// Its name, such as `SQSPollerPolicy`.
    pub name: &'static str,
    /// The parameters in order; every one must be given.
    pub parameters: Vec<&'static str>,
    /// The policy document (without `Version`) as JSON. Parameters stand in it as `Ref`s.
    pub definition: &'static str,
}

/// The template of a name.
pub fn template(name: &str) -> Option<PolicyTemplate> {
    let line = lines::find(TABLE, lines::by_first(name))?;
    let mut fields = line.splitn(3, '\t');
    let (name, parameters, definition) = (fields.next()?, fields.next()?, fields.next()?);
    let parameters = parameters.split(' ').filter(|p| !p.is_empty()).collect();
    Some(PolicyTemplate { name, parameters, definition })
}

/// The names, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.split('\t').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_parameters_and_statements() {
        let found = template("SQSPollerPolicy").unwrap();
        assert_eq!(found.parameters, ["QueueName"]);
        assert!(found.definition.starts_with("{\"Statement\":["));
        assert_eq!(template("NoSuchPolicy"), None);
    }

    #[test]
    fn every_template_is_sound() {
        assert_eq!(names().count(), 81);
        for name in names() {
            let found = template(name).unwrap();
            let json: serde_json::Value = serde_json::from_str(found.definition).unwrap();
            assert!(json["Statement"].is_array(), "{name}");
            for parameter in found.parameters {
                assert!(
                    found.definition.contains(&format!("{{\"Ref\":\"{parameter}\"}}")),
                    "{name} {parameter}"
                );
            }
        }
    }
}
