//! Running queries. Uses `state` and below.

mod aggregate;
mod callback;
mod comparison;
pub(crate) mod execute;
mod item_check;
mod live_iter;

pub(crate) use aggregate::Aggregation;
pub(crate) use callback::{Callback, CallbackContext};
pub(crate) use comparison::{Comparison, KeyCheck, quick_equal, quick_order};
pub(crate) use item_check::skip_removed_value;
pub(crate) use live_iter::max_copy_time;
