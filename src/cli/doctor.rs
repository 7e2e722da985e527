//! `storyreel doctor`: what is missing on this machine, and the command that gets it; or what is amiss with a film.

mod film;

use std::path::Path;

use storyreel_core::provider::reply::ErrorKind;
use storyreel_core::provider::{PROVIDERS, Provider};
use storyreel_core::sanitize::{chain, clean};
use storyreel_core::text::listed;
use storyreel_core::timeline::{Codec, encoder_name};
use storyreel_media::media::Ffmpeg;
use storyreel_media::picture::Painter;
use storyreel_providers::{Remote, Renderer as _, Ticket};

use super::connect::{Access, NoAccess, access_to};
use super::context::Context;
use super::exit;
use super::failure::{Done, error_line};
use super::output::print;

/// One thing that was looked for.
struct Diagnosis {
    what: &'static str,
    found: Result<String, String>,
    /// Without it no film can be made.
    needed: bool,
    fix: String,
}

pub(super) fn doctor(context: &Context, film: Option<&Path>) -> Done {
    let findings = match film {
        Some(film) => film::diagnoses(context, film),
        None => machine_diagnoses(context),
    };
    let mut text = String::new();
    for Diagnosis { what, found, needed, fix } in &findings {
        match found {
            Ok(detail) => text.push_str(&format!("ok       {what}: {}\n", clean(detail))),
            Err(why) => {
                let grade = if *needed { "missing " } else { "optional" };
                text.push_str(&format!("{grade} {what}: {}\n         fix: {fix}\n", clean(why)));
            }
        }
    }
    let broken = findings.iter().any(|finding| finding.needed && finding.found.is_err());
    print(&text)?;
    Ok(if broken { exit::FILM_FAILED } else { exit::DONE })
}

/// What storyboards may use on this machine.
fn permissions_diagnosis(context: &Context) -> Diagnosis {
    let allowed = context.permissions().summary();
    let allowed: Vec<String> =
        allowed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let beyond = if allowed.is_empty() {
        "only the services' own hosts and variables".to_owned()
    } else {
        format!("beyond the services' own hosts and variables {}", allowed.join(", "))
    };
    let mode = if context.untrusted() { "; storyboards are treated as untrusted (`--untrusted`)" } else { "" };
    Diagnosis { what: "trust", found: Ok(format!("{beyond}{mode}")), needed: false, fix: String::new() }
}

/// All that films are made with.
fn machine_diagnoses(context: &Context) -> Vec<Diagnosis> {
    let mut findings = match context.ffmpeg() {
        Ok(ffmpeg) => program_diagnoses(&ffmpeg),
        Err(error) => {
            vec![Diagnosis { what: "ffmpeg", found: Err(chain(&error)), needed: true, fix: install_command("ffmpeg") }]
        }
    };
    findings.push(permissions_diagnosis(context));
    let mut painter = Painter::new();
    findings.push(font_diagnosis(&mut painter, "Chinese, Japanese, Korean", "漢字かな한글", "fonts-noto-cjk"));
    findings.push(font_diagnosis(&mut painter, "emoji", "😀🎬", "fonts-noto-color-emoji"));
    findings.push(store_diagnosis(context));
    findings.extend(provider_diagnoses(context));
    findings
}

fn program_diagnoses(ffmpeg: &Ffmpeg) -> Vec<Diagnosis> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let inspected = match &runtime {
        Ok(runtime) => runtime.block_on(ffmpeg.inspect()).map_err(|error| chain(&error)),
        Err(error) => Err(error_line(&chain(error))),
    };
    let inspection = match inspected {
        Ok(inspection) => inspection,
        Err(why) => {
            return vec![Diagnosis { what: "ffmpeg", found: Err(why), needed: true, fix: install_command("ffmpeg") }];
        }
    };
    let lacking: Vec<&str> = inspection.missing_encoders.iter().chain(&inspection.missing_filters).copied().collect();
    let full = if lacking.is_empty() {
        Ok("everything needed".to_owned())
    } else {
        Err(format!("this build lacks {}", listed(lacking.iter().copied(), 12)))
    };
    let codecs = film_codecs(&inspection.missing_codecs);
    let program = format!("{} ({})", inspection.ffmpeg, ffmpeg.ffmpeg_path().display());
    let probe = format!("{} ({})", inspection.ffprobe, ffmpeg.ffprobe_path().display());
    vec![
        Diagnosis { what: "ffmpeg", found: Ok(program), needed: true, fix: install_command("ffmpeg") },
        Diagnosis { what: "ffprobe", found: Ok(probe), needed: true, fix: install_command("ffmpeg") },
        Diagnosis { what: "encoders and filters", found: full, needed: true, fix: install_command("ffmpeg") },
        Diagnosis { what: "film codecs", found: codecs, needed: false, fix: install_command("ffmpeg") },
    ]
}

/// The codecs that films can be in; an error where some cannot be encoded.
fn film_codecs(missing: &[Codec]) -> Result<String, String> {
    let all = [Codec::H264, Codec::Hevc, Codec::Av1, Codec::Prores];
    let unable: Vec<Codec> = all.into_iter().filter(|codec| missing.contains(codec)).collect();
    if unable.is_empty() { Ok(codec_names(&all)) } else { Err(format!("no encoder for {}", codec_names(&unable))) }
}

