//! Arithmetic on integers that do not fit a script's own 64 bits, from `u64`, `i128` and `u128` values of the application.
//!
//! They mix with a script's integers. Arithmetic is checked, and each result that fits becomes a script's own integer.

use rhai::{Dynamic, INT, Module};

use super::register::register;
use super::script_error::{EvalResult, ScriptError};
use super::to_script;

/// An integer of up to 128 bits with or without a sign.
#[derive(Clone, Copy)]
enum WideInt {
    Signed(i128),
    /// Above `i128::MAX`.
    Unsigned(u128),
}

impl From<INT> for WideInt {
    fn from(value: INT) -> Self {
        Self::Signed(value.into())
    }
}

impl From<i128> for WideInt {
    fn from(value: i128) -> Self {
        Self::Signed(value)
    }
}

impl From<u128> for WideInt {
    fn from(value: u128) -> Self {
        i128::try_from(value).map_or(Self::Unsigned(value), Self::Signed)
    }
}

impl WideInt {
    fn of(value: &Dynamic) -> Option<Self> {
        if let Ok(value) = value.as_int() {
            return Some(value.into());
        }
        let signed = value.read_lock::<i128>().map(|value| Self::from(*value));
        signed.or_else(|| value.read_lock::<u128>().map(|value| Self::from(*value)))
    }

    fn compute(self, other: Self, operator: &Operator) -> Option<Dynamic> {
        match (self, other) {
            (Self::Signed(a), Self::Signed(b)) => (operator.signed)(a, b).map(to_script::integer),
            _ => (operator.unsigned)(self.magnitude()?, other.magnitude()?).map(|result| {
                match Self::from(result) {
                    Self::Signed(value) => to_script::integer(value),
                    Self::Unsigned(value) => Dynamic::from(value),
                }
            }),
        }
    }

    fn magnitude(self) -> Option<u128> {
        match self {
            Self::Signed(value) => u128::try_from(value).ok(),
            Self::Unsigned(value) => Some(value),
        }
    }
}

struct Operator {
    symbol: &'static str,
    signed: fn(i128, i128) -> Option<i128>,
    unsigned: fn(u128, u128) -> Option<u128>,
}

const OPERATORS: [Operator; 10] = [
    Operator { symbol: "+", signed: i128::checked_add, unsigned: u128::checked_add },
    Operator { symbol: "-", signed: i128::checked_sub, unsigned: u128::checked_sub },
    Operator { symbol: "*", signed: i128::checked_mul, unsigned: u128::checked_mul },
    Operator { symbol: "/", signed: i128::checked_div, unsigned: u128::checked_div },
    Operator { symbol: "%", signed: i128::checked_rem, unsigned: u128::checked_rem },
    Operator { symbol: "&", signed: |a, b| Some(a & b), unsigned: |a, b| Some(a & b) },
    Operator { symbol: "|", signed: |a, b| Some(a | b), unsigned: |a, b| Some(a | b) },
    Operator { symbol: "^", signed: |a, b| Some(a ^ b), unsigned: |a, b| Some(a ^ b) },
    Operator {
        symbol: "<<",
        signed: |a, b| a.checked_mul(1_i128.checked_shl(u32::try_from(b).ok()?)?),
        unsigned: |a, b| a.checked_mul(1_u128.checked_shl(u32::try_from(b).ok()?)?),
    },
    Operator {
        symbol: ">>",
        signed: |a, b| a.checked_shr(u32::try_from(b).ok()?),
        unsigned: |a, b| a.checked_shr(u32::try_from(b).ok()?),
    },
];

/// Adds the sign. The operators are functions of all integers.
pub(crate) fn bind(module: &mut Module) {
    register(module, "-", |a: i128| -> EvalResult {
        a.checked_neg()
            .map(to_script::integer)
            .ok_or_else(|| format!("cannot compute -({a}): the result does not fit into 128 bits").into())
    });
}

/// Computes the result of an operator with 128 bits.
pub(crate) fn compute(symbol: &str, a: &Dynamic, b: &Dynamic) -> EvalResult {
    let known = OPERATORS.iter().find(|operator| operator.symbol == symbol);
    let (Some(operator), Some(first), Some(second)) = (known, WideInt::of(a), WideInt::of(b)) else {
        return Err(ScriptError::new(format!("cannot compute `{symbol}`: expected two integers")).into());
    };
    first.compute(second, operator).ok_or_else(|| {
        if matches!(symbol, "/" | "%") && matches!(second, WideInt::Signed(0)) {
            return ScriptError::new(format!("division by zero: {a} {symbol} {b}")).into();
        }
        let reason = "the result does not fit into 128 bits";
        ScriptError::new(format!("cannot compute {a} {symbol} {b}: {reason}")).into()
    })
}
