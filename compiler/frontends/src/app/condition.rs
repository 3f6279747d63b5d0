//! Conditions of workflows: `$.total > 100 and not $.late` as the choice rules of Amazon States.

use samc_ir::{Expr, Map};

/// Reads a condition. The error says what was expected, and where: an offset in bytes.
pub(super) fn parse(text: &str) -> Result<Map, (usize, &'static str)> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let rule = reader.any()?;
    reader.blanks();
    match reader.at < text.len() {
        true => Err((reader.at, "`and`, `or` or the end")),
        false => Ok(rule),
    }
}

/// How deep conditions may nest.
const DEPTH: usize = 32;

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

/// A value that is compared with.
enum Literal {
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Path(String),
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes a word that stands alone.
    fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let Some(rest) = self.rest().strip_prefix(word) else { return false };
        let ends = rest.chars().next().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        if ends {
            self.at += word.len();
        }
        ends
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn any(&mut self) -> Result<Map, (usize, &'static str)> {
        let mut rules = vec![self.all()?];
        while self.word("or") {
            rules.push(self.all()?);
        }
        Ok(combined("Or", rules))
    }

    fn all(&mut self) -> Result<Map, (usize, &'static str)> {
        let mut rules = vec![self.one()?];
        while self.word("and") {
            rules.push(self.one()?);
        }
        Ok(combined("And", rules))
    }

    fn one(&mut self) -> Result<Map, (usize, &'static str)> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err((self.at, "a condition that nests less deeply"));
        }
        let rule = if self.word("not") {
            Map::from([("Not", Expr::from(self.one()?))])
        } else if self.word("exists") {
            let path = self.path()?;
            Map::from([("Variable", Expr::from(path)), ("IsPresent", Expr::from(true))])
        } else if self.symbol("(") {
            let inner = self.any()?;
            if !self.symbol(")") {
                return Err((self.at, "`)`"));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(rule)
    }

    fn path(&mut self) -> Result<String, (usize, &'static str)> {
        self.blanks();
        let rest = self.rest();
        let length = rest.find(|c: char| c.is_whitespace() || "()=!<>".contains(c)).unwrap_or(rest.len());
        let path = &rest[..length];
        if !path.starts_with('$') {
            return Err((self.at, "a path such as `$.total`"));
        }
        self.at += length;
        Ok(path.to_owned())
    }

    fn comparison(&mut self) -> Result<Map, (usize, &'static str)> {
        let path = self.path()?;
        self.blanks();
        let operators = [
            ("==", "Equals"),
            ("!=", "!"),
            (">=", "GreaterThanEquals"),
            ("<=", "LessThanEquals"),
            (">", "GreaterThan"),
            ("<", "LessThan"),
        ];
        let Some((_, operator)) = operators.into_iter().find(|(symbol, _)| self.symbol(symbol)) else {
            // A path alone is a truth value.
            let rule = [("Variable", Expr::from(path)), ("BooleanEquals", Expr::from(true))];
            return Ok(Map::from(rule));
        };
        let at = self.at;
        let literal = self.literal()?;
        let is_negated = operator == "!";
        let operator = if is_negated { "Equals" } else { operator };
        let (kind, value) = match literal {
            Literal::Text(text) => ("String", Expr::from(text)),
            Literal::Number(number) => ("Numeric", super::api::number(number, None)),
            Literal::Bool(value) if operator == "Equals" => ("Boolean", Expr::from(value)),
            Literal::Null if operator == "Equals" => {
                let rule = [("Variable", Expr::from(path)), ("IsNull", Expr::from(!is_negated))];
                return Ok(Map::from(rule));
            }
            Literal::Path(other) => {
                let rule = [("Variable", Expr::from(path)), (other_path(operator), Expr::from(other))];
                return Ok(negated(Map::from(rule), is_negated));
            }
            Literal::Bool(_) | Literal::Null => return Err((at, "a number or a text to compare with")),
        };
        let mut rule = Map::from([("Variable", Expr::from(path))]);
        rule.insert(format!("{kind}{operator}"), value);
        Ok(negated(rule, is_negated))
    }

    fn literal(&mut self) -> Result<Literal, (usize, &'static str)> {
        self.blanks();
        let start = self.at;
        if let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let inner = &self.rest()[1..];
            let Some(end) = inner.find(quote) else { return Err((start, "a text with an end")) };
            self.at += end + 2;
            return Ok(Literal::Text(inner[..end].to_owned()));
        }
        if self.rest().starts_with('$') {
            return self.path().map(Literal::Path);
        }
        for (word, literal) in
            [("true", Literal::Bool(true)), ("false", Literal::Bool(false)), ("null", Literal::Null)]
        {
            if self.word(word) {
                return Ok(literal);
            }
        }
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
        match rest[..length].parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.at += length;
                Ok(Literal::Number(number))
            }
            _ => Err((start, "a number, a text in quotes, `true`, `false` or `null`")),
        }
    }
}

