//! Running ffmpeg and ffprobe as children that die with their future.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use ffmpeg_sidecar::command::FfmpegCommand;
use storyreel_core::ffmpeg::{self, with_format, with_formats};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::demuxer::demuxer_of;
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

impl Ffmpeg {
    /// Starts ffmpeg. Existing outputs are overwritten: every output is a temporary name of ours, and without `-y`
    /// a run that wrote nothing may still end in success.
    pub(super) fn start(&self, args: &[OsString], stdin: Stdio) -> Result<Child, MediaError> {
        let args = with_formats(args, demuxer_of)?;
        let mut command = FfmpegCommand::new_with_path(&self.ffmpeg);
        // The builder asks for the log that its own parser needs; here only errors are read.
        command.hide_banner().args(ffmpeg::COMMON).overwrite().args(args);
        spawn(command, &self.ffmpeg, stdin)
    }

    /// Runs ffmpeg to its end and gives back what it wrote to standard output.
    pub(super) async fn output(&self, task: FfmpegTask<'_>, args: &[OsString]) -> Result<Vec<u8>, MediaError> {
        let child = self.start(args, Stdio::null())?;
        let mut bytes = Vec::new();
        let (status, tail) = finish(child, task, |chunk| bytes.extend_from_slice(chunk)).await?;
        task.judge(status, &tail)?;
        Ok(bytes)
    }

    /// Runs ffmpeg to its end, whatever its status, and gives back what it said.
    pub(super) async fn answer(&self, task: FfmpegTask<'_>, args: &[OsString]) -> Result<ProgramAnswer, MediaError> {
        ProgramAnswer::of(self.start(args, Stdio::null())?, task).await
    }

    /// Runs ffprobe to its end, whatever its status, and gives back what it said.
    pub(super) async fn ask(&self, task: FfmpegTask<'_>, args: &[OsString]) -> Result<ProgramAnswer, MediaError> {
        let args = with_format(args, demuxer_of)?;
        let mut command = FfmpegCommand::from(std::process::Command::new(&self.ffprobe));
        command.create_no_window().args(args);
        ProgramAnswer::of(spawn(command, &self.ffprobe, Stdio::null())?, task).await
    }
}

/// What a program said, and how it ended.
pub(super) struct ProgramAnswer {
    pub(super) status: ExitStatus,
    /// Its standard output.
    pub(super) text: String,
    /// The end of its standard error; that it crashed, where it did without a word.
    pub(super) tail: String,
}

impl ProgramAnswer {
    async fn of(child: Child, task: FfmpegTask<'_>) -> Result<Self, MediaError> {
        let mut bytes = Vec::new();
        let (status, tail) = finish(child, task, |chunk| bytes.extend_from_slice(chunk)).await?;
        // Whoever crashes has no words.
        let crashed = tail.is_empty() && status.code().is_none();
        let tail = if crashed { format!("the program crashed: {status}") } else { tail };
        Ok(Self { status, text: String::from_utf8_lossy(&bytes).into_owned(), tail })
    }
}

fn spawn(command: FfmpegCommand, program: &Path, stdin: Stdio) -> Result<Child, MediaError> {
    let mut command = std::process::Command::from(command);
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
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
    let mut lines: Vec<String> = Vec::new();
    for line in log.lines() {
        let bare = line.replacen("[error] ", "", 1).trim().to_owned();
        if !bare.is_empty() && lines.last() != Some(&bare) {
            lines.push(bare);
        }
    }
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
