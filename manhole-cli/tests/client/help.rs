//! What `--help` says, and the rest that is made of it.

use crate::support::{Home, said};

#[test]
fn every_command_has_help_with_examples() {
    let home = Home::new();
    for command in ["attach", "eval", "ls", "watch", "tree", "completions", "man"] {
        let (out, _, status) = said(&home.run(&[command, "--help"]));
        assert_eq!(status, 0);
        assert!(out.contains("Examples:") && out.contains(&format!("manhole {command}")), "{out}");
    }
    let (_, err, status) = said(&home.run(&["atach"]));
    assert_eq!(status, 2);
    assert!(err.contains("'attach'"), "{err}");
}

#[test]
fn completions_and_manual_pages_are_made() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(said(&home.run(&["completions", shell])).0.contains("attach"), "{shell}");
    }
    assert!(said(&home.run(&["man"])).0.contains(".SH SUBCOMMANDS"));
    let directory = home.path().join("man");
    std::fs::create_dir(&directory).unwrap();
    assert_eq!(said(&home.run(&["man", "--directory", directory.to_str().unwrap()])).2, 0);
    assert!(directory.join("manhole-eval.1").exists());
    let (_, err, status) = said(&home.run(&["man", "--directory", "/nodir"]));
    assert_eq!((status, err.starts_with("error: /nodir: ")), (2, true), "{err}");
}
