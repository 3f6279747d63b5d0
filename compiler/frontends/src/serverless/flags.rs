//! What the author says of the data: `custom: {samc: {compliance: …}}` for the whole service, under `functions` and
//! `resources` there for one of them, and `Metadata: {samc: …}` of resources as in templates.

use samc_base::Diagnostics;
use samc_ir::flags::FlagTable;
use samc_syntax::Document;

use super::service::Service;

/// Reads the flags of a service.
pub(super) fn read(_document: &Document, _service: &Service, _diagnostics: &mut Diagnostics) -> FlagTable {
    FlagTable::default()
}
