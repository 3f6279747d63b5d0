//! A row of the mapping: the argument of a property, and how the property is written there.

use std::str::FromStr;

use serde::Deserialize;

/// What a property becomes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Row {
    /// The argument, with dots where it is in a block that the property is not in.
    pub(crate) name: String,
    /// How the value is written.
    pub(crate) form: Form,
}

/// How the value of a property is written as an argument. In a row the word stands behind the name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// As it is, or as a block.
    Value,
    /// `json`: as a JSON document.
    Json,
    /// `verbatim`: as JSON text that AWS compares character by character.
    Verbatim,
    /// `camel`: as a document with the words of the service, which begin small.
    Camel,
    /// `tags`: a list of keys with values as a map.
    Tags,
    /// `pairs`: a list of names with values as a map.
    Pairs,
    /// `of:A|B`: one of these words.
    Of(Words),
    /// `all:A|B`: a list of these words.
    All(Words),
    /// `upto:N`: no greater number.
    UpTo(f64),
    /// `within:N`: no longer text, in characters.
    Within(usize),
    /// `arn`: an ARN, or a list of them, though the argument is not called so.
    Arn,
    /// `function`: the name of a function in one of its forms.
    FunctionName,
    /// `is:A|B`: true for the first word and false for the second.
    Is(Words),
    /// `one`: a list of one item as that item.
    One,
    /// `one:X`: the one member of the one map of a list.
    OneMember(String),
    /// `pick:X`: a list of the one member of each map.
    Pick(String),
    /// `date`: a time with its zone.
    Date,
    /// `as:A|B`: nothing where it is one of these words, which the service has anyway, and no place for others.
    As(Words),
    /// `keys`: a list of keys with values, each by the row of `=key` below, with slashes for the dots of the key.
    Keys,
    /// `keyed`: a map as a block for each member, its key in the argument of the row for `*`.
    Keyed,
    /// `key`: the key of such a block.
    Key,
    /// `flat`: no level of its own.
    Flat,
    /// `skip`: said elsewhere.
    Skip,
    /// `part`: a resource of its own, whose arguments are those of the paths below.
    Part,
}

/// Words of an enumeration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// Words with `|` between them.
    pub(crate) fn of(text: &str) -> Words {
        Words(text.split('|').map(str::to_owned).collect())
    }

    /// The words in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a text is one of them.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.iter().any(|word| word == text)
    }
}

impl Form {
    /// The words that a value must be one of, itself or each of its items.
    pub(crate) fn words(&self) -> Option<&Words> {
        match self {
            Form::Of(words) | Form::All(words) => Some(words),
            _ => None,
        }
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Form, String> {
        let no_number = |rest: &str| format!("`{rest}` is no number");
        let (word, rest) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest)));
        Ok(match (word, rest) {
            ("", None) => Form::Value,
            ("json", None) => Form::Json,
            ("verbatim", None) => Form::Verbatim,
            ("camel", None) => Form::Camel,
            ("tags", None) => Form::Tags,
            ("pairs", None) => Form::Pairs,
            ("of", Some(rest)) => Form::Of(Words::of(rest)),
            ("all", Some(rest)) => Form::All(Words::of(rest)),
            ("upto", Some(rest)) => Form::UpTo(rest.parse().map_err(|_| no_number(rest))?),
            ("within", Some(rest)) => Form::Within(rest.parse().map_err(|_| no_number(rest))?),
            ("arn", None) => Form::Arn,
            ("function", None) => Form::FunctionName,
            ("is", Some(rest)) => Form::Is(Words::of(rest)),
            ("one", None) => Form::One,
            ("one", Some(member)) => Form::OneMember(member.to_owned()),
            ("pick", Some(member)) => Form::Pick(member.to_owned()),
            ("date", None) => Form::Date,
            ("as", Some(rest)) => Form::As(Words::of(rest)),
            ("keys", None) => Form::Keys,
            ("keyed", None) => Form::Keyed,
            ("key", None) => Form::Key,
            ("flat", None) => Form::Flat,
            ("skip", None) => Form::Skip,
            ("part", None) => Form::Part,
            _ => return Err(format!("no form `{text}`")),
        })
    }
}

impl TryFrom<String> for Row {
    type Error = String;

    fn try_from(text: String) -> Result<Row, String> {
        let (name, form) = text.split_once(' ').unwrap_or((&text, ""));
        Ok(Row { name: name.to_owned(), form: form.parse()? })
    }
}
