//! `deploy` of functions: how a new version takes over.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{OneOrMany, or_text, shorthand};
use super::function::Names;
use super::scalars::{Duration, Name, Percent};

/// How a new version of a function takes over. A text stands for `strategy`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Deploy", extend("x-text-pattern" = "^(all-at-once|blue-green|(canary|linear) +[0-9]{1,2}% +[0-9]+[mhd])$"), transform = or_text)]
pub struct Deploy {
    /// `all-at-once`, `canary 10% 5m` (so much at once, the rest after so long), `linear 10% 1m` (so much
    /// more every so often), or `blue-green` (all at once after the function `before` has said yes).
    pub strategy: Spanned<Strategy>,
    /// The alias that callers use. Default `live`.
    pub alias: Option<Spanned<String>>,
    /// The function that tries the new version before anyone else does.
    pub before: Option<Spanned<Name>>,
    /// The function that checks after the new version has taken over.
    pub after: Option<Spanned<Name>>,
    /// Alarms that bring the old version back when they ring.
    pub alarms: Option<Names>,
    /// The ARN of a role that CodeDeploy takes on. Default: one with what it needs.
    pub role: Option<Spanned<String>>,
    /// The topics, by name or ARN, that hear of deployments that fail.
    pub notify: Option<Spanned<OneOrMany<String>>>,
}

shorthand!(
    Deploy,
    "`all-at-once`, `blue-green`, a text such as `canary 10% 5m` or `linear 10% 1m`, or a mapping",
    |text| {
        Strategy::parse(text).map(|strategy| Deploy {
            strategy: strategy.into(),
            alias: None,
            before: None,
            after: None,
            alarms: None,
            role: None,
            notify: None,
        })
    }
);

/// The steps in which a new version takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// At once.
    AllAtOnce,
    /// At once, after a function has said yes.
    BlueGreen,
    /// A share at once, and the rest later.
    Canary(Percent, Duration),
    /// A share again and again.
    Linear(Percent, Duration),
}

impl Strategy {
    /// Reads `canary 10% 5m` and the like. Shares are 1% to 99%, times whole minutes up to two days.
    pub fn parse(text: &str) -> Option<Strategy> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let steps = |share: &str, time: &str| {
            let share = Percent::parse(share).filter(|s| (1..=99).contains(&s.value()))?;
            let time = Duration::parse(time)?;
            let fits = time.seconds() > 0 && time.seconds().is_multiple_of(60) && time.seconds() <= 172_800;
            fits.then_some((share, time))
        };
        match words.as_slice() {
            ["all-at-once"] => Some(Strategy::AllAtOnce),
            ["blue-green"] => Some(Strategy::BlueGreen),
            ["canary", share, time] => steps(share, time).map(|(s, t)| Strategy::Canary(s, t)),
            ["linear", share, time] => steps(share, time).map(|(s, t)| Strategy::Linear(s, t)),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Strategy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl serde::de::Visitor<'_> for Visit {
            type Value = Strategy;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "`all-at-once`, `blue-green`, or a text such as `canary 10% 5m` or `linear 10% 1m`",
                )
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Strategy, E> {
                Strategy::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

impl JsonSchema for Strategy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Strategy".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(all-at-once|blue-green|(canary|linear) +[0-9]{1,2}% +[0-9]+[mhd])$",
            "examples": ["all-at-once", "canary 10% 5m", "linear 10% 1m", "blue-green"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_are_read() {
        assert_eq!(Strategy::parse("all-at-once"), Some(Strategy::AllAtOnce));
        assert!(matches!(Strategy::parse("canary 10% 5m"), Some(Strategy::Canary(..))));
        assert!(matches!(Strategy::parse("linear 25% 2h"), Some(Strategy::Linear(..))));
        for wrong in
            ["canary", "canary 10 5m", "canary 0% 5m", "canary 100% 5m", "linear 10% 30s", "linear 10% 3d"]
        {
            assert_eq!(Strategy::parse(wrong), None, "{wrong}");
        }
    }
}
