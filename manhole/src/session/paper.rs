//! A client without a socket: it collects what a session sends it. For tests and fuzzers.

use std::sync::{Mutex, PoisonError};

use super::{Link, Wire};
use crate::engine::{Client, Stop};

#[derive(Default)]
pub(crate) struct Paper {
    sent: Mutex<Vec<u8>>,
    wire: Wire,
}

impl Paper {
    /// What was sent since this was asked last.
    ///
    /// # Panics
    ///
    /// If it is no text.
    pub(crate) fn take(&self) -> String {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(sent).expect("what is sent is text")
    }
}

impl Client for Paper {
    fn send(&self, bytes: &[u8]) -> Result<usize, Stop> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn poll(&self) -> Option<Stop> {
        None
    }
}

impl Link for Paper {
    fn wire(&self) -> &Wire {
        &self.wire
    }
}
