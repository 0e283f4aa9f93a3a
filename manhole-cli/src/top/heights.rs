//! Divides the lines of the screen between the sections.

/// How many rows the current section takes for one row of each other.
const CURRENT_SHARE: usize = 3;

/// Returns for each section how many rows it shows below its heading; `None` if it has no room at all. `wanted` are the rows that each
/// section has, without those that are not shown.
pub(super) fn divide(lines: usize, wanted: &[usize], current: usize) -> Vec<Option<usize>> {
    let mut rows = vec![None; wanted.len()];
    let others = (0..wanted.len()).filter(|index| *index != current);
    let order: Vec<_> =
        std::iter::once(current).chain(others).filter(|index| *index < wanted.len()).take(lines).collect();
    for index in &order {
        rows[*index] = Some(0);
    }
    let mut left = lines - order.len();
    loop {
        let before = left;
        for index in &order {
            let share = if *index == current { CURRENT_SHARE } else { 1 };
            let shown = rows[*index].unwrap_or_default();
            let more = share.min(wanted[*index].saturating_sub(shown)).min(left);
            rows[*index] = Some(shown + more);
            left -= more;
        }
        if left == before {
            return rows;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_section_gets_most() {
        assert_eq!(divide(20, &[50, 50, 50], 1), [Some(3), Some(11), Some(3)]);
        assert_eq!(divide(20, &[2, 50, 1], 0), [Some(2), Some(14), Some(1)]);
        assert_eq!(divide(20, &[0, 1], 0), [Some(0), Some(1)]);
        assert_eq!(divide(4, &[9, 9, 9], 2), [Some(0), Some(0), Some(1)]);
        assert_eq!(divide(2, &[9, 9, 9], 2), [Some(0), None, Some(0)]);
        assert_eq!(divide(0, &[9, 9], 0), [None, None]);
        assert_eq!(divide(5, &[], 0), []);
    }
}
