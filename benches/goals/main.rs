//! The speed that storyreel promises, measured against something that everybody can check.
//!
//! ```text
//! cargo bench                             # all goals
//! cargo bench -- plan                     # one of: plan, noop, schedule
//! cargo bench -- --short                  # fewer rounds: some ten seconds
//! cargo bench -- --check                  # exit code 1 when a goal is missed, for CI
//! ```
//!
//! Each goal has a module here whose header says what is compared with what. Processes are measured whole, by turns,
//! and the medians of the paired ratios count: the noise of a shared machine falls on both sides alike.

#[cfg(unix)]
mod board;
#[cfg(unix)]
mod noop;
#[cfg(unix)]
mod plan;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod random;
#[cfg(unix)]
mod schedule;
#[cfg(unix)]
mod table;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        // The other side of a comparison, and the process that measures one: this program again.
        Some(plan::BARE) => return plan::bare(&args[1]),
        Some(process::MEASURE) => return process::measure_child(&args[1..]),
        _ => {}
    }
    let wants = |name: &str| args.iter().all(|arg| arg.starts_with("--")) || args.iter().any(|arg| arg == name);
    let short = args.iter().any(|arg| arg == "--short");
    let mut met = true;
    for (name, goal) in [("plan", plan::run as fn(bool) -> bool), ("noop", noop::run), ("schedule", schedule::run)] {
        if wants(name) {
            met &= goal(short);
        }
    }
    if met || !args.iter().any(|arg| arg == "--check") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Processor time of children is asked of Unix.
#[cfg(not(unix))]
fn main() {}
