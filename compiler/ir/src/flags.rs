//! What the author says of the data in resources: the programmes they fall under, how secret they are and
//! what they are about.

use indexmap::IndexMap;
use samc_base::Span;

/// A programme of compliance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Programme {
    /// Payment cards: PCI DSS.
    Pci,
    /// Health data in the United States.
    Hipaa,
    /// Personal data in the European Union.
    Gdpr,
    /// The trust criteria for service organisations.
    Soc2,
}

impl Programme {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Programme::Pci => "pci",
            Programme::Hipaa => "hipaa",
            Programme::Gdpr => "gdpr",
            Programme::Soc2 => "soc2",
        }
    }
}

/// How secret data are, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Everybody may see them.
    Public,
    /// They stay inside, and would do little harm outside.
    Internal,
    /// They would do harm outside.
    Confidential,
    /// They would do great harm outside.
    Restricted,
}

impl Class {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Public => "public",
            Class::Internal => "internal",
            Class::Confidential => "confidential",
            Class::Restricted => "restricted",
        }
    }
}

/// What data are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Numbers of payment cards.
    Card,
    /// Persons.
    Pii,
    /// Health of persons.
    Phi,
}

impl Subject {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Subject::Card => "card",
            Subject::Pii => "pii",
            Subject::Phi => "phi",
        }
    }
}

/// What is said of the data of one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// The programmes they fall under.
    pub programmes: Vec<Programme>,
    /// How secret they are.
    pub class: Option<Class>,
    /// What they are about.
    pub contains: Vec<Subject>,
    /// Where it is said.
    pub span: Option<Span>,
}

impl Flags {
    /// True where something is said that asks for care: a programme, what they are about, or a class from
    /// `confidential` on.
    pub fn asks_for_care(&self) -> bool {
        !self.programmes.is_empty() || !self.contains.is_empty() || self.class >= Some(Class::Confidential)
    }

    /// True where data fall under a programme, by its name or by what they are about: cards under PCI DSS,
    /// health under HIPAA.
    pub fn falls_under(&self, programme: Programme) -> bool {
        let about = match programme {
            Programme::Pci => Some(Subject::Card),
            Programme::Hipaa => Some(Subject::Phi),
            Programme::Gdpr => Some(Subject::Pii),
            Programme::Soc2 => None,
        };
        self.programmes.contains(&programme) || about.is_some_and(|subject| self.contains.contains(&subject))
    }

    /// The stricter of two; the place is that of the first that has one.
    #[must_use]
    pub fn with(mut self, other: &Flags) -> Flags {
        for programme in &other.programmes {
            if !self.programmes.contains(programme) {
                self.programmes.push(*programme);
            }
        }
        for subject in &other.contains {
            if !self.contains.contains(subject) {
                self.contains.push(*subject);
            }
        }
        self.class = self.class.max(other.class);
        self.span = self.span.or(other.span);
        self
    }

    /// In words, such as `compliance: pci`; empty where nothing asks for care.
    pub fn words(&self) -> String {
        if !self.programmes.is_empty() {
            let words: Vec<&str> = self.programmes.iter().map(|p| p.as_str()).collect();
            return format!("compliance: {}", words.join(", "));
        }
        if !self.contains.is_empty() {
            let words: Vec<&str> = self.contains.iter().map(|s| s.as_str()).collect();
            return format!("contains: {}", words.join(", "));
        }
        self.class.map_or_else(String::new, |class| format!("data: {}", class.as_str()))
    }
}

/// What is said in a whole application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlagTable {
    /// What holds for every resource.
    pub all: Flags,
    /// What is said of one, by the name the author gave it: a logical id of the source or a component.
    pub own: IndexMap<String, Flags>,
    /// The logical ids of resources that hold nothing of the application's data, such as the bucket its code is
    /// uploaded to: what is said of the whole application is not said of them.
    pub apart: Vec<String>,
    /// True where the language itself sees to the controls of programmes, as app.yaml does.
    pub has_controls: bool,
}

impl FlagTable {
    /// What holds for a resource by the name of its source: the stricter of its own and that of all.
    pub fn of(&self, source: &str) -> Flags {
        let own = self.own.get(source).cloned().unwrap_or_default();
        if self.apart.iter().any(|apart| apart == source) { own } else { own.with(&self.all) }
    }

    /// True where nothing is said at all.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.all == Flags::default()
    }
}
