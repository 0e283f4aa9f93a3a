//! Values that can be changed through a shared reference.

use super::value::Value;
use super::value_error::ValueError;

/// A leaf that can be changed through a shared reference.
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
    /// Loads the value.
    fn load(&self) -> Value<'_>;

    /// Stores `value`, if `expected` is `None` or equals the current value. Returns whether it did.
    ///
    /// # Errors
    ///
    /// If `value` cannot be converted to this type.
    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError>;
}
