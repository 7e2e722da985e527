//! The speed that storyreel promises, measured against something that everybody can check.
//!
//! ```text
//! cargo bench                             # all goals
//! cargo bench -- plan                     # one of: plan, rows, noop, schedule, poll, joins, footage, frame, judge, animatic,
//!                                         # soak, race, kills
//! cargo bench -- moviepy                  # a rival that is installed first: moviepy, editly
//! cargo bench -- --short                  # fewer rounds, fewer clips to dissolve, fewer shots
//! cargo bench -- --check                  # exit code 1 when a goal is missed, for CI
//! ```
//!
//! Each goal has a module here whose header says what is compared with what. Processes are measured whole, by turns,
//! and the medians of the paired ratios count: the noise of a shared machine falls on both sides alike.

#[cfg(unix)]
mod animatic;
#[cfg(unix)]
mod board;
#[cfg(unix)]
mod footage;
#[cfg(unix)]
mod frame;
#[cfg(unix)]
mod joins;
#[cfg(unix)]
mod judge;
#[cfg(target_os = "linux")]
mod kills;
#[cfg(unix)]
#[path = "../../tests/loopback/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need all of it, the goals do not")]
mod loopback;
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
mod rivals;
#[cfg(unix)]
mod rows;
#[cfg(unix)]
mod schedule;
#[cfg(unix)]
mod soak;
#[cfg(unix)]
mod support;
#[cfg(unix)]
mod table;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        // The other side of a comparison, and the process that measures one: this program again.
        Some(plan::BARE) => return plan::bare(&args[1]),
        Some(frame::TAKE) => return frame::take(&args[1], &args[2]),
        Some(judge::JUDGE) => return judge::judge_one(&args[1], &args[2]),
        Some(process::MEASURE) => return process::measure_child(&args[1..]),
        _ => {}
    }
    let named = |name: &str| args.iter().any(|arg| arg == name);
    let all = args.iter().all(|arg| arg.starts_with("--"));
    let short = args.iter().any(|arg| arg == "--short");
    let mut met = true;
    let goals: &[(&str, Goal)] = &[
        ("plan", plan::run),
        ("rows", rows::run),
        ("noop", noop::run),
        ("schedule", schedule::run),
        ("poll", poll::run),
        ("joins", joins::run),
        ("footage", footage::run),
        ("frame", frame::run),
        ("judge", judge::run),
        ("animatic", animatic::run),
        ("soak", soak::run),
        ("race", race::run),
        #[cfg(target_os = "linux")]
        ("kills", kills::run),
    ];
    let rivals: [(&str, Goal); 2] = [("moviepy", rivals::moviepy), ("editly", rivals::editly)];
    for (name, goal) in goals.iter().copied() {
        if all || named(name) {
            met &= goal(short);
        }
    }
    for (_, goal) in rivals.iter().filter(|(name, _)| named(name)) {
        met &= goal(short);
    }
    if met || !args.iter().any(|arg| arg == "--check") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures and prints; for a short run or a long one. True when the goal is met.
#[cfg(unix)]
type Goal = fn(bool) -> bool;

/// Processor time of children is asked of Unix.
#[cfg(not(unix))]
fn main() {}
