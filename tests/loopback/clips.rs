//! Real clips by the real ffmpeg, made once for every machine.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use sha2::{Digest as _, Sha256};

use crate::support::newest;

/// How much is in the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Look {
    /// Of the right size and length, with plain content that is fast to encode.
    #[default]
    Tiny,
    /// With detail, and encoded with care.
    Full,
    /// One plain picture for all tasks of a size and length, whatever they begin on; the files differ: for benches.
    Same,
}

/// What a clip is made from.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub(super) size: (u32, u32),
    pub(super) frames: u32,
    pub(super) audio: bool,
    /// What makes it differ from others: prompt and seed.
    pub(super) seed: String,
    /// The picture on which it begins.
    pub(super) first: Option<Arc<[u8]>>,
    /// The picture on which it ends.
    pub(super) last: Option<Arc<[u8]>>,
    /// Whether its colours are turned by a third of their circle.
    pub(super) other_colours: bool,
    /// Whether nothing is to be seen.
    pub(super) is_black: bool,
    pub(super) look: Look,
}

/// A clip and its last frame.
#[derive(Debug)]
pub(super) struct Clip {
    /// MP4, H.264 with 24 frames a second; AAC where there is sound.
    pub(super) video: Arc<[u8]>,
    /// PNG of the last decoded frame.
    pub(super) frame: Arc<[u8]>,
}

type Made = Arc<OnceLock<Result<Arc<Clip>, String>>>;

static MADE: LazyLock<Mutex<HashMap<String, Made>>> = LazyLock::new(Mutex::default);

/// Two encoders at once are all that a small machine bears beside the tests.
static ENCODERS: [Mutex<()>; 2] = [Mutex::new(()), Mutex::new(())];

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
}

/// Makes the clip in the background.
pub(super) fn begin(shot: Shot) {
    std::thread::spawn(move || clip(&shot));
}

/// The clip; whoever asks first waits until it is made.
pub(super) fn clip(shot: &Shot) -> Result<Arc<Clip>, String> {
    let key = shot.key();
    let made = Arc::clone(MADE.lock().expect("no one panics with it").entry(key.clone()).or_default());
    let clip = made.get_or_init(|| shot.found_or_made(&key)).clone()?;
    if shot.look == Look::Same { Ok(Arc::new(clip.marked(&shot.seed))) } else { Ok(clip) }
}

impl Clip {
    /// The same pictures in a file of its own: a box that players skip stands at its end.
    fn marked(&self, mark: &str) -> Self {
        let mut video = self.video.to_vec();
        video.extend((8 + mark.len() as u32).to_be_bytes());
        video.extend(b"free");
        video.extend(mark.as_bytes());
        Self { video: video.into(), frame: Arc::clone(&self.frame) }
    }
}

impl Shot {
    fn key(&self) -> String {
        let (first, last) = (self.first.as_deref().map(sha256), self.last.as_deref().map(sha256));
        let mut parts = format!("6 {:?} {} {} {:?}", self.size, self.frames, self.audio, self.look);
        if self.other_colours {
            parts.push_str(" other colours");
        }
        if self.is_black {
            parts.push_str(" black");
        }
        if self.look != Look::Same {
            parts.push_str(&format!(" {} {first:?} {last:?}", self.seed));
        }
        sha256(parts.as_bytes())
    }

    /// A number from 0 to 255 that depends on the seed.
    fn number(&self, at: usize) -> u8 {
        Sha256::digest(self.seed.as_bytes())[at]
    }

    fn found_or_made(&self, key: &str) -> Result<Arc<Clip>, String> {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("loopback-clips");
        let folder = cache.join(key);
        let read = || -> std::io::Result<Arc<Clip>> {
            let (video, frame) = (fs::read(folder.join("clip.mp4"))?, fs::read(folder.join("last.png"))?);
            Ok(Arc::new(Clip { video: video.into(), frame: frame.into() }))
        };
        if let Ok(clip) = read() {
            return Ok(clip);
        }
        fs::create_dir_all(&cache).map_err(|error| error.to_string())?;
        let work = tempfile::tempdir_in(&cache).map_err(|error| error.to_string())?;
        let at = usize::from(key.as_bytes()[0] % 2);
        let encoder = ENCODERS[at].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.make(work.path())?;
        drop(encoder);
        // Another process may have been faster: then its clip counts.
        let _ = fs::rename(work.path(), &folder);
        read().map_err(|error| error.to_string())
    }

