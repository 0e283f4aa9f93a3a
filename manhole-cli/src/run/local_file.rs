//! Lists the functions of a script.

/// Returns the comment of a script and its functions with theirs, as the console lists a run-book.
pub(super) fn list(text: &str) -> String {
    let (mut listed, mut comment) = (String::new(), Vec::new());
    let heading =
        text.lines().map_while(|line| line.strip_prefix("//").filter(|rest| !rest.starts_with('/')));
    for line in heading {
        listed += &format!("{}\n", line.trim_start_matches('!').trim());
    }
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("///") {
            comment.push(line.trim());
            continue;
        }
        if let Some((name, rest)) = line.strip_prefix("fn ").and_then(|line| line.split_once('(')) {
            let parameters = rest.split(')').next().unwrap_or_default();
            listed += &format!("  {}({parameters})  {}\n", name.trim(), comment.join(" "));
        }
        comment.clear();
    }
    listed.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_their_comments() {
        let text = "// About sessions.\n\n/// Counts\n/// them.\nfn count(a, b) {\n    fn_(1)\n}\n// x\nprivate fn no() {}\nfn bare() { 1 }\n";
        assert_eq!(list(text), "About sessions.\n  count(a, b)  Counts them.\n  bare()\n");
    }
}
