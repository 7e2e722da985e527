//! Finding ffmpeg and ffprobe, and asking them what they can do.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ffmpeg_sidecar::log_parser::try_parse_version;
use storyreel_core::ffmpeg::{LIST_ENCODERS, LIST_FILTERS, VERSION};
use storyreel_core::keyword::Keyword as _;
use storyreel_core::timeline::{Codec, encoder_name};

use super::run::FfmpegTask;
use super::{Ffmpeg, MediaError};

/// How to get ffmpeg on this platform.
const FIX: &str = if cfg!(target_os = "macos") {
    "install it with `brew install ffmpeg`"
} else if cfg!(target_os = "windows") {
    "install it with `winget install Gyan.FFmpeg`"
} else {
    "install it with `sudo apt install ffmpeg`, `sudo dnf install ffmpeg` or `sudo pacman -S ffmpeg`"
};

/// The version of libavutil that came with ffmpeg 5.1 (its `doc/APIchanges`). Unlike ffmpeg's own version it is a
/// number in every build, development snapshots included.
const OLDEST: (u32, u32) = (57, 28);

/// Encoders without which nothing can be made.
const ENCODERS: [&str; 3] = ["libx264", "aac", "ppm"];

/// Filters without which nothing can be made.
const FILTERS: [&str; 29] = [
    "aformat",
    "alimiter",
    "aloop",
    "apad",
    "aresample",
    "asetpts",
    "atrim",
    "bwdif",
    "concat",
    "ebur128",
    "format",
    "fps",
    "lut3d",
    "lutyuv",
    "overlay",
    "null",
    "pad",
    "reverse",
    "scale",
    "select",
    "setparams",
    "setpts",
    "setsar",
    "settb",
    "split",
    "tpad",
    "trim",
    "volume",
    "xfade",
];

/// Codecs that only some films are in. H.264 is among [`ENCODERS`].
const CODECS: [Codec; 3] = [Codec::Hevc, Codec::Av1, Codec::Prores];

/// What ffmpeg is and whether it can do everything needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The version of ffmpeg as it says itself, for example `5.1.9-0+deb12u1`.
    pub ffmpeg: String,
    /// The version of ffprobe as it says itself.
    pub ffprobe: String,
    /// Encoders that are needed and not there.
    pub missing_encoders: Vec<&'static str>,
    /// Filters that are needed and not there.
    pub missing_filters: Vec<&'static str>,
    /// Codecs in which films cannot be encoded, because their encoders are not there.
    pub missing_codecs: Vec<Codec>,
}

impl Inspection {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing_encoders.is_empty() && self.missing_filters.is_empty()
    }

    /// Whether no film can be encoded in `codec`.
    #[must_use]
    pub fn lacks(&self, codec: Codec) -> bool {
        self.missing_codecs.contains(&codec)
    }
}

impl Ffmpeg {
    /// Finds both programs without running them: ffmpeg at the path given, else on the `PATH`. An ffprobe beside a given
    /// ffmpeg comes before the one on the `PATH`, because the two belong together.
    pub fn find(ffmpeg: Option<&Path>) -> Result<Self, MediaError> {
        let Some(ffmpeg) = ffmpeg else {
            return Ok(Self { ffmpeg: on_path("ffmpeg")?, ffprobe: on_path("ffprobe")? });
        };
        if !runnable(ffmpeg) {
            return Err(MediaError::NotAProgram(ffmpeg.to_owned()));
        }
        let beside = ffmpeg.parent().map(|folder| folder.join(file_name("ffprobe")));
        let ffprobe = match beside.filter(|path| runnable(path)) {
            Some(path) => path,
            None => on_path("ffprobe")?,
        };
        Ok(Self { ffmpeg: ffmpeg.to_owned(), ffprobe })
    }

    /// The path of the ffmpeg that is used.
    #[must_use]
    pub fn ffmpeg_path(&self) -> &Path {
        &self.ffmpeg
    }

    /// The path of the ffprobe that is used.
    #[must_use]
    pub fn ffprobe_path(&self) -> &Path {
        &self.ffprobe
    }

    /// What [`Self::inspect`] says, from the file `known` where it says so of these very programs: four starts of ffmpeg
    /// take longer than a small film. If one of `codecs` was missing, the programs are asked again: their libraries may have
    /// changed since.
    ///
    /// # Errors
    /// Those of [`Self::inspect`]. A file that cannot be read or written is no error.
    pub async fn inspect_once(&self, known: Option<&Path>, codecs: &[Codec]) -> Result<Inspection, MediaError> {
        let programs = self.identity();
        let remembered = known.zip(programs.as_deref()).and_then(|(file, programs)| remembered(file, programs));
        if let Some(inspection) = remembered.filter(|found| !codecs.iter().any(|codec| found.lacks(*codec))) {
            return Ok(inspection);
        }
        let inspection = self.inspect().await?;
        if let (Some(file), Some(programs)) = (known, programs)
            && inspection.is_complete()
        {
            // The next run asks again.
            let _ = remember(file, &programs, &inspection);
        }
        Ok(inspection)
    }

    /// Path, size and time of change of both programs, on one line.
    fn identity(&self) -> Option<String> {
        let mut identity = Vec::new();
        for program in [&self.ffmpeg, &self.ffprobe] {
            let path = fs::canonicalize(program).ok()?;
            let facts = fs::metadata(&path).ok()?;
            let changed = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            identity.push(format!("{} {} {}", path.display(), facts.len(), changed.as_nanos()));
        }
        Some(identity.join(" "))
    }

