//! The text that a client gets first.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::peer::Peer;

/// The text that a client gets before the first prompt; see [`Builder::banner`](crate::Builder::banner).
///
/// It is made of a string, of bytes, or for each client [by a function](Banner::from_fn).
#[derive(Clone)]
pub struct Banner(Kind);

#[derive(Clone)]
enum Kind {
    Bytes(Vec<u8>),
    Function(Arc<BannerFn>),
}

type BannerFn = dyn Fn(&Peer) -> String + Send + Sync;

impl Banner {
    /// Calls `banner` for the text for each client. If it panics, the client gets no banner.
    ///
    /// ```
    /// use manhole::{Banner, Builder, Namespace};
    ///
    /// let banner = Banner::from_fn(|peer| format!("hello, process {:?}\n", peer.pid));
    /// let builder = Builder::new(Namespace::new()).banner(banner);
    /// # drop(builder);
    /// ```
    pub fn from_fn(banner: impl Fn(&Peer) -> String + Send + Sync + 'static) -> Self {
        Self(Kind::Function(Arc::new(banner)))
    }

    /// Returns the banner for `peer`. A space is put before each line that begins like a JSON-RPC message: a program skips all lines
    /// up to the first of those.
    pub(crate) fn text_for(&self, peer: &Peer) -> Cow<'_, [u8]> {
        let bytes = match &self.0 {
            Kind::Bytes(bytes) => Cow::Borrowed(&**bytes),
            Kind::Function(banner) => {
                let text = catch_unwind(AssertUnwindSafe(|| banner(peer))).unwrap_or_default();
                Cow::Owned(text.into_bytes())
            }
        };
        let is_like_a_message = |line: &[u8]| line.first().is_some_and(|first| b"{[".contains(first));
        if !bytes.split(|byte| *byte == b'\n').any(is_like_a_message) {
            return bytes;
        }
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines
            .flat_map(|line| [if is_like_a_message(line) { b" ".as_slice() } else { b"" }, line].concat())
            .collect()
    }
}

impl Default for Banner {
    /// Creates an empty banner.
    fn default() -> Self {
        Self::from("")
    }
}

impl<B: Into<Vec<u8>>> From<B> for Banner {
    fn from(bytes: B) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }
}

impl fmt::Debug for Banner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bytes(bytes) => write!(f, "Banner({:?})", String::from_utf8_lossy(bytes)),
            Kind::Function(_) => f.write_str("Banner(function)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_begins_like_a_message() {
        let banner = |text: &'static str| Banner::from(text).text_for(&Peer::default()).into_owned();
        assert_eq!(banner("[production] {x}\n\n{ be careful }\n"), b" [production] {x}\n\n { be careful }\n");
        assert_eq!(banner("hello [you]\n"), b"hello [you]\n");
        assert_eq!(banner(""), b"");
    }
}
