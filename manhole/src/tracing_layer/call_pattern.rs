//! Which instrumented functions are followed.

use tracing::Metadata;

/// The length of a pattern.
const MAX_BYTES: usize = 256;

/// A pattern such as `db::query`, which the end of a span's target and name matches, or `db::*`.
pub(super) struct CallPattern {
    text: String,
    is_prefix: bool,
}

impl CallPattern {
    /// Parses a pattern, which must not match everything.
    pub(super) fn parse(pattern: &str) -> Result<Self, String> {
        let (text, is_prefix) = match pattern.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (pattern, false),
        };
        if pattern.len() > MAX_BYTES {
            return Err(format!("the name of a function has at most {MAX_BYTES} bytes"));
        }
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | ' ');
        if text.trim_matches(':').is_empty() || !text.chars().all(is_name) {
            return Err(format!(
                "{pattern:?} names no function; write it as \"query\", \"db::query\" or \"db::*\""
            ));
        }
        Ok(Self { text: text.to_owned(), is_prefix })
    }

    pub(super) fn matches(&self, metadata: &Metadata<'_>) -> bool {
        let whole = format!("{}::{}", metadata.target(), metadata.name());
        // What begins the whole, or follows a `::`.
        let mut starts = std::iter::once(0).chain(whole.match_indices("::").map(|(index, _)| index + 2));
        starts.any(|start| {
            let part = &whole[start..];
            if self.is_prefix { part.starts_with(&self.text) } else { part == self.text }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_names() {
        let subscriber = tracing_subscriber::registry();
        let span =
            tracing::subscriber::with_default(subscriber, || tracing::info_span!(target: "app::db", "query"));
        let metadata = span.metadata().unwrap();
        for (pattern, matches) in [
            ("query", true),
            ("db::query", true),
            ("app::db::query", true),
            ("db::*", true),
            ("app::*", true),
            ("que*", true),
            ("uery", false),
            ("db", false),
            ("b::*", false),
            ("db::query::x", false),
        ] {
            assert_eq!(CallPattern::parse(pattern).unwrap().matches(metadata), matches, "{pattern}");
        }
        for everything in ["", "*", "::", "::*", "**", "a*b"] {
            assert!(CallPattern::parse(everything).is_err(), "{everything}");
        }
    }
}
