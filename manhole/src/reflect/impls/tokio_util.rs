//! Cancellation tokens of tokio-util.

use tokio_util::sync::{CancellationToken, DropGuard};

use super::computed_fields::{computed_fields, opaque};

computed_fields!([] CancellationToken, "CancellationToken", "", |this| {
    cancelled: bool = this.is_cancelled(), "Whether it is cancelled.";
}, {
    cancel() = this.cancel(), "Cancels it and its child tokens.";
});

opaque! {
    [] DropGuard, "DropGuard";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::{CallError, Manhole, Value};

    #[test]
    fn a_token_is_cancelled_by_its_method() {
        let token = CancellationToken::new();
        let child = token.child_token();
        assert!(matches!(token.call(0, vec![Value::from(1)]), Err(CallError::WrongCount { .. })));
        assert!(matches!(token.call(1, Vec::new()), Err(CallError::NoMethod)));
        assert!(!child.is_cancelled());
        assert!(token.call(0, Vec::new()).is_ok());
        assert!(child.is_cancelled());
        assert_eq!(CancellationToken::type_info().methods[0].to_string(), "cancel()");
    }
}
