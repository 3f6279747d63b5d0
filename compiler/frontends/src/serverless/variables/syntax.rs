//! The text of variables, `${source(parameters):address, fallback}`, to a tree.
//!
//! What is not of that form is no variable and stays as it is: `${AWS::Region}`, `${LogicalId}`,
//! `${lower.case}`. The rules, odd ones among them, are those of osls 3.77.1: a run of `$` before the
//! brace belongs to the variable, an odd number of backslashes before it makes it text.

use std::iter::repeat_n;

/// How deep variables may stand within variables in one text.
const DEPTH: usize = 50;

/// A text with variables in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template {
    /// Texts and variables in their order; texts are not empty and do not follow each other.
    pub(super) parts: Vec<Part>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Stands as it is, escapes carried out.
    Text(String),
    /// To be resolved.
    Variable(Variable),
}

/// One variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    /// Its first byte in the whole text.
    pub(super) start: usize,
    /// One past its closing brace.
    pub(super) end: usize,
    /// Where the value is looked for, in this order; the first one is never a literal.
    pub(super) sources: Vec<Source>,
}

/// A place to look for a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// The value itself.
    Literal(Literal),
    /// `name(parameters):address`.
    Call(Call),
}

/// What a source is asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// Such as `self`.
    pub(super) name: String,
    /// The first byte of the name in the whole text.
    pub(super) start: usize,
    /// What stands in parentheses, if any are written.
    pub(super) params: Option<Vec<Argument>>,
    /// What stands after the colon; none where nothing does.
    pub(super) address: Option<Argument>,
}

/// A parameter or an address.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    /// Written out.
    Literal(Literal),
    /// With variables of its own.
    Template(Template),
}

/// A value that is written out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Anything JavaScript takes for a number.
    Number(f64),
    /// In quotes.
    Text(String),
}

/// What is wrong with the text of a variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    /// The byte in the whole text.
    pub(super) at: usize,
    /// In words that follow "the variable".
    pub(super) what: &'static str,
    /// What to do.
    pub(super) help: &'static str,
}

/// Finds the variables of a text. None where there is nothing in it to resolve or to unescape.
pub(super) fn parse(text: &str) -> Result<Option<Template>, Fault> {
    if !text.contains("${") {
        return Ok(None);
    }
    let mut parser = Parser { text, at: 0, opened: 0, depth: 0 };
    let template = parser.template()?;
    let is_same = matches!(template.parts.as_slice(), [Part::Text(same)] if same == text);
    Ok((!is_same && !template.parts.is_empty()).then_some(template))
}

struct Parser<'t> {
    text: &'t str,
    /// The next byte.
    at: usize,
    /// Where the outermost variable begins.
    opened: usize,
    /// How many variables are open.
    depth: usize,
}

/// What stands after the opening brace.
enum Opened {
    Variable(Variable),
    /// Something else, up to here; the flag says whether its brace is closed.
    Foreign(bool),
}

