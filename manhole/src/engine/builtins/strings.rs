//! Functions on texts that the script language has without a limit: replacing can make a text of any length, and splitting
//! an array of any length, before anybody looks at the result.

use rhai::{
    Array, Dynamic, EvalAltResult, FuncRegistration, INT, ImmutableString, Module, NativeCallContext,
};

use crate::engine::run::limits::{LONGEST_TEXT, MOST_ITEMS};
use crate::engine::value::script_error::ScriptError;

type Outcome<T> = Result<T, Box<EvalAltResult>>;
type Call<'a> = NativeCallContext<'a>;

/// Puts them in the place of the engine's own.
pub(crate) fn bind(module: &mut Module) {
    fn add(name: &str) -> FuncRegistration {
        FuncRegistration::new(name).in_global_namespace()
    }
    add("replace")
        .set_into_module(module, |call: Call<'_>, text: &mut ImmutableString, from: &str, to: &str| {
            replace(&call, text, from, to)
        });
    add("replace").set_into_module(
        module,
        |call: Call<'_>, text: &mut ImmutableString, from: &str, to: char| {
            replace(&call, text, from, to.encode_utf8(&mut [0; 4]))
        },
    );
    add("replace").set_into_module(
        module,
        |call: Call<'_>, text: &mut ImmutableString, from: char, to: &str| {
            replace(&call, text, from.encode_utf8(&mut [0; 4]), to)
        },
    );
    add("replace").set_into_module(
        module,
        |call: Call<'_>, text: &mut ImmutableString, from: char, to: char| {
            replace(&call, text, from.encode_utf8(&mut [0; 4]), to.encode_utf8(&mut [0; 4]))
        },
    );
    fn split(name: &str) -> FuncRegistration {
        add(name).with_purity(true)
    }
    split("split").set_into_module(module, |call: Call<'_>, text: &mut ImmutableString| {
        pieces(&call, text.split_whitespace())
    });
    split("split").set_into_module(module, |call: Call<'_>, text: &mut ImmutableString, at: &str| {
        pieces(&call, text.split(at))
    });
    split("split").set_into_module(module, |call: Call<'_>, text: &mut ImmutableString, at: char| {
        pieces(&call, text.split(at))
    });
    split("split").set_into_module(
        module,
        |call: Call<'_>, text: &mut ImmutableString, at: &str, most: INT| {
            pieces(&call, text.splitn(few(most), at))
        },
    );
    split("split").set_into_module(
        module,
        |call: Call<'_>, text: &mut ImmutableString, at: char, most: INT| {
            pieces(&call, text.splitn(few(most), at))
        },
    );
    split("split_rev").set_into_module(module, |call: Call<'_>, text: &mut ImmutableString, at: &str| {
        pieces(&call, text.rsplit(at))
    });
    split("split_rev").set_into_module(module, |call: Call<'_>, text: &mut ImmutableString, at: char| {
        pieces(&call, text.rsplit(at))
    });
    split("split_rev").set_into_module(
        module,
        |call: Call<'_>, text: &mut ImmutableString, at: &str, most: INT| {
            pieces(&call, text.rsplitn(few(most), at))
        },
    );
    split("split_rev").set_into_module(
        module,
        |call: Call<'_>, text: &mut ImmutableString, at: char, most: INT| {
            pieces(&call, text.rsplitn(few(most), at))
        },
    );
}

/// The number of pieces that was asked for, which is one at least.
fn few(pieces: INT) -> usize {
    usize::try_from(pieces).unwrap_or(1).max(1)
}

fn replace(call: &Call<'_>, text: &mut ImmutableString, from: &str, to: &str) -> Outcome<()> {
    let found = text.matches(from).count();
    let longer = to.len().saturating_sub(from.len()).saturating_mul(found);
    if text.len().saturating_add(longer) > LONGEST_TEXT {
        let message = "the text would be longer than 1 MiB, which is the most that a script may hold";
        return Err(ScriptError::new(message).at(call.call_position()));
    }
    if found > 0 {
        *text = text.replace(from, to).into();
    }
    Ok(())
}

fn pieces<'a>(call: &Call<'_>, pieces: impl Iterator<Item = &'a str>) -> Outcome<Array> {
    let mut array = Array::new();
    for piece in pieces {
        if array.len() == MOST_ITEMS {
            let message =
                "the text has more than 4,096 pieces, which is the most that a script's array may hold";
            return Err(ScriptError::new(message).at(call.call_position()));
        }
        array.push(Dynamic::from(ImmutableString::from(piece)));
    }
    Ok(array)
}