    fn make(&self, work: &Path) -> Result<(), String> {
        let (clip, frame) = (work.join("clip.mp4"), work.join("last.png"));
        let mut ffmpeg = newest::program("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-y"]);
        let pictures = self.pictures(work)?;
        let filter = self.film(&mut ffmpeg, &pictures);
        let at = if pictures.is_empty() { 2 } else { pictures.len() };
        let mut maps = vec!["-filter_complex".to_owned(), filter, "-map".to_owned(), "[v]".to_owned()];
        if self.audio {
            let tone = 200 + 4 * u32::from(self.number(3));
            let seconds = f64::from(self.frames) / 24.0;
            ffmpeg.args(["-f", "lavfi", "-i"]).arg(format!("sine={tone}:sample_rate=32000:duration={seconds:.4}"));
            maps.extend(["-map", &format!("{at}:a"), "-c:a", "aac", "-b:a", "64k", "-ac", "2"].map(str::to_owned));
        }
        let (preset, quality) = if self.look == Look::Full { ("medium", "18") } else { ("ultrafast", "23") };
        ffmpeg.args(maps).args(["-frames:v", &self.frames.to_string()]);
        ffmpeg.args([
            "-c:v", "libx264", "-preset", preset, "-crf", quality, "-g", "24", "-pix_fmt", "yuv420p", "-r", "24",
        ]);
        ffmpeg.args(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]);
        run(ffmpeg.args(["-movflags", "+faststart"]).arg(&clip))?;
        last_frame(&clip, self.frames, &frame)
    }

    /// The pictures as files.
    fn pictures(&self, work: &Path) -> Result<Vec<PathBuf>, String> {
        let given = [("first", &self.first), ("last", &self.last)];
        let given = given.into_iter().filter(|_| self.look != Look::Same).filter_map(|(n, p)| Some((n, p.as_ref()?)));
        given
            .map(|(name, bytes)| {
                let path = work.join(name);
                fs::File::create(&path)
                    .and_then(|mut file| file.write_all(bytes))
                    .map_err(|error| error.to_string())?;
                Ok(path)
            })
            .collect()
    }

    /// The inputs, one for each picture and two without any, and the filter that makes `[v]` of them.
    fn film(&self, ffmpeg: &mut Command, pictures: &[PathBuf]) -> String {
        let (width, height) = self.size;
        let fit = format!(
            "scale={width}:{height}:force_original_aspect_ratio=increase:out_color_matrix=bt709:out_range=tv,\
             crop={width}:{height},setsar=1,format=yuv420p{}",
            match (self.is_black, self.other_colours) {
                (true, _) => ",drawbox=c=black:t=fill",
                (false, true) => ",hue=h=120",
                (false, false) => "",
            }
        );
        let colour = format!("0x{:02x}{:02x}{:02x}", self.number(0), self.number(1), self.number(2));
        let ground = format!("color=c={colour}:s={width}x{height}:r=24");
        // Beside sound that ends, ffmpeg reads pictures without an end for ever.
        let seconds = format!("{:.4}", f64::from(self.frames + 1) / 24.0);
        let still = |ffmpeg: &mut Command, path: &Path| {
            ffmpeg.args(["-framerate", "24", "-i"]).arg(path);
        };
        let held = format!("{fit},loop={}:1", self.frames);
        let lavfi = |ffmpeg: &mut Command, text: &str| {
            ffmpeg.args(["-f", "lavfi", "-t", &seconds, "-i", text]);
        };
        // The first frame stands where it was given; then the picture glides, each seed at its own pace.
        let (right, down) = (1 + u32::from(self.number(4) % 5), u32::from(self.number(5) % 4));
        let glide = format!("{held},scroll=h=0.00{right}:v=0.00{down}");
        match pictures {
            [] => {
                lavfi(ffmpeg, &ground);
                let side = height / 4 / 2 * 2;
                let box_of = if self.look == Look::Full { "testsrc2=" } else { "color=c=white:" };
                lavfi(ffmpeg, &format!("{box_of}s={side}x{side}:r=24"));
                format!("[0:v][1:v]overlay=x='mod(n*{},W-w)':y=(H-h)/2,{fit}[v]", 2 * right)
            }
            [first] => {
                still(ffmpeg, first);
                format!("[0:v]{glide}[v]")
            }
            [first, last, ..] => {
                still(ffmpeg, first);
                still(ffmpeg, last);
                let half = f64::from(self.frames - 1) / 48.0;
                format!("[0:v]{glide}[a];[1:v]{held}[b];[a][b]xfade=fade:duration={half:.4}:offset={half:.4}[v]")
            }
        }
    }
}

/// The exact last frame of a clip, as a PNG.
pub(super) fn last_frame(clip: &Path, frames: u32, png: &Path) -> Result<(), String> {
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(clip);
    let only = format!("select=eq(n\\,{})", frames - 1);
    run(ffmpeg.args(["-vf", &only, "-fps_mode", "passthrough", "-frames:v", "1"]).arg(png))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("no ffmpeg: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ffmpeg: {}", String::from_utf8_lossy(&output.stderr)))
}
