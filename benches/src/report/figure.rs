//! One measured value, its target, and its row in the table.

/// One result: a row of the table.
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) against: &'static str,
    /// The measured numbers, as text.
    pub(crate) measured: String,
    /// The value that is compared with the target.
    pub(crate) value: f64,
    pub(crate) target: Target,
}

/// The value that a figure should have.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// A ratio with an upper bound.
    AtMost(f64),
    /// A ratio with a lower bound.
    AtLeast(f64),
    /// An absolute value with an upper bound and a unit. It depends on the machine, so it never fails the run.
    Below(f64, &'static str),
    /// A ratio without a target.
    Ratio,
    /// A whole number with a unit, without a target.
    Count(&'static str),
    /// A number with a unit, without a target.
    Amount(&'static str),
}

impl Figure {
    pub(crate) fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(most) | Target::Below(most, _) => self.value <= most,
            Target::AtLeast(least) => self.value >= least,
            Target::Ratio | Target::Count(_) | Target::Amount(_) => true,
        }
    }

    /// Returns whether the ratio misses its target by more than noise can explain.
    pub(crate) fn is_gross(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.value > 5.0 * most,
            Target::AtLeast(least) => self.value < least / 5.0,
            Target::Below(..) | Target::Ratio | Target::Count(_) | Target::Amount(_) => false,
        }
    }

    /// Returns the value with its unit.
    pub(crate) fn value(&self) -> String {
        match self.target {
            Target::AtMost(_) | Target::AtLeast(_) | Target::Ratio => format!("{:.2} ×", self.value),
            Target::Below(_, unit) | Target::Amount(unit) => format!("{:.2} {unit}", self.value),
            Target::Count(unit) => format!("{:.0} {unit}", self.value),
        }
    }

    pub(crate) fn row(&self) -> String {
        let target = match self.target {
            Target::AtMost(most) => format!("≤ {most} ×"),
            Target::AtLeast(least) => format!("≥ {least} ×"),
            Target::Below(most, unit) => format!("≤ {most} {unit}"),
            Target::Ratio | Target::Count(_) | Target::Amount(_) => "–".to_owned(),
        };
        let met = match self.target {
            Target::Ratio | Target::Count(_) | Target::Amount(_) => "–",
            _ if self.is_met() => "yes",
            _ => "**no**",
        };
        let (value, Self { what, against, measured, .. }) = (self.value(), self);
        format!("| {what} | {against} | {measured} | {value} | {target} | {met} |")
    }
}
