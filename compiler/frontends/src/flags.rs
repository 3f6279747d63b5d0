//! What is said of the data of resources, from the types that read it to the graph.

use samc_base::{Diagnostics, Span};
use samc_ir::flags::{Class, FlagTable, Flags, Programme, Subject};
use samc_schema::app::{DataClass, DataKind, Framework};
use samc_schema::metadata::{self, Form};
use samc_syntax::{Document, Spanned};

/// The flags of what is written under `compliance`.
pub(crate) fn flags(
    frameworks: Option<&Vec<Spanned<Framework>>>,
    data: Option<&Spanned<DataClass>>,
    contains: Option<&Vec<Spanned<DataKind>>>,
    span: Option<Span>,
) -> Flags {
    Flags {
        programmes: frameworks.into_iter().flatten().map(|f| programme(f.value)).collect(),
        class: data.map(|data| class(data.value)),
        contains: contains.into_iter().flatten().map(|c| subject(c.value)).collect(),
        span,
    }
}

fn programme(framework: Framework) -> Programme {
    match framework {
        Framework::Pci => Programme::Pci,
        Framework::Hipaa => Programme::Hipaa,
        Framework::Gdpr => Programme::Gdpr,
        Framework::Soc2 => Programme::Soc2,
    }
}

fn class(data: DataClass) -> Class {
    match data {
        DataClass::Public => Class::Public,
        DataClass::Internal => Class::Internal,
        DataClass::Confidential => Class::Confidential,
        DataClass::Restricted => Class::Restricted,
    }
}

fn subject(kind: DataKind) -> Subject {
    match kind {
        DataKind::Card => Subject::Card,
        DataKind::Pii => Subject::Pii,
        DataKind::Phi => Subject::Phi,
    }
}

/// Reads what a document says of its data and of those of its resources, where its dialect says such things.
pub(crate) fn of_metadata(document: &Document, form: Form, diagnostics: &mut Diagnostics) -> FlagTable {
    let mut table = FlagTable::default();
    for said in metadata::read(&document.root, form, diagnostics) {
        let Some(given) = &said.metadata.compliance else { continue };
        let value = &given.value;
        let own = flags(value.frameworks.as_ref(), value.data.as_ref(), value.contains.as_ref(), given.span);
        match said.of {
            None => table.all = own,
            Some(id) => {
                table.own.insert(id, own);
            }
        }
    }
    table
}
