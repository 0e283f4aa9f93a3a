//! Changes that compute the new value from the old one: `x.count += 1`, `x.name.push("a")`, `x.update("count", |n| n * 2)`.
//!
//! Nothing is locked while the new value is computed. It is written only if the old value is still there.

use rhai::{Array, Dynamic, INT};

use super::from_script::to_value;
use super::handle::Handle;
use super::static_type::strip_wrappers;
use crate::engine::run::RunControl;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, to_script, type_mark};
use crate::reflect::{Lookup, TypeKind, Value};

/// How often a new value is computed, if the application changes the old one each time.
const MAX_TRIES: usize = 64;

/// A computed value, and the result of the command that computed it.
pub(crate) struct Recomputed {
    /// The new value, or `None` if the old one stays.
    pub(crate) value: Option<Dynamic>,
    pub(crate) result: Dynamic,
}

impl Handle {
    /// Replaces the single value here by what `compute` makes of it. Returns the result of `compute`.
    pub(crate) fn recompute(
        &self,
        run: &RunControl,
        compute: impl FnMut(Dynamic) -> EvalResult<Recomputed>,
    ) -> EvalResult {
        let read = || match self.classify(run)? {
            Lookup::Leaf(value) => {
                let given = to_script::to_script(value.clone());
                let given = match self.static_type() {
                    Some(info) => type_mark::mark(given, info),
                    None => given,
                };
                Ok((value, given))
            }
            Lookup::None => Ok((Value::Unit, to_script::none())),
            Lookup::Composite => {
                let message = format!("cannot update {}: it is not a single value", self.location());
                let help = "update one of its fields, or assign a new value";
                Err(ScriptError::new(message).with_help(help).into())
            }
        };
        self.replace_computed(run, read, compute)
    }

    /// Replaces the list of single values here by what `compute` makes of it. Returns the result of `compute`.
    pub(crate) fn recompute_list(
        &self,
        run: &RunControl,
        compute: impl FnMut(Dynamic) -> EvalResult<Recomputed>,
    ) -> EvalResult {
        let read = || {
            let old = self.snapshot(run)?;
            let given = match &old {
                Value::Bytes(bytes) => {
                    bytes.iter().map(|byte| INT::from(*byte).into()).collect::<Array>().into()
                }
                old => to_script::to_script(old.clone()),
            };
            Ok((old, given))
        };
        self.replace_computed(run, read, compute)
    }

    /// Returns whether the value here is a list of single values.
    pub(crate) fn is_list_of_leaves(&self, run: &RunControl) -> ScriptResult<bool> {
        let info = self.read(run, |found| found.reflect().info())?;
        Ok(matches!(strip_wrappers(info).kind, TypeKind::List(item) if matches!(item().kind, TypeKind::Leaf)))
    }

    /// Replaces the value that `read` returns, with the script's form of it, by what `compute` makes of that.
    fn replace_computed(
        &self,
        run: &RunControl,
        read: impl Fn() -> EvalResult<(Value<'static>, Dynamic)>,
        mut compute: impl FnMut(Dynamic) -> EvalResult<Recomputed>,
    ) -> EvalResult {
        for _ in 0..MAX_TRIES {
            let (old, given) = read()?;
            let Recomputed { value, result } = compute(given)?;
            let Some(value) = value else { return Ok(result) };
            if self.replace(run, &to_value(&value)?, &old)? {
                return Ok(result);
            }
        }
        let message =
            format!("cannot update {}: the application changed it {MAX_TRIES} times", self.location());
        Err(ScriptError::new(message).with_help("try again, or use a faster function").into())
    }
}
