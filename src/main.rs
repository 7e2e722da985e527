//! The `storyreel` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(storyreel::cli::run(std::env::args_os()))
}
