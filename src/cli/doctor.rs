//! `storyreel doctor`: what is missing on this machine, and the command that gets it.

use std::path::Path;

use super::context::Context;
use super::load::told;
use super::{Done, exit, print};
use crate::media::Ffmpeg;
use crate::picture::Painter;
use crate::text::listed;

/// One thing that was looked for.
struct Finding {
    what: &'static str,
    found: Result<String, String>,
    /// Without it no film can be made.
    needed: bool,
    fix: String,
}

pub(super) fn doctor(context: &Context) -> Done {
    let mut findings = match context.ffmpeg() {
        Ok(ffmpeg) => programs(&ffmpeg),
        Err(error) => vec![Finding {
            what: "ffmpeg",
            found: Err(crate::legible::chain(&error)),
            needed: true,
            fix: install("ffmpeg"),
        }],
    };
    let mut painter = Painter::new();
    findings.push(font(&mut painter, "Chinese, Japanese, Korean", "漢字かな한글", "fonts-noto-cjk"));
    findings.push(font(&mut painter, "emoji", "😀🎬", "fonts-noto-color-emoji"));
    findings.push(store(context));
    let mut text = String::new();
    for Finding { what, found, needed, fix } in &findings {
        match found {
            Ok(detail) => text.push_str(&format!("ok       {what}: {detail}\n")),
            Err(why) => {
                let grade = if *needed { "missing " } else { "optional" };
                text.push_str(&format!("{grade} {what}: {why}\n         fix: {fix}\n"));
            }
        }
    }
    let broken = findings.iter().any(|finding| finding.needed && finding.found.is_err());
    print(&text)?;
    if broken { Err(exit::FILM_FAILED) } else { Ok(exit::DONE) }
}

fn programs(ffmpeg: &Ffmpeg) -> Vec<Finding> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let inspected = match &runtime {
        Ok(runtime) => runtime.block_on(ffmpeg.inspect()).map_err(|error| crate::legible::chain(&error)),
        Err(error) => Err(told(error)),
    };
    let inspection = match inspected {
        Ok(inspection) => inspection,
        Err(why) => return vec![Finding { what: "ffmpeg", found: Err(why), needed: true, fix: install("ffmpeg") }],
    };
    let lacking: Vec<&str> = inspection.missing_encoders.iter().chain(&inspection.missing_filters).copied().collect();
    let full = if lacking.is_empty() {
        Ok("all that is needed".to_owned())
    } else {
        Err(format!("this build lacks {}", listed(lacking.iter().copied(), 12)))
    };
    let at = |version: &str, path: &Path| Ok(format!("{version} ({})", path.display()));
    vec![
        Finding {
            what: "ffmpeg",
            found: at(&inspection.ffmpeg, ffmpeg.ffmpeg_path()),
            needed: true,
            fix: install("ffmpeg"),
        },
        Finding {
            what: "ffprobe",
            found: at(&inspection.ffprobe, ffmpeg.ffprobe_path()),
            needed: true,
            fix: install("ffmpeg"),
        },
        Finding { what: "encoders and filters", found: full, needed: true, fix: install("ffmpeg") },
    ]
}

/// Fonts matter to cards and animatics only: a service gets the text itself.
fn font(painter: &mut Painter, what: &'static str, sample: &str, package: &str) -> Finding {
    let missing = painter.missing(sample);
    let found = if missing.is_empty() {
        Ok("a font is installed".to_owned())
    } else {
        Err("no font is installed; such text shows as boxes in cards and animatics".to_owned())
    };
    Finding { what, found, needed: false, fix: install(package) }
}

fn store(context: &Context) -> Finding {
    let store = context.store(Path::new("storyboard.yaml"));
    let folder = store.root().display().to_string();
    // Only what is there can be tried without leaving something behind.
    let found = if store.root().is_dir() {
        tempfile::tempfile_in(store.root()).map(|_| folder.clone()).map_err(|error| format!("`{folder}`: {error}"))
    } else {
        Ok(format!("{folder} (made at the first render)"))
    };
    let fix = "make the folder writable, or choose another with `--store DIR`".to_owned();
    Finding { what: "store", found, needed: true, fix }
}

/// The command that installs a Debian package or its like elsewhere.
fn install(package: &str) -> String {
    if cfg!(target_os = "macos") {
        match package {
            "ffmpeg" => "brew install ffmpeg".to_owned(),
            _ => "nothing to install: macOS brings such a font; allow access to the system's fonts".to_owned(),
        }
    } else if cfg!(windows) {
        match package {
            "ffmpeg" => "winget install Gyan.FFmpeg".to_owned(),
            _ => "add the language's fonts in Settings, Optional features".to_owned(),
        }
    } else {
        format!("sudo apt-get install {package}    (or the same from your distribution)")
    }
}
