//! Speaking lines with a program of the user's machine.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use storyreel_core::ffmpeg::decode_speech;
use storyreel_core::film::{VoiceProgram, VoiceProgramKind};
use storyreel_core::language::LanguageTag;
use storyreel_core::sanitize::clean;
use storyreel_core::timeline::SAMPLE_RATE;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::pcm::samples_of;
use super::run::{FfmpegTask, finish};
use super::{Ffmpeg, MediaError};

/// How long a program may take for a line.
const PATIENCE: Duration = Duration::from_mins(2);

/// Words a minute of `espeak-ng`: a calm speaker, a little slower than its default of 175.
const WORDS_PER_MINUTE: u32 = 165;

/// What is done, for messages.
const TASK: &str = "speak a line with";

/// What is softer than this, as a part of full scale, at the ends of a line is silence (-46 dBFS).
const SILENCE: f32 = 0.005;

/// A line to be spoken.
#[derive(Debug, Clone, Copy)]
pub struct Utterance<'a> {
    /// The words.
    pub words: &'a str,
    /// The language, where it is known.
    pub language: Option<&'a LanguageTag>,
    /// The voice, as `espeak-ng` calls its variants.
    pub voice: &'a str,
    /// Who speaks.
    pub speaker: Option<&'a str>,
    /// How it is spoken.
    pub delivery: Option<&'a str>,
}

/// Has a line spoken into the file `out`.
///
/// # Errors
/// The program cannot be started, fails, takes more than two minutes, or writes no file.
pub async fn speak(program: &VoiceProgram, line: Utterance<'_>, out: &Path) -> Result<(), MediaError> {
    match program.kind {
        VoiceProgramKind::EspeakNg => {
            // The words are no option and no phonemes, whatever they begin with.
            let words = clean(line.words).replace("[[", "[ [");
            let languages = languages(line.language, &words);
            let (last, others) = languages.split_last().expect("English is always among them");
            for language in others {
                if run(espeak(program, language, line.voice, out), program, &words, out).await.is_ok() {
                    return Ok(());
                }
            }
            run(espeak(program, last, line.voice, out), program, &words, out).await
        }
        VoiceProgramKind::Own => {
            let mut command = Command::new(&program.path);
            command.arg(out);
            let language = line.language.map(ToString::to_string);
            for (name, value) in [
                ("STORYREEL_VOICE", Some(line.voice)),
                ("STORYREEL_VOICE_LANGUAGE", language.as_deref()),
                ("STORYREEL_VOICE_SPEAKER", line.speaker),
                ("STORYREEL_VOICE_DELIVERY", line.delivery),
            ] {
                command.env(name, value.map(clean).unwrap_or_default().replace('\0', ""));
            }
            run(command, program, &clean(line.words), out).await
        }
    }
}

/// `espeak-ng` reads the words from its standard input, and writes the file in the folder in which it is started.
fn espeak(program: &VoiceProgram, language: &str, voice: &str, out: &Path) -> Command {
    let mut command = Command::new(&program.path);
    command.current_dir(out.parent().unwrap_or_else(|| Path::new(".")));
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    command.arg(format!("-v{language}+{voice}")).arg(format!("-s{WORDS_PER_MINUTE}")).arg(format!("-w{name}"));
    command.arg("--stdin");
    command
}

/// The names by which `espeak-ng` may know a language, the closest first; then English.
fn languages(tag: Option<&LanguageTag>, words: &str) -> Vec<String> {
    let mut names = Vec::new();
    match tag.map(|tag| tag.to_string().to_ascii_lowercase()) {
        Some(tag) => {
            let primary = tag.split('-').next().unwrap_or_default().to_owned();
            names.push(if primary == "zh" { "cmn".to_owned() } else { tag });
            names.push(primary);
        }
        None => names.extend(words.chars().find_map(language_of).map(str::to_owned)),
    }
    names.push("en".to_owned());
    names.dedup();
    names
}

/// A language that is written with a letter, where most of its words are of one.
const fn language_of(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{3040}'..='\u{30ff}' => "ja",
        '\u{4e00}'..='\u{9fff}' => "cmn",
        '\u{ac00}'..='\u{d7a3}' => "ko",
        '\u{0400}'..='\u{04ff}' => "ru",
        '\u{0370}'..='\u{03ff}' => "el",
        '\u{0590}'..='\u{05ff}' => "he",
        '\u{0600}'..='\u{06ff}' => "ar",
        '\u{0900}'..='\u{097f}' => "hi",
        '\u{0e00}'..='\u{0e7f}' => "th",
        _ => return None,
    })
}

/// Runs a program that gets `words` on its standard input and writes `out`.
async fn run(mut command: Command, program: &VoiceProgram, words: &str, out: &Path) -> Result<(), MediaError> {
    let task = FfmpegTask::new(TASK, &program.path);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let started = command.spawn();
    let mut child = started.map_err(|source| MediaError::Start { program: PathBuf::from(&program.path), source })?;
    let mut stdin = child.stdin.take().expect("standard input was piped when the child was spawned");
    let telling = async move {
        // A program that needs no words may have closed it.
        let _ = stdin.write_all(words.as_bytes()).await;
        let _ = stdin.write_all(b"\n").await;
    };
    let failed = |status: &str, tail: &str| MediaError::Failed {
        task: TASK,
        file: program.path.clone(),
        status: status.to_owned(),
        tail: tail.to_owned(),
    };
    let speaking = async { tokio::join!(telling, finish(child, task, |_| {})).1 };
    let ended = tokio::time::timeout(PATIENCE, speaking).await;
    let (status, tail) = ended.map_err(|_| failed("it took more than two minutes", "it was stopped"))??;
    task.judge(status, &tail)?;
    let is_written = out.metadata().is_ok_and(|facts| facts.is_file() && facts.len() > 0);
    if is_written { Ok(()) } else { Err(failed("it ended well", "but wrote no sound")) }
}

impl Ffmpeg {
    /// The samples of a spoken line, one channel at [`SAMPLE_RATE`], so many times as fast, without the silence at both ends.
    ///
    /// # Errors
    /// The file has no sound that can be read.
    pub async fn speech(&self, file: &Path, times: f64) -> Result<Vec<f32>, MediaError> {
        let task = FfmpegTask::new("read the voice", file);
        let samples = samples_of(&self.output(task, &decode_speech(file, times, SAMPLE_RATE)).await?);
        let is_heard = |sample: &f32| sample.abs() > SILENCE;
        let Some(first) = samples.iter().position(is_heard) else { return Ok(Vec::new()) };
        let last = samples.iter().rposition(is_heard).unwrap_or(first);
        Ok(samples[first..=last].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tried_from_the_closest_to_english() {
        let of = |tag: &str, words: &str| languages(tag.parse().ok().as_ref(), words).join(" ");
        assert_eq!(of("pt-BR", ""), "pt-br pt en");
        assert_eq!(of("zh-Hant", ""), "cmn zh en");
        assert_eq!(of("en", ""), "en");
        assert_eq!(languages(None, "Ну, пора.").join(" "), "ru en");
        assert_eq!(languages(None, "One more night.").join(" "), "en");
    }
}
