//! Admits a client by the token that it sends.

use super::admission::{Admission, Admitted, Candidate, Result};
use crate::server::listen::AuthToken;
use crate::session::Input;

/// Sent to a client that has to authenticate with a token.
pub(crate) const TOKEN_PROMPT: &[u8] = b"token: ";

impl Admission {
    /// Admits a client if its first input is the token; `None` is the end of its input.
    pub(crate) fn check_token(
        &self,
        candidate: Candidate<'_>,
        token: &AuthToken,
        input: Option<&Input>,
    ) -> Result<Admitted> {
        let level = match input {
            Some(Input::Line(line)) => token.level_for(line),
            Some(_) => None,
            None => return Err("the input ended before the token".to_owned()),
        };
        self.create_session(candidate, level.ok_or("wrong token")?)
    }
}
