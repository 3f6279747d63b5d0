//! The file as text.

use samc_ir::Map;
use samc_syntax::Writer;
use samc_target::yaml;

/// Writes the file, with a blank line between its sections.
pub fn write(document: &Map) -> String {
    let mut writer = Writer::new();
    writer.begin_map();
    for (i, (key, value)) in document.iter().enumerate() {
        if i > 0 && (value.as_map().is_some() || value.as_list().is_some()) {
            writer.blank_line();
        }
        writer.key(key);
        yaml::value(&mut writer, value);
    }
    writer.end();
    // YAML 1.1 reads `on` as a truth value and the writer quotes it for such readers; app.yaml is YAML 1.2.
    writer.finish().replace("\n    'on':\n", "\n    on:\n")
}
