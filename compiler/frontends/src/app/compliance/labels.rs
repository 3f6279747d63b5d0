//! What holds for each component: the stricter of what the file says for all and what the component says,
//! and for functions also what they are given to read and write.

use indexmap::IndexMap;
use samc_base::Span;
use samc_ir::flags::FlagTable;
use samc_schema::app::{
    App, Compliance, ComplianceMode, DataClass, DataKind, Framework, Function, OneOrMany,
};
use samc_syntax::Spanned;

/// What holds for one component.
#[derive(Debug, Clone, Default)]
pub(super) struct Label {
    /// The programmes.
    pub(super) frameworks: Vec<Framework>,
    /// How secret its data are.
    pub(super) data: Option<DataClass>,
    /// What they are about.
    pub(super) contains: Vec<DataKind>,
    /// True where findings are only reported.
    pub(super) only_checks: bool,
}

impl Label {
    /// The label of what a mapping says.
    fn of(given: &Compliance) -> Label {
        Label {
            frameworks: given.frameworks.iter().flatten().map(|f| f.value).collect(),
            data: given.data.as_ref().map(|d| d.value),
            contains: given.contains.iter().flatten().map(|c| c.value).collect(),
            only_checks: given.mode.as_ref().is_some_and(|m| m.value == ComplianceMode::Check),
        }
    }

    /// The stricter of two.
    fn with(mut self, other: &Label) -> Label {
        self.take_data(other);
        for framework in &other.frameworks {
            if !self.frameworks.contains(framework) {
                self.frameworks.push(*framework);
            }
        }
        self
    }

    /// Takes what another's data are, as who reads them must.
    fn take_data(&mut self, other: &Label) {
        self.data = self.data.max(other.data);
        for kind in &other.contains {
            if !self.contains.contains(kind) {
                self.contains.push(*kind);
            }
        }
    }

    /// True where any programme applies.
    pub(super) fn is_any(&self) -> bool {
        !self.frameworks.is_empty()
    }

    /// True where a programme applies.
    pub(super) fn is(&self, framework: Framework) -> bool {
        self.frameworks.contains(&framework)
    }

    /// True where the data are about something.
    pub(super) fn holds(&self, kind: DataKind) -> bool {
        self.contains.contains(&kind)
    }

    /// How secret the data are: as said, and most secret where they are about cards or health.
    pub(super) fn class(&self) -> DataClass {
        let least = if self.holds(DataKind::Card) || self.holds(DataKind::Phi) {
            DataClass::Restricted
        } else {
            DataClass::Internal
        };
        self.data.map_or(least, |data| data.max(least))
    }

    /// True from `confidential` on.
    pub(super) fn is_secret(&self) -> bool {
        self.class() >= DataClass::Confidential
    }
}

/// The labels of all components by name, that of the file under the empty name.
pub(super) fn all(app: &App) -> IndexMap<String, Label> {
    let root = app.compliance.as_ref().map(|c| Label::of(&c.value)).unwrap_or_default();
    let mut labels = IndexMap::new();
    labels.insert(String::new(), root.clone());
    let own = |given: &Option<Spanned<Compliance>>| match given {
        Some(given) => {
            let own = Label::of(&given.value);
            let mut label = root.clone().with(&own);
            if given.value.mode.is_some() {
                label.only_checks = own.only_checks;
            }
            label
        }
        None => root.clone(),
    };
    macro_rules! collect {
        ($($section:ident)*) => {$(
            for (key, component) in app.$section.iter().flat_map(|c| &c.0) {
                labels.insert(key.name().to_string(), own(&component.compliance));
            }
        )*};
    }
    collect!(tables buckets queues topics streams buses apis userpools workflows functions);
    spread(app, &mut labels);
    labels
}

/// What the file says of all data and of those of each component, for the rules that follow data.
pub(in crate::app) fn flags(app: &App) -> FlagTable {
    let of = |given: &Spanned<Compliance>| {
        let value = &given.value;
        crate::flags::flags(
            value.frameworks.as_ref(),
            value.data.as_ref(),
            value.contains.as_ref(),
            given.span,
        )
    };
    let all = app.compliance.as_ref().map(of).unwrap_or_default();
    let mut table = FlagTable { all, has_controls: true, ..FlagTable::default() };
    macro_rules! collect {
        ($($section:ident)*) => {$(
            for (key, component) in app.$section.iter().flat_map(|c| &c.0) {
                if let Some(given) = &component.compliance {
                    table.own.insert(key.name().to_string(), of(given));
                }
            }
        )*};
    }
    collect!(tables buckets queues topics streams buses apis userpools workflows functions);
    table
}

/// Gives functions the labels of the data that they read and write.
fn spread(app: &App, labels: &mut IndexMap<String, Label>) {
    let defaults = app.defaults.as_ref();
    for (key, function) in app.functions.iter().flat_map(|f| &f.0) {
        let shared = defaults.and_then(|d| d.can.as_ref());
        let mut label = labels.get(key.name().as_str()).cloned().unwrap_or_default();
        let grants = [function.can.as_ref(), shared];
        let granted = grants.into_iter().flatten().flat_map(|can| {
            can.verbs().flat_map(|(_, targets)| {
                targets.value.items(targets.span).into_iter().map(|t| t.value.name.value.name.clone())
            })
        });
        for name in granted.chain(sources(function)) {
            if let Some(other) = labels.get(&name) {
                label.take_data(&other.clone());
            }
        }
        labels.insert(key.name().to_string(), label);
    }
}

/// The components whose messages, records and objects a function is given.
fn sources(function: &Function) -> Vec<String> {
    let triggers = match function.on.as_ref().map(|on| &on.value) {
        Some(OneOrMany::One(one)) => vec![&**one],
        Some(OneOrMany::Many(many)) => many.iter().map(|t| &t.value).collect(),
        None => Vec::new(),
    };
    let named = |t: &samc_schema::app::Trigger| {
        [&t.queue, &t.topic, &t.stream, &t.bucket].into_iter().flatten().map(|n| n.value.name.clone()).next()
    };
    triggers.into_iter().filter_map(named).collect()
}

/// Where the reason for a control is written: the component's own label, else that of the file.
pub(super) fn place_of(all: &Option<Spanned<Compliance>>, own: &Option<Spanned<Compliance>>) -> Option<Span> {
    own.as_ref().and_then(|c| c.span).or(all.as_ref().and_then(|c| c.span))
}
