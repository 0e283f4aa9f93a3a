//! `manhole export`: values of applications as metrics for Prometheus; uses `target_list`, `connect` and `terminal`.
//!
//! Order of the files: `metric`, `scraper`, `exposition`, `endpoint`.

mod endpoint;
mod exposition;
mod metric;
mod scraper;

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use crate::args::ExportArgs;
use crate::error::CliError;
use crate::target_list::resolve_all;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use exposition::Form;
use manhole_client::ConnectOptions;
use manhole_client::Level;
use manhole_client::cli_support::wait::POLL_INTERVAL;
use metric::Metric;
use scraper::{Scrape, Scraper};

/// The mode of the file: `node_exporter` runs as another user.
const FILE_MODE: u32 = 0o644;

pub(crate) fn export(args: &ExportArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    let metrics = args
        .metrics
        .iter()
        .map(|text| Metric::parse(text).map_err(|reason| CliError::Metric { text: text.clone(), reason }));
    let metrics = metrics.collect::<Result<Vec<_>, _>>()?;
    let mut names = BTreeSet::new();
    if let Some(twice) = metrics.iter().find(|metric| !names.insert(&metric.name)) {
        let reason = format!(
            "the name {} is there twice; `other = {}` gives it another one",
            twice.full_name(),
            twice.code
        );
        return Err(CliError::Metric { text: twice.code.clone(), reason });
    }
    let lookups = resolve_all(&args.target, &args.more, "export")?.lookups;
    // It only reads.
    let options = options.clone().level(options.max_level().unwrap_or(Level::Observe));
    let scraper = Scraper::new(metrics, lookups, options, args.timeout, args.more.jobs);
    match &args.output {
        None if args.once => {
            let scrapes = scraper.scrape();
            output::print(&exposition::text(scraper.metrics(), &scrapes, Form::OpenMetrics))?;
            Ok(exit_code(&scrapes))
        }
        None => endpoint::serve(scraper, args.listen, &ctrl_c),
        Some(file) => write_files(&scraper, file, args, &ctrl_c),
    }
}

/// Returns the exit status of a single scrape.
fn exit_code(scrapes: &[Scrape]) -> ExitCode {
    let is_whole = scrapes.iter().all(|scrape| scrape.series.iter().all(Option::is_some));
    if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes the file, once or until Ctrl-C.
fn write_files(
    scraper: &Scraper,
    file: &Path,
    args: &ExportArgs,
    ctrl_c: &CtrlC,
) -> Result<ExitCode, CliError> {
    loop {
        let started = Instant::now();
        let scrapes = scraper.scrape();
        let text = exposition::text(scraper.metrics(), &scrapes, Form::Prometheus);
        replace(file, &text).map_err(|error| CliError::Write {
            path: file.display().to_string(),
            reason: error.to_string(),
        })?;
        if args.once {
            return Ok(exit_code(&scrapes));
        }
        while started.elapsed() < args.interval {
            if ctrl_c.take() {
                return Err(CliError::Interrupted);
            }
            thread::sleep(POLL_INTERVAL.min(args.interval));
        }
    }
}

/// Replaces a file as a whole: a reader sees the old text or the new one.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    // Its name does not end with .prom, so that nothing reads it before.
    let mut new = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    new.write_all(text.as_bytes())?;
    fs::set_permissions(new.path(), Permissions::from_mode(FILE_MODE))?;
    new.persist(file)?;
    Ok(())
}
