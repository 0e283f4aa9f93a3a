//! What a client is sent first.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Peer;

/// What a client is sent first.
#[derive(Clone)]
pub(crate) enum Banner {
    /// The same for everybody.
    Bytes(Cow<'static, [u8]>),
    /// What the program's function says.
    Of(Arc<dyn Fn(&Peer) -> String + Send + Sync>),
}

impl Banner {
    /// The banner for `peer`. A function of the program that panics says nothing.
    pub(crate) fn of(&self, peer: &Peer) -> Cow<'_, [u8]> {
        let bytes = match self {
            Self::Bytes(bytes) => Cow::Borrowed(&**bytes),
            Self::Of(banner) => {
                let text = catch_unwind(AssertUnwindSafe(|| banner(peer))).unwrap_or_default();
                Cow::Owned(text.into_bytes())
            }
        };
        let is_like_a_message = |line: &[u8]| line.first().is_some_and(|first| b"{[".contains(first));
        if !bytes.split(|byte| *byte == b'\n').any(is_like_a_message) {
            return bytes;
        }
        // A program passes over all lines up to the first that begins like a message.
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines
            .flat_map(|line| [if is_like_a_message(line) { b" ".as_slice() } else { b"" }, line].concat())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_begins_like_a_message() {
        let banner = |text: &'static str| {
            Banner::Bytes(Cow::Borrowed(text.as_bytes())).of(&Peer::default()).into_owned()
        };
        assert_eq!(banner("[production] {x}\n\n{ be careful }\n"), b" [production] {x}\n\n { be careful }\n");
        assert_eq!(banner("hello [you]\n"), b"hello [you]\n");
        assert_eq!(banner(""), b"");
    }
}
