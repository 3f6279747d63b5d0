//! The template of `Fn::Sub`, taken apart.

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text as it is.
    Text(&'t str),
    /// `${!Name}`, which stands for `${Name}` as text: the name.
    Literal(&'t str),
    /// `${Name}` or `${Name.Attribute}`: what stands between the braces, without blanks around it. It may be empty.
    Name(&'t str),
}

/// The pieces of a template, in their order. A `${` without an end is text.
pub fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if let Some(after) = rest.strip_prefix("${")
            && let Some((name, after)) = after.split_once('}')
        {
            rest = after;
            let name = name.trim();
            return Some(name.strip_prefix('!').map_or(Piece::Name(name), Piece::Literal));
        }
        if rest.is_empty() {
            return None;
        }
        // What begins with a `${` that has no end is text to the last.
        let end = if rest.starts_with("${") { rest.len() } else { rest.find("${").unwrap_or(rest.len()) };
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_comes_apart() {
        let found: Vec<_> = pieces("a${B}c${!D}${ E.F }${}x${").collect();
        let wanted = [
            Piece::Text("a"),
            Piece::Name("B"),
            Piece::Text("c"),
            Piece::Literal("D"),
            Piece::Name("E.F"),
            Piece::Name(""),
            Piece::Text("x"),
            Piece::Text("${"),
        ];
        assert_eq!(found, wanted);
        assert_eq!(pieces("").count(), 0);
    }
}