fn codec_names(codecs: &[Codec]) -> String {
    let named: Vec<String> = codecs.iter().map(|codec| format!("{codec} ({})", encoder_name(*codec))).collect();
    named.join(", ")
}

/// Fonts matter to cards and animatics only: a service gets the text itself.
fn font_diagnosis(painter: &mut Painter, what: &'static str, sample: &str, package: &str) -> Diagnosis {
    let missing = painter.missing(sample);
    let found = if missing.is_empty() {
        Ok("a font is installed".to_owned())
    } else {
        Err("no font is installed; this text is shown as boxes in cards and animatics".to_owned())
    };
    Diagnosis { what, found, needed: false, fix: install_command(package) }
}

fn store_diagnosis(context: &Context) -> Diagnosis {
    let store = context.store(Path::new("storyboard.yaml"));
    let folder = store.root().display().to_string();
    // Only what is there can be tried without leaving something behind.
    let found = if store.root().is_dir() {
        tempfile::tempfile_in(store.root()).map(|_| folder.clone()).map_err(|error| format!("`{folder}`: {error}"))
    } else {
        Ok(format!("{folder} (created by the first render)"))
    };
    let fix = "make the folder writable, or choose another with `--store DIR`".to_owned();
    Diagnosis { what: "store", found, needed: true, fix }
}

/// Every service that the environment names by its key or its address, and one finding for all others. Nobody is called
/// without a key.
fn provider_diagnoses(context: &Context) -> Vec<Diagnosis> {
    let paid = PROVIDERS.iter().copied().filter(|provider| provider.is_paid);
    let (named, others): (Vec<&Provider>, Vec<&Provider>) = paid.partition(|provider| context.is_named(provider));
    // A server of one's own needs no key.
    let others: Vec<&Provider> = others.into_iter().filter(|provider| !provider.is_own_server).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let asked = futures::future::join_all(named.iter().map(|provider| provider_diagnosis(context, provider)));
    let mut findings = match runtime {
        Ok(runtime) => runtime.block_on(asked),
        Err(error) => {
            let why = error_line(&chain(&error));
            let fix = "free some memory, or end other programs".to_owned();
            vec![Diagnosis { what: "services", found: Err(why), needed: false, fix }]
        }
    };
    if !others.is_empty() {
        let ids = listed(others.iter().map(|provider| provider.id), 12);
        let keys = listed(others.iter().filter_map(|provider| provider.key_env.first().copied()), 12);
        let found = Err(format!("no key for {ids}"));
        findings.push(Diagnosis {
            what: "other services",
            found,
            needed: false,
            fix: format!("set {keys} to use them"),
        });
    }
    findings
}

/// Whether there is a key for a service, and whether the service answers to it. What is looked at is a task that nobody
/// has, which costs nothing.
async fn provider_diagnosis(context: &Context, provider: &'static Provider) -> Diagnosis {
    let (found, fix) = provider_answer(context, provider).await;
    Diagnosis { what: provider.id, found, needed: false, fix }
}

/// What a service answers, and what to do where it does not.
async fn provider_answer(context: &Context, provider: &'static Provider) -> (Result<String, String>, String) {
    let Access { bases, key, .. } = match access_to(context, provider, None) {
        Ok(access) => access,
        Err(NoAccess::Key { variables, .. }) => return (Err("no key".to_owned()), format!("set {variables}")),
        Err(NoAccess::Base { variable, .. }) => {
            let fix = format!("set {variable}, or `providers.{}.base_url` in the storyboard", provider.id);
            return (Err("no address".to_owned()), fix);
        }
        // Without a storyboard nothing is asked for.
        Err(error @ NoAccess::NotAllowed(_)) => return (Err(error.to_string()), String::new()),
    };
    let name = context.key_name(provider);
    let base = bases.first().cloned().unwrap_or_default();
    let answer = match Remote::new(provider, &base, &key) {
        Ok(remote) => remote.poll(&Ticket("storyreel-doctor".to_owned())).await.map(|_| ()),
        Err(error) => return (Err(error.message), format!("correct {name} or {}", provider.base_env)),
    };
    match answer {
        Err(error) if error.kind == ErrorKind::Network => {
            let fix = format!("check the connection, and {} if it is set", provider.base_env);
            (Err(error.message), fix)
        }
        Err(error) if error.kind == ErrorKind::Auth => {
            let fix = "copy the key again: a key is valid for one service, region and project".to_owned();
            (Err(format!("the key in {name} is refused: {}", error.message)), fix)
        }
        // Whatever else it says of a task that does not exist, it is there.
        _ if name.is_empty() => (Ok(format!("{base} answers")), String::new()),
        _ => (Ok(format!("key in {name}, {base} answers")), String::new()),
    }
}

/// The command that installs a Debian package or its like elsewhere.
fn install_command(package: &str) -> String {
    if cfg!(target_os = "macos") {
        match package {
            "ffmpeg" => "brew install ffmpeg".to_owned(),
            _ => "macOS has such a font; allow access to the system's fonts".to_owned(),
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
