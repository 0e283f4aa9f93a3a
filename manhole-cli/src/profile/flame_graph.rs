//! A profile as an image: each function is a box as wide as its share, above the one that called it.
//!
//! The crate `inferno` draws such graphs with more to click on. Its licence, CDDL-1.0, is not among those of `deny.toml`; the stacks in a
//! file of another name are in the form that it reads.

use std::fmt::Write;

use super::samples::Samples;
use super::table::percent;

const WIDTH: f64 = 1_200.0;

const ROW_HEIGHT: usize = 17;

/// The lines above and below the graph.
const HEAD_HEIGHT: usize = 40;

/// Narrower boxes are left out.
const MIN_WIDTH: f64 = 0.3;

/// The width of a character of the texts, at their font size.
const CHAR_WIDTH: f64 = 7.0;

/// A function that was seen in adjacent stacks.
struct BoxOfCalls<'a> {
    name: &'a str,
    depth: usize,
    /// The number of samples to the left of it.
    start: u64,
    count: u64,
}

/// Returns the image as SVG. `title` stands above it.
pub(super) fn svg(samples: &Samples, title: &str) -> String {
    let boxes = boxes(samples);
    let depth = boxes.iter().map(|found| found.depth + 1).max().unwrap_or(1);
    let height = HEAD_HEIGHT + depth * ROW_HEIGHT + 10;
    let mut svg = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"monospace\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#f8f8f8\"/>\n\
         <text x=\"{}\" y=\"24\" text-anchor=\"middle\" font-size=\"16\">{}</text>\n",
        WIDTH / 2.0,
        escaped(title)
    );
    let scale = WIDTH / samples.total().max(1) as f64;
    for BoxOfCalls { name, depth, start, count } in boxes {
        let (x, width) = (start as f64 * scale, count as f64 * scale);
        if width < MIN_WIDTH {
            continue;
        }
        // The callers are at the bottom.
        let y = height - 10 - (depth + 1) * ROW_HEIGHT;
        let share = percent(count, samples.total());
        let samples = if count == 1 { "sample" } else { "samples" };
        let shown = fitting(name, width);
        // Writing to a string does not fail.
        let _ = writeln!(
            svg,
            "<g><title>{} ({count} {samples}, {share})</title>\
             <rect x=\"{x:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"{}\" fill=\"{}\" rx=\"1\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text></g>",
            escaped(name),
            (width - 0.5).max(MIN_WIDTH),
            ROW_HEIGHT - 1,
            color(name),
            x + 3.0,
            y + 12,
            escaped(&shown),
        );
    }
    svg + "</svg>\n"
}

/// Joins equal calls of adjacent stacks. The stacks are sorted, so that those with the same callers are adjacent.
fn boxes(samples: &Samples) -> Vec<BoxOfCalls<'_>> {
    let mut boxes = vec![BoxOfCalls { name: "all", depth: 0, start: 0, count: samples.total() }];
    // The box of each call of the last stack.
    let mut open: Vec<usize> = Vec::new();
    let mut start = 0;
    let mut last: &[String] = &[];
    for (stack, count) in samples.stacks() {
        let shared = stack.iter().zip(last).take_while(|(call, other)| call == other).count();
        open.truncate(shared);
        for index in &open {
            boxes[*index].count += count;
        }
        for (depth, name) in stack.iter().enumerate().skip(shared) {
            open.push(boxes.len());
            boxes.push(BoxOfCalls { name, depth: depth + 1, start, count });
        }
        start += count;
        last = stack;
    }
    boxes
}

/// Returns what of a name fits a box. The end of a path says more than its beginning.
fn fitting(name: &str, width: f64) -> String {
    let max = ((width - 6.0) / CHAR_WIDTH).max(0.0) as usize;
    if name.chars().count() <= max {
        return name.to_owned();
    }
    if max < 3 {
        return String::new();
    }
    let cut = name.chars().count() - (max - 1);
    format!("…{}", name.chars().skip(cut).collect::<String>())
}

/// Returns a warm color, the same for the same name in each graph.
fn color(name: &str) -> String {
    // FNV-1a: the hash of the standard library may change.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let part = |shift: u32, from: u32, range: u32| from + (hash >> shift & 0xff) * range / 0xff;
    format!("rgb({},{},{})", part(0, 205, 50), part(8, 90, 120), part(16, 20, 50))
}

/// Escapes a text for XML, which has no control characters.
fn escaped(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_adjacent_stacks_are_one_box() {
        let samples = Samples::parse(
            "a 1\n\t1 leaf\n\t2 main\n\na 1\n\t1 other\n\t2 main\n\na 1\n\t1 leaf\n\t2 main\n\nb 2\n\t1 leaf\n",
        );
        let shown: Vec<_> =
            boxes(&samples).iter().map(|found| (found.name, found.depth, found.start, found.count)).collect();
        assert_eq!(
            shown,
            [
                ("all", 0, 0, 4),
                ("a", 1, 0, 3),
                ("main", 2, 0, 3),
                ("leaf", 3, 0, 2),
                ("other", 3, 2, 1),
                ("b", 1, 3, 1),
                ("leaf", 2, 3, 1),
            ]
        );
    }

    #[test]
    fn the_image_has_all_names_escaped() {
        let samples = Samples::parse("a 1\n\t1 <app::T as Run>::run\u{7}\n");
        let image = svg(&samples, "10s & more");
        assert!(image.contains("&lt;app::T as Run&gt;::run  (1 sample, 100.0%)"), "{image}");
        assert!(image.contains("10s &amp; more") && image.ends_with("</svg>\n"), "{image}");
        assert_eq!(image.matches("<g>").count(), image.matches("</g>").count());
        assert_eq!(color("a"), color("a"));
    }

    #[test]
    fn the_end_of_a_long_name_is_shown() {
        assert_eq!(fitting("app::serve::run", 1_000.0), "app::serve::run");
        assert_eq!(fitting("app::serve::run", 6.0 + 6.0 * CHAR_WIDTH), "…::run");
        assert_eq!(fitting("app::serve::run", 10.0), "");
    }
}
