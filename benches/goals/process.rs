//! What a whole process costs, from its start to its end.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::table::median;

/// The argument that makes this program measure a command.
pub(crate) const MEASURE: &str = "measure-child";

/// What a process cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// User and system time of all threads.
    pub(crate) cpu: Duration,
    /// The largest resident set, in bytes.
    pub(crate) peak: u64,
}

/// Runs `command` in `folder` and measures it. A process of its own waits for it, because the peak memory of children
/// is known only as the largest of them all.
pub(crate) fn cost(folder: &Path, command: &[&str]) -> Cost {
    let this = std::env::current_exe().expect("a program knows its own path");
    let output = Command::new(this).arg(MEASURE).args(command).current_dir(folder).stderr(Stdio::inherit()).output();
    let output = output.expect("this program can be started");
    assert!(output.status.success(), "`{}` failed", command.join(" "));
    let text = String::from_utf8(output.stdout).expect("numbers are UTF-8");
    let numbers: Vec<u64> = text.split_whitespace().map(|n| n.parse().expect("a number")).collect();
    let [wall, cpu, peak] = numbers[..] else { panic!("three numbers, not {text:?}") };
    Cost { wall: Duration::from_nanos(wall), cpu: Duration::from_micros(cpu), peak }
}

/// Measures the command that `args` spell, and prints nanoseconds, microseconds and bytes.
#[expect(clippy::print_stdout, reason = "the measure goes to the parent through a pipe")]
#[expect(clippy::print_stderr, reason = "so does what went wrong")]
pub(crate) fn measure_child(args: &[String]) -> ExitCode {
    let mut command = Command::new(&args[0]);
    command.args(&args[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status();
    let wall = began.elapsed();
    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
        eprintln!("{}: {status:?}", args.join(" "));
        return ExitCode::FAILURE;
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    let (user, system) = (usage.user_time(), usage.system_time());
    let cpu = (user.tv_sec() + system.tv_sec()) * 1_000_000 + user.tv_usec() + system.tv_usec();
    // Linux counts in kibibytes, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    println!("{} {cpu} {}", wall.as_nanos(), usage.max_rss() * unit);
    ExitCode::SUCCESS
}

/// Two commands measured by turns.
pub(crate) struct Pairs(Vec<(Cost, Cost)>);

impl Pairs {
    /// Runs `ours` and `theirs` once unmeasured and then `rounds` times.
    pub(crate) fn of(folder: &Path, rounds: usize, ours: &[&str], theirs: &[&str]) -> Self {
        let pair = || (cost(folder, ours), cost(folder, theirs));
        pair();
        Self((0..rounds).map(|_| pair()).collect())
    }

    /// The medians of both sides, and of the ratios.
    pub(crate) fn medians(&self, of: impl Fn(&Cost) -> f64) -> (f64, f64, f64) {
        let side = |pick: &dyn Fn(&(Cost, Cost)) -> f64| median(self.0.iter().map(pick));
        (side(&|pair| of(&pair.0)), side(&|pair| of(&pair.1)), side(&|pair| of(&pair.0) / of(&pair.1)))
    }

    /// The largest peak memory of our side.
    pub(crate) fn our_peak(&self) -> u64 {
        self.0.iter().map(|(ours, _)| ours.peak).max().unwrap_or_default()
    }
}

/// Milliseconds, for a table.
pub(crate) fn ms(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1000.0)
}