/// The operator that compares texts of two paths. Numbers of two paths compare the same way.
fn other_path(operator: &str) -> &'static str {
    match operator {
        "GreaterThan" => "NumericGreaterThanPath",
        "GreaterThanEquals" => "NumericGreaterThanEqualsPath",
        "LessThan" => "NumericLessThanPath",
        "LessThanEquals" => "NumericLessThanEqualsPath",
        _ => "StringEqualsPath",
    }
}

fn negated(rule: Map, is_negated: bool) -> Map {
    if is_negated { Map::from([("Not", Expr::from(rule))]) } else { rule }
}

fn combined(key: &str, mut rules: Vec<Map>) -> Map {
    match rules.len() {
        1 => rules.pop().unwrap_or_default(),
        _ => Map::from([(key, rules.into_iter().map(Expr::from).collect::<Vec<_>>())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut out = String::new();
        let style = samc_ir::JsonStyle {
            indent: None,
            item_separator: ",",
            key_separator: ":",
            sort_keys: false,
            ascii: false,
        };
        match parse(text) {
            Ok(rule) => samc_ir::write_json(&mut out, &rule.into(), style),
            Err((at, wanted)) => out = format!("{at}: {wanted}"),
        }
        out
    }

    #[test]
    fn comparisons_become_rules() {
        assert_eq!(shown("$.total > 100"), r#"{"Variable":"$.total","NumericGreaterThan":100}"#);
        assert_eq!(shown("$.a == 'x'"), r#"{"Variable":"$.a","StringEquals":"x"}"#);
        assert_eq!(shown("$.a != 1.5"), r#"{"Not":{"Variable":"$.a","NumericEquals":1.5}}"#);
        assert_eq!(shown("$.ok"), r#"{"Variable":"$.ok","BooleanEquals":true}"#);
        assert_eq!(shown("$.a == null"), r#"{"Variable":"$.a","IsNull":true}"#);
        assert_eq!(shown("exists $.a"), r#"{"Variable":"$.a","IsPresent":true}"#);
        assert_eq!(shown("$.a >= $.b"), r#"{"Variable":"$.a","NumericGreaterThanEqualsPath":"$.b"}"#);
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert_eq!(
            shown("$.a or $.b and not $.c"),
            concat!(
                r#"{"Or":[{"Variable":"$.a","BooleanEquals":true},{"And":[{"Variable":"$.b","BooleanEquals":true},"#,
                r#"{"Not":{"Variable":"$.c","BooleanEquals":true}}]}]}"#
            )
        );
        assert_eq!(shown("($.a)"), shown("$.a"));
    }

    #[test]
    fn faults_say_where() {
        assert_eq!(shown("total > 1"), "0: a path such as `$.total`");
        assert_eq!(shown("$.a > "), "6: a number, a text in quotes, `true`, `false` or `null`");
        assert_eq!(shown("$.a > 1 $.b"), "8: `and`, `or` or the end");
        assert_eq!(shown("($.a"), "4: `)`");
        assert_eq!(shown("$.a > true"), "5: a number or a text to compare with");
        assert!(shown(&"(".repeat(1000)).contains("nests less deeply"));
        assert_eq!(shown("$.ü == 'ä'"), r#"{"Variable":"$.ü","StringEquals":"ä"}"#);
    }
}
