//! `--help` and manual pages.

use crate::support::{Home, output_of};

#[test]
fn every_command_has_help_with_examples() {
    let home = Home::new();
    for command in ["attach", "eval", "ls", "run", "report", "diff", "watch", "tree", "completions", "man"] {
        let (out, _, status) = output_of(&home.run(&[command, "--help"]));
        assert_eq!(status, 0);
        assert!(out.contains("Examples:") && out.contains(&format!("manhole {command}")), "{out}");
    }
    let (_, err, status) = output_of(&home.run(&["atach"]));
    assert_eq!(status, 2);
    assert!(err.contains("'attach'"), "{err}");
}

#[test]
fn manual_pages_are_generated() {
    let home = Home::new();
    assert!(output_of(&home.run(&["man"])).0.contains(".SH SUBCOMMANDS"));
    let directory = home.path().join("man");
    std::fs::create_dir(&directory).unwrap();
    assert_eq!(output_of(&home.run(&["man", "--directory", directory.to_str().unwrap()])).2, 0);
    assert!(directory.join("manhole-eval.1").exists());
    let (_, err, status) = output_of(&home.run(&["man", "--directory", "/nodir"]));
    assert_eq!((status, err.starts_with("error: cannot write to /nodir: ")), (2, true), "{err}");
}
