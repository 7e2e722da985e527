//! One run of the built program in a project of its own.

pub(crate) mod browser;
pub(crate) mod media;
pub(crate) mod newest;
pub(crate) mod python;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;

use tempfile::TempDir;

/// Columns of the terminal that the program believes in.
const COLUMNS: &str = "100";

/// One invocation that is yet to happen.
pub(crate) struct Run {
    project: Rc<TempDir>,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    address_space: Option<u64>,
}

/// What came of an invocation.
#[derive(Clone)]
pub(crate) struct Seen {
    project: Rc<TempDir>,
    /// The exit code; `None` where a signal ended the program.
    pub(crate) code: Option<i32>,
    /// Standard output with the project's folder scrubbed.
    pub(crate) stdout: String,
    /// Standard error with the project's folder scrubbed.
    pub(crate) stderr: String,
}

impl Run {
    /// In an empty project.
    pub(crate) fn new() -> Self {
        let project = TempDir::with_prefix("storyreel-test-").expect("a temporary folder can be made");
        // A repository ends the search for the project's root, wherever temporary folders lie on this machine.
        fs::create_dir(project.path().join(".git")).expect("the folder is ours");
        Self::within(Rc::new(project))
    }

    fn within(project: Rc<TempDir>) -> Self {
        Self { project, args: Vec::new(), env: Vec::new(), stdin: Vec::new(), address_space: None }
    }

    /// The project's folder.
    pub(crate) fn path(&self) -> &Path {
        self.project.path()
    }

    /// A storyboard in the project.
    pub(crate) fn board(self, name: &str, text: &str) -> Self {
        self.file(name, text)
    }

    /// A file in the project, its folders included.
    #[track_caller]
    pub(crate) fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("it lies in the project")).expect("the folder is ours");
        fs::write(path, bytes).expect("the folder is ours");
        self
    }

    /// More arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// An environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// What the program reads from its standard input.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Ends the program when it wants more than so many MiB of addresses, which is never less than what it holds in
    /// memory. Only Linux keeps such a limit.
    pub(crate) fn within_mib(mut self, mib: u64) -> Self {
        self.address_space = Some(mib);
        self
    }

    /// The command, for what this builder does not do.
    pub(crate) fn command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_storyreel");
        let mut command = match self.address_space.filter(|_| cfg!(target_os = "linux")) {
            None => Command::new(program),
            Some(mib) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", "ulimit -v \"$1\" && shift && exec \"$@\"", "sh"]);
                shell.arg((mib * 1024).to_string()).arg(program);
                shell
            }
        };
        command.args(&self.args).current_dir(self.path()).env_clear();
        command.env("PATH", newest::programs());
        for kept in ["TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        // What is known of ffmpeg holds for all tests.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("HOME", self.path()).env("COLUMNS", COLUMNS).envs(self.env.iter().map(|(k, v)| (k, v)));
        command
    }

    /// Runs it, whatever comes.
    #[track_caller]
    pub(crate) fn run(self) -> Seen {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program was built");
        let mut stdin = child.stdin.take().expect("it is piped");
        // A program that does not read its standard input may be gone by now.
        let _ = stdin.write_all(&self.stdin);
        drop(stdin);
        let output = child.wait_with_output().expect("it was started");
        let scrub = |bytes: &[u8]| self.scrub(&String::from_utf8_lossy(bytes));
        Seen {
            code: output.status.code(),
            stdout: scrub(&output.stdout),
            stderr: scrub(&output.stderr),
            project: self.project,
        }
    }

    /// Runs it and insists on the exit code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Seen {
        let shown = format!("{:?}", self.args);
        let seen = self.run();
        assert_eq!(seen.code, Some(code), "storyreel {shown}\n--- out\n{}\n--- err\n{}", seen.stdout, seen.stderr);
        assert!(!seen.stderr.contains("panicked at"), "storyreel {shown} panicked:\n{}", seen.stderr);
        seen
    }

    /// Runs it and insists that all went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Seen {
        self.code(0)
    }

    fn scrub(&self, text: &str) -> String {
        let real = fs::canonicalize(self.path()).expect("it is there");
        text.replace(&real.display().to_string(), "[project]").replace(&self.path().display().to_string(), "[project]")
    }
}

impl Seen {
    /// Another run in the same project.
    pub(crate) fn again(&self) -> Run {
        Run::within(Rc::clone(&self.project))
    }

    /// The project's folder.
    pub(crate) fn path(&self) -> &Path {
        self.project.path()
    }

    /// Insists on the whole of standard output.
    #[track_caller]
    pub(crate) fn out(self, expected: &str) -> Self {
        assert_eq!(self.stdout, expected, "standard output; standard error was:\n{}", self.stderr);
        self
    }

    /// Insists on the whole of standard error.
    #[track_caller]
    pub(crate) fn err(self, expected: &str) -> Self {
        assert_eq!(self.stderr, expected, "standard error");
        self
    }

    /// Insists on a part of standard output.
    #[track_caller]
    pub(crate) fn out_has(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "`{part}` is not in standard output:\n{}", self.stdout);
        self
    }

    /// Insists on a part of standard error.
    #[track_caller]
    pub(crate) fn err_has(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "`{part}` is not in standard error:\n{}", self.stderr);
        self
    }

    /// Insists that neither output holds a text.
    #[track_caller]
    pub(crate) fn says_nothing_of(self, secret: &str) -> Self {
        let both = format!("{}\n{}", self.stdout, self.stderr);
        assert!(!both.contains(secret), "`{secret}` was said:\n{both}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", self.stdout))
    }
}
