//! Running ffmpeg and ffprobe as children that die with their future.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use ffmpeg_sidecar::command::FfmpegCommand;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::demuxer::{with_format, with_formats};
use super::{Ffmpeg, MediaError};

/// How much of standard error is kept for a message, in bytes. ffmpeg names the cause last.
const TAIL: usize = 2000;

/// What is being done to which file, for messages.
#[derive(Clone, Copy)]
pub(super) struct FfmpegTask<'a> {
    pub(super) verb: &'static str,
    pub(super) file: &'a Path,
}

impl<'a> FfmpegTask<'a> {
    pub(super) const fn new(verb: &'static str, file: &'a Path) -> Self {
        Self { verb, file }
    }

    /// Turns an unsuccessful end into an error with the program's own words. ffmpeg ends in success even where its very
    /// last writes fail, as they do on a full disk.
    pub(super) fn judge(self, status: ExitStatus, tail: &str) -> Result<(), MediaError> {
        let torn = ["Error writing trailer", "Error closing file"].iter().any(|words| tail.contains(words));
        if status.success() && !torn {
            return Ok(());
        }
        let task = self.verb;
        let file = self.file.to_owned();
        let tail = tail.to_owned();
        Err(MediaError::Failed { task, file, status: status.to_string(), tail })
    }
}

/// Where a child's standard input comes from and where it works.
pub(super) struct Setting<'a> {
    pub(super) stdin: Stdio,
    pub(super) folder: Option<&'a Path>,
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self { stdin: Stdio::null(), folder: None }
    }
}

impl Ffmpeg {
    /// Starts ffmpeg. Existing outputs are overwritten: every output is a temporary name of ours, and without `-y`
    /// a run that wrote nothing may still end in success.
    pub(super) fn start(&self, args: &[OsString], setting: Setting<'_>) -> Result<Child, MediaError> {
        let args = with_formats(args, setting.folder)?;
        let mut command = FfmpegCommand::new_with_path(&self.ffmpeg);
        // The builder asks for the log that its own parser needs; here only errors are read.
        command.hide_banner().args(["-loglevel", "error", "-nostdin"]).overwrite().args(args);
        spawn(std::process::Command::from(command), &self.ffmpeg, setting)
    }

    /// Runs ffmpeg to its end and gives back what it wrote to standard output.
    pub(super) async fn output(&self, task: FfmpegTask<'_>, args: &[OsString]) -> Result<Vec<u8>, MediaError> {
        let child = self.start(args, Setting::default())?;
        let mut bytes = Vec::new();
        let (status, tail) = finish(child, task, |chunk| bytes.extend_from_slice(chunk)).await?;
        task.judge(status, &tail)?;
        Ok(bytes)
    }

    /// Runs ffprobe to its end and gives back its status, standard output and the end of standard error.
    pub(super) async fn ask(
        &self,
        task: FfmpegTask<'_>,
        args: &[OsString],
    ) -> Result<(ExitStatus, String, String), MediaError> {
        let mut command = std::process::Command::new(&self.ffprobe);
        command.args(with_format(args)?);
        let child = spawn(command, &self.ffprobe, Setting::default())?;
        let mut bytes = Vec::new();
        let (status, tail) = finish(child, task, |chunk| bytes.extend_from_slice(chunk)).await?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned(), tail))
    }
}

fn spawn(mut command: std::process::Command, program: &Path, setting: Setting<'_>) -> Result<Child, MediaError> {
    if let Some(folder) = setting.folder {
        command.current_dir(folder);
    }
    command.stdin(setting.stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut command = Command::from(command);
    command.kill_on_drop(true);
    // An interrupt typed at the terminal is for this program to act on; ffmpeg would stop half-way at once.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn().map_err(|source| MediaError::Start { program: PathBuf::from(program), source })
}

/// Waits for a child, handing its standard output on in chunks, and returns its status and the end of its standard
/// error. Both streams are read all the time: a child that finds a full pipe would hang.
pub(super) async fn finish(
    mut child: Child,
    task: FfmpegTask<'_>,
    mut sink: impl FnMut(&[u8]),
) -> Result<(ExitStatus, String), MediaError> {
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let reading = async {
        let mut stdout = stdout.expect("standard output was piped when the child was spawned");
        let mut chunk = vec![0; 1 << 16];
        loop {
            match stdout.read(&mut chunk).await? {
                0 => return Ok(()),
                count => sink(&chunk[..count]),
            }
        }
    };
    let (read, tail) = tokio::join!(reading, tail(stderr));
    let status = child.wait().await.map_err(MediaError::file(task.verb, task.file))?;
    read.map_err(MediaError::file(task.verb, task.file))?;
    Ok((status, tail))
}

/// The last [`TAIL`] bytes of a stream as one line of text.
pub(super) async fn tail(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept: Vec<u8> = Vec::new();
    let mut chunk = [0; 1024];
    // An unreadable log ends the message early and changes nothing else.
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        kept.extend_from_slice(&chunk[..count]);
        if kept.len() > 2 * TAIL {
            kept.drain(..kept.len() - TAIL);
        }
    }
    let start = kept.len().saturating_sub(TAIL);
    one_line(&String::from_utf8_lossy(&kept[start..]))
}

/// A log as one line, without ffmpeg's level marks and without a line that repeats the one before.
fn one_line(log: &str) -> String {
    let bare = |line: &str| line.replacen("[error] ", "", 1).trim().to_owned();
    let mut lines: Vec<String> = log.lines().map(bare).filter(|line| !line.is_empty()).collect();
    lines.dedup();
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_becomes_one_line_without_repetition() {
        let log = "[error] write: No space left\n[error] write: No space left\n\n[mp4 @ 0x1] [error] gone\n";
        assert_eq!(one_line(log), "write: No space left; [mp4 @ 0x1] gone");
    }
}
