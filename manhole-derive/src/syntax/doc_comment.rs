//! The text of doc comments, for the console's help.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the text of the doc comments among `attrs`, without the space after each `///` and without trailing empty lines.
pub(crate) fn doc_text(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs.iter().filter_map(text).collect();
    let lines: Vec<&str> = lines.iter().flat_map(|text| text.split('\n')).map(line).collect();
    lines.join("\n").trim_end().to_owned()
}

/// Returns whether `attr` is a doc comment or `#[doc …]`.
pub(crate) fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

fn line(line: &str) -> &str {
    line.strip_prefix(' ').unwrap_or(line).trim_end()
}

/// Returns the text of `#[doc = "…"]`. Other attributes, such as `#[doc(hidden)]`, have none.
fn text(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attr.meta else {
        return None;
    };
    match &meta.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if is_doc(attr) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn removes_one_space_from_each_line() {
        let attrs: Vec<Attribute> = vec![
            parse_quote!(#[doc = " One."]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[must_use]),
            parse_quote!(#[doc(hidden)]),
            parse_quote!(#[doc = "   indented  "]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = " "]),
        ];
        assert_eq!(doc_text(&attrs), "One.\n\n  indented");
    }

    #[test]
    fn splits_block_comments_into_lines() {
        assert_eq!(doc_text(&[parse_quote!(#[doc = " One.\n Two.\n "])]), "One.\nTwo.");
    }
}
