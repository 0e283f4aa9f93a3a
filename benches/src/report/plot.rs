//! Plots the ratios as SVG, each by its distance from the target, on a logarithmic scale.

use std::fmt::Write;

use super::figure::{Figure, Target};

const ROW: usize = 26;
const LEFT: f64 = 470.0;
const WIDTH: f64 = 400.0;

/// Returns the plot. A bar to the left of the target line is better than the target.
pub(crate) fn svg(figures: &[Figure]) -> String {
    let rows: Vec<_> = figures.iter().filter_map(|figure| Some((figure, share(figure)?))).collect();
    let height = ROW * (rows.len() + 2);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (factor, text) in [(0.01, "1/100"), (0.1, "1/10"), (1.0, "target"), (10.0, "10 ×")] {
        let (x, colour) = (place(factor), if factor == 1.0 { "black" } else { "#ccc" });
        let bottom = height - ROW;
        writeln!(svg, "<line x1=\"{x}\" x2=\"{x}\" y1=\"8\" y2=\"{bottom}\" stroke=\"{colour}\"/>").unwrap();
        writeln!(svg, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", bottom + 16).unwrap();
    }
    for (row, (figure, share)) in rows.iter().enumerate() {
        let y = ROW * row + 10;
        let (from, to) = (place(share.min(1.0)), place(share.max(1.0)));
        let colour = if figure.is_met() { "#4a8" } else { "#d64" };
        let (name, value) = (escape(figure.what), figure.value());
        let width = (to - from).max(2.0);
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-size=\"11\">{name}</text>",
            LEFT - 8.0,
            y + 12
        )
        .unwrap();
        writeln!(svg, "<rect x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"16\" fill=\"{colour}\"/>")
            .unwrap();
        writeln!(svg, "<text x=\"{}\" y=\"{}\">{value}</text>", LEFT + WIDTH + 8.0, y + 13).unwrap();
    }
    svg + "</svg>\n"
}

/// Returns the share of the target that a figure uses: 1 at the target, more if it misses.
fn share(figure: &Figure) -> Option<f64> {
    match figure.target {
        Target::AtMost(most) | Target::Below(most, _) if most > 0.0 => Some(figure.value / most),
        Target::AtLeast(least) => Some(least / figure.value),
        _ => None,
    }
}

/// Returns the x coordinate of a factor between a hundredth and ten.
fn place(factor: f64) -> f64 {
    LEFT + WIDTH * (factor.clamp(0.01, 10.0).log10() + 2.0) / 3.0
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
