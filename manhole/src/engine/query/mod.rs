//! Running queries. Uses `state` and below.

mod aggregate;
mod batch_copy;
mod callback;
mod comparison;
mod effects;
pub(crate) mod execute;
mod grouping;
mod item_callback;
mod item_check;
mod live_iter;
mod reductions;
mod retain;
mod sort;
mod stages;

pub(crate) use aggregate::Aggregation;
pub(crate) use batch_copy::max_copy_time;
pub(crate) use callback::{Callback, CallbackContext};
pub(crate) use comparison::{Comparison, KeyCheck, quick_equal, quick_order};
pub(crate) use item_callback::Parameters;
pub(crate) use item_check::skip_removed_value;
pub(crate) use retain::retain;
pub(crate) use sort::{compare_items, merge_sort};
