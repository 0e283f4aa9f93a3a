//! The arguments of `manhole run`.

use std::path::PathBuf;

use clap::ValueHint;
use manhole_client::cli_support::target::Target;

use super::eval::EvalOptions;
use super::shared::target_completer;

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The application.
    #[arg(add = target_completer())]
    pub(crate) target: Target,

    /// The function, such as sessions::longest of the run-book sessions.rhai. A run-book alone is listed.
    #[arg(required_unless_present_any = ["list", "file"])]
    pub(crate) function: Option<String>,

    /// Its arguments, each an expression of the console. A text needs quotes: '"alice"'.
    #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
    pub(crate) arguments: Vec<String>,

    /// List the run-books with their functions, or the functions of --file.
    #[arg(short, long)]
    pub(crate) list: bool,

    /// Take the function from a file on this machine, or run the whole file.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: EvalOptions,
}