    /// Runs both programs to learn their versions and what they lack.
    ///
    /// # Errors
    /// One cannot be run, or is older than 5.1.
    pub async fn inspect(&self) -> Result<Inspection, MediaError> {
        let ffmpeg = recent_enough("ffmpeg", &self.said(VERSION).await?)?;
        let task = FfmpegTask::new("inspect", &self.ffprobe);
        let probed = self.ask(task, &[VERSION.into()]).await?;
        task.judge(probed.status, &probed.tail)?;
        let ffprobe = recent_enough("ffprobe", &probed.text)?;
        let encoders = self.said(LIST_ENCODERS).await?;
        let filters = self.said(LIST_FILTERS).await?;
        let mut missing_codecs = Vec::new();
        for codec in CODECS {
            if !lacking(&encoders, &[encoder_name(codec)]).is_empty() {
                missing_codecs.push(codec);
            }
        }
        Ok(Inspection {
            ffmpeg,
            ffprobe,
            missing_encoders: lacking(&encoders, &ENCODERS),
            missing_filters: lacking(&filters, &FILTERS),
            missing_codecs,
        })
    }

    /// What ffmpeg prints when it is given one option and no files.
    async fn said(&self, option: &str) -> Result<String, MediaError> {
        let text = self.output(FfmpegTask::new("inspect", &self.ffmpeg), &[option.into()]).await?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// What is remembered of `programs`: the line that names them, the versions, and the codecs that are missing.
fn remembered(file: &Path, programs: &str) -> Option<Inspection> {
    let text = fs::read_to_string(file).ok()?;
    let mut lines = text.lines();
    if lines.next()? != programs {
        return None;
    }
    let ffmpeg = lines.next()?.to_owned();
    let ffprobe = lines.next()?.to_owned();
    let mut missing_codecs = Vec::new();
    for name in lines.next()?.split_whitespace() {
        missing_codecs.push(Codec::from_keyword(name)?);
    }
    Some(Inspection { ffmpeg, ffprobe, missing_encoders: Vec::new(), missing_filters: Vec::new(), missing_codecs })
}

fn remember(file: &Path, programs: &str, inspection: &Inspection) -> io::Result<()> {
    let folder = file.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    let Inspection { ffmpeg, ffprobe, missing_codecs, .. } = inspection;
    let missing: Vec<&str> = missing_codecs.iter().map(|codec| codec.keyword()).collect();
    writeln!(fresh, "{programs}\n{ffmpeg}\n{ffprobe}\n{}", missing.join(" "))?;
    fresh.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// The names of `wanted` that are not the second word of a line of `listing`.
fn lacking(listing: &str, wanted: &[&'static str]) -> Vec<&'static str> {
    let there: Vec<&str> = listing.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    wanted.iter().copied().filter(|name| !there.contains(name)).collect()
}

/// The version in the banner of `program`, or an error when it is too old or unreadable.
fn recent_enough(program: &str, banner: &str) -> Result<String, MediaError> {
    // The parser knows the banner of ffmpeg alone; that of ffprobe differs in the name.
    let first = banner.lines().next().unwrap_or_default().replacen(program, "ffmpeg", 1);
    let version = try_parse_version(&first).unwrap_or_else(|| "of an unknown version".to_owned());
    let library = banner.lines().find_map(|line| line.trim_start().strip_prefix("libavutil"));
    let mut numbers = library.unwrap_or_default().split(['.', '/']).map(|number| number.trim().parse::<u32>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST => Ok(version),
        _ => Err(MediaError::TooOld { version: format!("{program} {version}"), fix: FIX }),
    }
}

fn file_name(program: &str) -> String {
    format!("{program}{}", std::env::consts::EXE_SUFFIX)
}

fn on_path(program: &'static str) -> Result<PathBuf, MediaError> {
    program_on_path(program).ok_or(MediaError::Missing { program, fix: FIX })
}

/// Where a program is in the folders of `PATH`.
#[must_use]
pub fn program_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(file_name(program))).find(|path| runnable(path))
}

#[cfg(unix)]
fn runnable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runnable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn banner(version: &str, library: &str) -> String {
        format!("ffmpeg version {version} Copyright\nlibavutil      {library}\n")
    }

    fn version(banner: &str) -> Result<String, String> {
        recent_enough("ffmpeg", banner).map_err(|error| error.to_string())
    }

    #[test]
    fn old_and_unreadable_versions_are_refused() {
        assert_eq!(version(&banner("5.1.9-0+deb12u1", "57. 28.100 / 57. 28.100")), Ok("5.1.9-0+deb12u1".into()));
        assert_eq!(version(&banner("9.0.2-static", "61. 3.100 / 61. 3.100")), Ok("9.0.2-static".into()));
        assert_eq!(version(&banner("N-109-gabc", "58.  1.100 / 58.  1.100")), Ok("N-109-gabc".into()));
        for old in [banner("4.4.2", "56. 70.100 / 56. 70.100"), banner("5.0", "57. 17.100 / 57. 17.100")] {
            assert!(version(&old).is_err_and(|words| words.contains("is too old, 5.1 or later is needed")));
        }
        assert!(version("").is_err_and(|words| words.starts_with("ffmpeg of an unknown version is too old")));
        let probe = "ffprobe version 7.1-static Copyright\nlibavutil      59. 39.100 / 59. 39.100\n";
        assert_eq!(recent_enough("ffprobe", probe).ok(), Some("7.1-static".to_owned()));
    }

    #[test]
    fn what_is_lacking_is_named() {
        assert_eq!(lacking(" V....D libx264   x\n A....D aac  y\n", &ENCODERS), ["ppm"]);
    }

    #[test]
    fn a_path_that_is_no_program_is_named() {
        let error = Ffmpeg::find(Some(Path::new("/no/such/ffmpeg"))).map_err(|error| error.to_string());
        assert_eq!(error, Err("`/no/such/ffmpeg` is not a program that can be run".into()));
    }
}
