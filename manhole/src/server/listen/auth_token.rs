//! The token that a client sends to authenticate, where the kernel does not identify it.

use subtle::ConstantTimeEq;

use crate::reflect::Level;
use crate::server::error::Error;

/// The minimum length of a secret, against guessing.
const MIN_TOKEN_BYTES: usize = 16;

/// A secret, and the level of the clients that know it.
pub(crate) struct AuthToken {
    secret: String,
    level: Level,
}

impl AuthToken {
    pub(crate) const fn new(secret: String, level: Level) -> Self {
        Self { secret, level }
    }

    /// Checks the form of the secret.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let in_one_line = !self.secret.contains(['\n', '\r', '\x03']);
        if self.secret.len() >= MIN_TOKEN_BYTES && in_one_line { Ok(()) } else { Err(Error::WeakToken) }
    }

    /// Returns the level of a client that has sent `line`, if it is the secret.
    pub(crate) fn level_for(&self, line: &[u8]) -> Option<Level> {
        // The time depends on the length of `line`, and on nothing else.
        bool::from(self.secret.as_bytes().ct_eq(line)).then_some(self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_secret_gives_a_level() {
        let token = AuthToken::new("0123456789abcdef".to_owned(), Level::Observe);
        assert_eq!(token.level_for(b"0123456789abcdef"), Some(Level::Observe));
        for wrong in ["", "0123456789abcde", "0123456789abcdef ", "x123456789abcdef", "0123456789abcdeF"] {
            assert_eq!(token.level_for(wrong.as_bytes()), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_secret_has_16_bytes_in_one_line() {
        for (secret, fit) in
            [("0123456789abcdef", true), ("0123456789abcde", false), ("0123456789\nabcdef", false)]
        {
            assert_eq!(AuthToken::new(secret.to_owned(), Level::Admin).check().is_ok(), fit, "{secret:?}");
        }
    }
}