/// Adds to the text at the end of the parts.
fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, start: usize) -> &str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn blanks(&mut self) {
        self.skip(|b| b == b' ');
    }

    fn skip(&mut self, takes: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&takes) {
            self.at += 1;
        }
    }

    /// Moves past one whole character, if one is left.
    fn character(&mut self) {
        self.at += self.text.get(self.at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
    }

    /// The whole text. `${` of something else may stand around variables.
    fn template(&mut self) -> Result<Template, Fault> {
        let mut parts = Vec::new();
        let mut foreign = 0_usize;
        while let Some(byte) = self.peek() {
            let start = self.at;
            match byte {
                b'\\' if foreign == 0 => self.backslashes(&mut parts),
                b'$' => {
                    self.skip(|b| b == b'$');
                    if self.peek() != Some(b'{') {
                        // What follows a dollar is not looked at.
                        self.character();
                        push(&mut parts, self.slice(start));
                        continue;
                    }
                    self.at += 1;
                    self.opened = start;
                    match self.open(start, false)? {
                        Opened::Variable(variable) => parts.push(Part::Variable(variable)),
                        Opened::Foreign(is_closed) => {
                            push(&mut parts, self.slice(start));
                            foreign += usize::from(!is_closed);
                        }
                    }
                }
                _ => {
                    foreign -= usize::from(byte == b'}' && foreign > 0);
                    self.character();
                    self.skip(|b| !matches!(b, b'\\' | b'$' | b'}'));
                    push(&mut parts, self.slice(start));
                }
            }
        }
        Ok(Template { parts })
    }

    /// Backslashes count only before `${`: two stand for one, and one over makes it text.
    fn backslashes(&mut self, parts: &mut Vec<Part>) {
        let start = self.at;
        self.skip(|b| b == b'\\');
        let count = self.at - start;
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with("${") {
            push(parts, &repeat_n('\\', count / 2).collect::<String>());
            if count % 2 == 1 {
                push(parts, "${");
                self.at += 2;
            }
            return;
        }
        // The one that is escaped does not begin a run of dollars.
        if count % 2 == 1 && rest.starts_with('$') {
            self.at += 1;
        }
        push(parts, self.slice(start));
    }

    /// After `${`, whose first dollar is at `start`. Within another variable only a variable may stand.
    fn open(&mut self, start: usize, is_nested: bool) -> Result<Opened, Fault> {
        let name = self.at;
        if self.peek().is_some_and(|b| b.is_ascii_lowercase()) {
            self.skip(is_word);
        }
        let named = self.at > name;
        match self.peek() {
            Some(b':') if named => {
                self.at += 1;
                self.blanks();
                if self.peek() == Some(b':') && !is_nested {
                    self.at += 1;
                    return Ok(Opened::Foreign(false));
                }
                let call = self.address(name, self.text.get(name..).unwrap_or_default(), None)?;
                self.rest(start, call)
            }
            Some(b'(') if named => {
                let call = self.call_with_params(name)?;
                self.rest(start, call)
            }
            None if is_nested => Err(self.unterminated()),
            _ if is_nested => Err(Fault {
                at: name,
                what: "has something in it that is no variable",
                help: "inside a variable only another one may stand: ${source:address}",
            }),
            Some(b'}') => {
                self.at += 1;
                Ok(Opened::Foreign(true))
            }
            // A dollar may begin a variable in there.
            Some(b'$') | None => Ok(Opened::Foreign(false)),
            Some(_) => {
                self.character();
                Ok(Opened::Foreign(false))
            }
        }
    }

    /// Everything after the first source.
    fn rest(&mut self, start: usize, first: Call) -> Result<Opened, Fault> {
        let mut sources = vec![Source::Call(first)];
        loop {
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Opened::Variable(Variable { start, end: self.at, sources }));
                }
                Some(b',') => {
                    self.at += 1;
                    let source = self.next_source()?;
                    let is_last = matches!(source, Source::Literal(_));
                    sources.push(source);
                    if is_last && self.peek() != Some(b'}') {
                        return Err(match self.peek() {
                            None => self.unterminated(),
                            Some(_) => Fault {
                                at: self.at,
                                what: "goes on after a value that is written out",
                                help: "a literal is the last fallback: nothing can come after it",
                            },
                        });
                    }
                }
                _ => return Err(self.unterminated()),
            }
        }
    }

    /// A fallback: a literal or a further source.
    fn next_source(&mut self) -> Result<Source, Fault> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                let text = self.string(quote)?;
                self.blanks();
                Ok(Source::Literal(Literal::Text(text)))
            }
            Some(byte) if is_word(byte) => {
                self.skip(|b| is_word(b) || b == b' ');
                let word = self.slice(start).to_owned();
                match self.peek() {
                    Some(b':' | b'(') if !is_name(&word) => Err(Fault {
                        at: start,
                        what: "has a fallback whose source is no name",
                        help: "a source is a word such as self, opt, env, file or param",
                    }),
                    Some(b':') => {
                        self.at += 1;
                        Ok(Source::Call(self.address(start, &word, None)?))
                    }
                    Some(b'(') => Ok(Source::Call(self.call_with_params(start)?)),
                    Some(b'}') => literal(word.trim()).map(Source::Literal).ok_or(Fault {
                        at: start,
                        what: "has a fallback that is neither a source nor a value",
                        help: "put a text in quotes: ${opt:name, 'text'}; numbers, true, false and null need none",
                    }),
                    None => Err(self.unterminated()),
                    Some(_) => Err(NO_SOURCE.at(start)),
                }
            }
            None => Err(self.unterminated()),
            Some(_) => Err(NO_SOURCE.at(start)),
        }
    }

    /// From the opening parenthesis on.
    fn call_with_params(&mut self, name: usize) -> Result<Call, Fault> {
        let word = self.slice(name).to_owned();
        self.at += 1;
        let mut params = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(b')') => break,
                Some(b',') => params.push(Argument::Literal(Literal::Null)),
                Some(b'}') => return Err(NO_PARAM.at(self.at)),
                Some(quote @ (b'"' | b'\'')) => {
                    let start = self.at;
                    params.push(Argument::Literal(Literal::Text(self.string(quote)?)));
                    self.blanks();
                    if !matches!(self.peek(), Some(b',' | b')')) {
                        return Err(if self.peek().is_none() {
                            self.unterminated()
                        } else {
                            NO_PARAM.at(start)
                        });
                    }
                }
                Some(_) => params.push(match self.argument(b')', Some(b'}'))? {
                    Argument::Literal(Literal::Text(text)) => {
                        Argument::Literal(literal(&text).unwrap_or(Literal::Text(text)))
                    }
                    other => other,
                }),
                None => return Err(self.unterminated()),
            }
            if self.peek() == Some(b')') {
                break;
            }
            self.at += 1;
        }
        self.at += 1;
        self.blanks();
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                self.blanks();
                if self.peek() == Some(b':') {
                    return Err(Fault {
                        at: self.at,
                        what: "has an address that begins with a colon",
                        help: "one colon stands between a source and its address",
                    });
                }
                self.address(name, &word, Some(params))
            }
            Some(b'}' | b',') => Ok(Call { name: word, start: name, params: Some(params), address: None }),
            None => Err(self.unterminated()),
            Some(_) => Err(Fault {
                at: self.at,
                what: "goes on after the parentheses of its source",
                help: "a colon and the address follow, or the closing brace: ${file(path):a.b}",
            }),
        }
    }

    /// What stands after the colon; `word` begins with the name of the source.
    fn address(&mut self, start: usize, word: &str, params: Option<Vec<Argument>>) -> Result<Call, Fault> {
        let end = word.bytes().take_while(|b| is_word(*b)).count();
        let name = word.get(..end).unwrap_or_default().to_owned();
        self.blanks();
        let address = match self.peek() {
            None => return Err(self.unterminated()),
            Some(b'}' | b',') => None,
            Some(b':') => {
                return Err(Fault {
                    at: self.at,
                    what: "has an address that begins with a colon",
                    help: "one colon stands between a source and its address",
                });
            }
            Some(quote @ (b'"' | b'\'')) => {
                let at = self.at;
                let text = self.string(quote)?;
                self.blanks();
                match self.peek() {
                    Some(b'}' | b',') => Some(Argument::Literal(Literal::Text(text))),
                    None => return Err(self.unterminated()),
                    Some(_) => {
                        return Err(Fault {
                            at,
                            what: "goes on after the quoted address",
                            help: "put the whole address in the quotes, or take them away",
                        });
                    }
                }
            }
            Some(_) => Some(self.argument(b'}', None)?),
        };
        // An empty text is no address.
        let is_empty = matches!(&address, Some(Argument::Literal(Literal::Text(text))) if text.is_empty());
        Ok(Call { name, start, params, address: address.filter(|_| !is_empty) })
    }

    /// A parameter or address up to a comma or `end`, without the blanks around it.
    fn argument(&mut self, end: u8, forbidden: Option<u8>) -> Result<Argument, Fault> {
        let mut parts = Vec::new();
        let begin = self.at;
        loop {
            let start = self.at;
            match self.peek() {
                None => return Err(self.unterminated()),
                Some(byte) if byte == b',' || byte == end => break,
                Some(byte) if Some(byte) == forbidden => return Err(NO_PARAM.at(begin)),
                Some(b'$') => {
                    self.skip(|b| b == b'$');
                    if self.peek() == Some(b'{') {
                        self.at += 1;
                        parts.push(Part::Variable(self.nested(start)?));
                    } else {
                        self.character();
                        push(&mut parts, self.slice(start));
                    }
                }
                Some(_) => {
                    self.character();
                    push(&mut parts, self.slice(start));
                }
            }
        }
        if let Some(Part::Text(first)) = parts.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(Part::Text(last)) = parts.last_mut() {
            *last = last.trim_end().to_owned();
        }
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(match parts.as_mut_slice() {
            [] => Argument::Literal(Literal::Text(String::new())),
            [Part::Text(text)] => Argument::Literal(Literal::Text(std::mem::take(text))),
            _ => Argument::Template(Template { parts }),
        })
    }

    fn nested(&mut self, start: usize) -> Result<Variable, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault {
                at: start,
                what: "holds variables within variables more than 50 levels deep",
                help: "give parts of it names under `custom`",
            });
        }
        let opened = self.open(start, true)?;
        self.depth -= 1;
        match opened {
            Opened::Variable(variable) => Ok(variable),
            Opened::Foreign(_) => Err(self.unterminated()),
        }
    }

    /// A quoted text, the quotes included.
    fn string(&mut self, quote: u8) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.unterminated()),
                Some(b'\\') if quote == b'"' => {
                    self.at += 1;
                    if self.peek().is_some() {
                        self.character();
                    }
                }
                Some(byte) => {
                    self.at += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        let written = self.slice(start);
        if quote == b'\'' {
            return Ok(written.get(1..written.len() - 1).unwrap_or_default().to_owned());
        }
        serde_json::from_str(written).map_err(|_| Fault {
            at: start,
            what: "holds a text in double quotes that JSON does not take",
            help: "take single quotes, in which no character means anything else",
        })
    }

    fn unterminated(&self) -> Fault {
        Fault {
            at: self.opened,
            what: "has no closing brace",
            help: "close each ${ with a }, and each quote and parenthesis in it",
        }
    }
}

/// A fault whose place is not known yet.
struct Words {
    what: &'static str,
    help: &'static str,
}

impl Words {
    fn at(&self, at: usize) -> Fault {
        Fault { at, what: self.what, help: self.help }
    }
}

const NO_SOURCE: Words = Words {
    what: "has a fallback that is no source",
    help: "after a comma stands a source (`env:NAME`), a text in quotes, a number, true, false or null",
};

const NO_PARAM: Words = Words {
    what: "has parentheses that are not closed",
    help: "parameters are divided by commas and end with a parenthesis: ${file(path):a.b}",
};

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The value of a word; none where it is one only in quotes.
fn literal(word: &str) -> Option<Literal> {
    match word {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        "null" => Some(Literal::Null),
        _ => super::numbers::parse(word).map(Literal::Number),
    }
}
