//! Running queries. Uses `state` and below.

mod aggregate;
mod batch_copy;
mod comparison;
pub(crate) mod execute;
mod functions;
mod grouping;
mod item_check;
mod live_iter;
mod reductions;
mod retain;
mod search;
mod sort;
mod stages;

pub(crate) use aggregate::Aggregation;
pub(crate) use batch_copy::max_copy_time;
pub(crate) use comparison::{Comparison, KeyCheck};
pub(crate) use functions::{Callback, CallbackContext, Parameters};
pub(crate) use item_check::skip_removed_value;
pub(crate) use retain::retain;
pub(crate) use sort::{compare_items, merge_sort};
