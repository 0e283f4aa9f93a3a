//! Byte sizes as text: `64 KiB`.

const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// Parses a number of bytes, with or without a unit.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1));
    number.trim().parse::<u64>().ok()?.checked_mul(factor)
}

/// Formats a number of bytes in the largest unit that divides it.
pub(crate) fn format(bytes: u64) -> String {
    match UNITS.iter().find(|(_, factor)| bytes >= *factor && bytes % *factor == 0) {
        Some((unit, factor)) => format!("{} {unit}", bytes / factor),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_size_parses() {
        for bytes in [0, 1, 1_000, 1_024, 65_536, 256 << 20, 3 << 30, u64::MAX] {
            assert_eq!(parse(format(bytes).trim_end_matches(" bytes")), Some(bytes));
        }
        assert_eq!(parse("64 KiB"), Some(65_536));
        assert_eq!(parse("much"), None);
    }
}
