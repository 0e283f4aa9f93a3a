//! What can be changed by who shares it.

use super::value::Value;
use super::value_error::ValueError;

/// One value that can be changed through a shared reference.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use manhole::reflect::{AtomicValue, Value};
///
/// let count = AtomicU32::new(7);
/// assert!(AtomicValue::store(&count, Value::from(8), Some(&Value::from(7)))?);
/// assert!(!AtomicValue::store(&count, Value::from(9), Some(&Value::from(7)))?, "it is no longer 7");
/// assert_eq!(count.load(Ordering::Relaxed), 8);
/// # Ok::<(), manhole::reflect::ValueError>(())
/// ```
pub trait AtomicValue {
    /// The value now.
    fn load(&self) -> Value<'_>;

    /// Replaces the value, if `expected` is given only if it still is that; answers whether it did.
    ///
    /// # Errors
    ///
    /// If no value of this type can be made of `value`.
    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError>;
}
