//! The speed that storyreel promises, measured against something that everybody can check.
//!
//! ```text
//! cargo bench                             # all goals
//! cargo bench -- plan                     # one of: plan, noop, schedule, poll, joins, soak, race, kills
//! cargo bench -- --short                  # fewer rounds, fewer clips to dissolve, fewer shots
//! cargo bench -- --check                  # exit code 1 when a goal is missed, for CI
//! ```
//!
//! Each goal has a module here whose header says what is compared with what. Processes are measured whole, by turns,
//! and the medians of the paired ratios count: the noise of a shared machine falls on both sides alike.

#[cfg(unix)]
mod board;
#[cfg(unix)]
mod joins;
#[cfg(target_os = "linux")]
mod kills;
#[cfg(unix)]
mod noop;
#[cfg(unix)]
mod plan;
#[cfg(unix)]
mod poll;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod race;
#[cfg(unix)]
mod random;
#[cfg(unix)]
mod schedule;
#[cfg(unix)]
#[path = "../../tests/service/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need all of it, the goals do not")]
mod service;
#[cfg(unix)]
mod soak;
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
    let goals: &[(&str, Goal)] = &[
        ("plan", plan::run),
        ("noop", noop::run),
        ("schedule", schedule::run),
        ("poll", poll::run),
        ("joins", joins::run),
        ("soak", soak::run),
        ("race", race::run),
        #[cfg(target_os = "linux")]
        ("kills", kills::run),
    ];
    for (name, goal) in goals.iter().copied() {
        if wants(name) {
            met &= goal(short);
        }
    }
    if met || !args.iter().any(|arg| arg == "--check") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures and prints; for a short run or a long one. True when the goal is met.
#[cfg(unix)]
type Goal = fn(bool) -> bool;

/// Processor time of children is asked of Unix.
#[cfg(not(unix))]
fn main() {}
