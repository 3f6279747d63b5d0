//! From the text of a regular expression to its parts.

use super::{Branches, Item, Member, Set};

/// Reads an expression; none for what is malformed or not known here.
pub(super) fn parse(text: &str) -> Option<Branches> {
    let mut parser = Parser { rest: text.chars().collect(), at: 0, depth: 0 };
    let branches = parser.branches(Flags::default())?;
    (parser.at == parser.rest.len()).then_some(branches)
}

#[derive(Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    dot_takes_breaks: bool,
}

struct Parser {
    rest: Vec<char>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let fits = text.chars().enumerate().all(|(i, c)| self.rest.get(self.at + i) == Some(&c));
        if fits {
            self.at += text.chars().count();
        }
        fits
    }

    fn branches(&mut self, mut flags: Flags) -> Option<Branches> {
        self.depth += 1;
        if self.depth > 50 {
            return None;
        }
        let mut branches = vec![Vec::new()];
        while let Some(c) = self.peek() {
            match c {
                ')' => break,
                '|' => {
                    self.at += 1;
                    branches.push(Vec::new());
                }
                _ => {
                    if let Some(item) = self.item(&mut flags)? {
                        branches.last_mut()?.push(item);
                    }
                }
            }
        }
        self.depth -= 1;
        Some(branches)
    }

    /// One item with its repetition; nothing where flags were set.
    fn item(&mut self, flags: &mut Flags) -> Option<Option<Item>> {
        let item = match self.next()? {
            '^' => Item::Start,
            '$' => Item::End,
            '.' => {
                let none = Set { negative: true, ..Set::default() };
                let no_break = Set { members: vec![Member::Range('\n', '\n')], ..none.clone() };
                Item::One(if flags.dot_takes_breaks { none } else { no_break })
            }
            '[' => Item::One(self.set(*flags)?),
            '(' => {
                if !self.rest[self.at..].starts_with(&['?']) {
                    return self.group(*flags, |b| Some(Item::Group(b)));
                }
                self.at += 1;
                for (mark, behind, negative) in
                    [("=", false, false), ("!", false, true), ("<=", true, false), ("<!", true, true)]
                {
                    if self.eat(mark) {
                        return self
                            .group(*flags, |branches| Some(Item::Look { behind, negative, branches }));
                    }
                }
                while let Some(c) = self.peek().filter(|c| matches!(c, 'i' | 's')) {
                    self.at += 1;
                    match c {
                        'i' => flags.ignore_case = true,
                        _ => flags.dot_takes_breaks = true,
                    }
                }
                if self.eat(")") {
                    return Some(None);
                }
                if !self.eat(":") {
                    return None;
                }
                return self.group(*flags, |b| Some(Item::Group(b)));
            }
            '\\' => match self.peek()? {
                'b' | 'B' => Item::Boundary(self.next()? == 'b'),
                'A' => {
                    self.at += 1;
                    Item::Start
                }
                'Z' | 'z' => {
                    self.at += 1;
                    Item::End
                }
                _ => Item::One(one(self.escape()?, *flags)),
            },
            '*' | '+' | '?' => return None,
            c => Item::One(one(Member::Range(c, c), *flags)),
        };
        self.repeated(item).map(Some)
    }

    fn group(&mut self, flags: Flags, make: impl FnOnce(Branches) -> Option<Item>) -> Option<Option<Item>> {
        let branches = self.branches(flags)?;
        if !self.eat(")") {
            return None;
        }
        let item = make(branches)?;
        self.repeated(item).map(Some)
    }

    fn repeated(&mut self, item: Item) -> Option<Item> {
        let (least, most) = match self.peek() {
            Some('*') => (0, u32::MAX),
            Some('+') => (1, u32::MAX),
            Some('?') => (0, 1),
            Some('{') => match self.counts() {
                Some(counts) => counts,
                // Braces that are not counts stand for themselves; the caller reads them next.
                None => return Some(item),
            },
            _ => return Some(item),
        };
        // The sign, or the brace that closes the counts.
        self.at += 1;
        // Eager or not, the same texts fit; what is possessive is taken as eager.
        if matches!(self.peek(), Some('?' | '+')) {
            self.at += 1;
        }
        (least <= most).then(|| Item::Repeat { item: Box::new(item), least, most })
    }

    /// `{2}`, `{2,}`, `{2,5}`: reads up to the closing brace, which is left.
    fn counts(&mut self) -> Option<(u32, u32)> {
        let close = self.at + self.rest[self.at..].iter().position(|c| *c == '}')?;
        let text: String = self.rest[self.at + 1..close].iter().collect();
        let counts = match text.split_once(',') {
            None => text.parse().ok().map(|n| (n, n)),
            Some((least, "")) => least.parse().ok().map(|n| (n, u32::MAX)),
            Some((least, most)) => least.parse().ok().zip(most.trim().parse().ok()),
        }?;
        self.at = close;
        Some(counts)
    }

    /// A set, after its opening bracket.
    fn set(&mut self, flags: Flags) -> Option<Set> {
        let negative = self.eat("^");
        let mut set = Set { negative, ignore_case: flags.ignore_case, members: Vec::new() };
        let mut first = true;
        loop {
            let c = self.next()?;
            let from = match c {
                ']' if !first => return Some(set),
                '[' if self.peek() == Some(':') => return None,
                '&' if self.peek() == Some('&') => return None,
                '\\' => self.escape()?,
                c => Member::Range(c, c),
            };
            first = false;
            // A range, unless the hyphen is last, or either side is a class: then it is a hyphen.
            let hyphen = self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|c| *c != ']');
            match from {
                Member::Range(low, _) if hyphen => {
                    let before = self.at;
                    self.at += 1;
                    let to = match self.next()? {
                        '\\' => self.escape()?,
                        c => Member::Range(c, c),
                    };
                    match to {
                        Member::Range(high, _) if low <= high => set.members.push(Member::Range(low, high)),
                        Member::Range(..) => return None,
                        Member::Class(..) => {
                            set.members.push(Member::Range(low, low));
                            self.at = before;
                        }
                    }
                }
                member => set.members.push(member),
            }
        }
    }

    /// What stands after a backslash.
    fn escape(&mut self) -> Option<Member> {
        fn digit(c: char) -> bool {
            c.is_ascii_digit()
        }
        fn word(c: char) -> bool {
            c.is_alphanumeric() || c == '_'
        }
        let literal = |c: char| Some(Member::Range(c, c));
        match self.next()? {
            'd' => Some(Member::Class(digit, true)),
            'D' => Some(Member::Class(digit, false)),
            'w' => Some(Member::Class(word, true)),
            'W' => Some(Member::Class(word, false)),
            's' => Some(Member::Class(char::is_whitespace, true)),
            'S' => Some(Member::Class(char::is_whitespace, false)),
            'n' => literal('\n'),
            'r' => literal('\r'),
            't' => literal('\t'),
            'f' => literal('\u{c}'),
            'v' => literal('\u{b}'),
            'x' => self.hex(2),
            'u' => self.hex(4),
            'p' => self.property(true),
            'P' => self.property(false),
            c if c.is_ascii_alphanumeric() => None,
            c => literal(c),
        }
    }

    fn hex(&mut self, digits: usize) -> Option<Member> {
        let read = |parser: &mut Parser| {
            let text: String = parser.rest.get(parser.at..parser.at + digits)?.iter().collect();
            parser.at += digits;
            u32::from_str_radix(&text, 16).ok()
        };
        let mut code = read(self)?;
        // Two halves of a character beyond the first 65,536.
        if (0xd800..0xdc00).contains(&code) && self.eat("\\u") {
            let low = read(self)?;
            code = 0x10000 + ((code - 0xd800) << 10) + low.checked_sub(0xdc00)?;
        }
        let c = match code {
            // Lone halves stand at the ends of ranges around them; the nearest characters do as well.
            0xd800..=0xdbff => '\u{d7ff}',
            0xdc00..=0xdfff => '\u{e000}',
            code => char::from_u32(code)?,
        };
        Some(Member::Range(c, c))
    }

    /// `\p{L}` and its like. The standard library does not know every category: marks, punctuation
    /// and symbols are taken wider than they are.
    fn property(&mut self, wanted: bool) -> Option<Member> {
        fn mark_or_symbol(c: char) -> bool {
            !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control()
        }
        fn mark(c: char) -> bool {
            !c.is_ascii()
        }
        fn nothing(_: char) -> bool {
            false
        }
        fn space(c: char) -> bool {
            c.is_whitespace() && !c.is_control()
        }
        fn format(c: char) -> bool {
            matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        }
        fn print(c: char) -> bool {
            matches!(c, ' '..='~')
        }
        fn graph(c: char) -> bool {
            c.is_ascii_graphic()
        }
        fn ascii(c: char) -> bool {
            c.is_ascii()
        }
        if self.next()? != '{' {
            return None;
        }
        let close = self.at + self.rest[self.at..].iter().position(|c| *c == '}')?;
        let name: String = self.rest[self.at..close].iter().collect();
        self.at = close + 1;
        let class: fn(char) -> bool = match (name.as_str(), wanted) {
            ("L", _) => char::is_alphabetic,
            ("N", _) => char::is_numeric,
            ("Z" | "Zs", _) => space,
            ("P" | "S", true) => mark_or_symbol,
            ("M", true) => mark,
            ("M", false) => nothing,
            ("C" | "Cc", _) => char::is_control,
            ("Cf", _) => format,
            ("Print", _) => print,
            ("Graph", _) => graph,
            ("ASCII", _) => ascii,
            _ => return None,
        };
        Some(Member::Class(class, wanted))
    }
}

/// A set of one member.
fn one(member: Member, flags: Flags) -> Set {
    Set { negative: false, ignore_case: flags.ignore_case, members: vec![member] }
}
