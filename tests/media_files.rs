//! Pictures, sounds and footage as cameras, phones and editors write them: what they are is told by their content, and they
//! are shown as they are meant to be seen.

use std::fs;
use std::path::Path;

use storyreel_core::units::Digest;

use crate::loopback::{Loopback, Settings};
use crate::support::{Run, Seen, media, newest};

/// What was said, without what the drawing puts between the words.
fn words(seen: &Seen) -> String {
    let words: Vec<&str> = seen.stderr.split_whitespace().filter(|word| *word != "│").collect();
    words.join(" ")
}

/// A storyboard of one shot.
fn one_shot(shot: &str) -> String {
    format!("storyboard: 1\nfilm: {{size: 320x180, fps: 25}}\nshots:\n  - id: one\n    {shot}\n    duration: 1\n")
}

/// A storyboard of footage.
fn one_clip(name: &str) -> String {
    format!("storyboard: 1\nfilm: {{size: 320x180, fps: 25}}\nshots:\n  - id: one\n    clip: {name}\n")
}

/// A storyboard with a sound over a shot that is made here.
fn with_sound(key: &str, name: &str) -> String {
    format!("storyboard: 1\nfilm:\n  {key}: {name}\nshots:\n  - {{id: one, card: {{text: One}}, duration: 1}}\n")
}

/// The mean colour of a part of the first frame of a film: `crop` as ffmpeg takes it.
fn colour(film: &Path, crop: &str) -> [u8; 3] {
    let filter = format!("crop={crop},scale=1:1:flags=area,format=rgb24");
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(film);
    let done = ffmpeg.args(["-vf", &filter, "-frames:v", "1", "-f", "rawvideo", "-"]).output();
    let done = done.expect("ffmpeg is installed");
    done.stdout.try_into().expect("one pixel")
}

/// The size of a film's picture, its frames, and how many streams of sound it has.
fn probed(film: &Path) -> String {
    let mut ffprobe = newest::program("ffprobe");
    ffprobe.args(["-v", "error", "-count_packets", "-select_streams", "v", "-of", "csv=p=0"]);
    let done = ffprobe.args(["-show_entries", "stream=width,height,nb_read_packets"]).arg(film).output();
    let done = done.expect("ffprobe is installed");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

#[test]
fn a_photo_that_lies_on_its_side_is_shown_upright() {
    // Red is above as it is stored: where it is seen to be.
    for (orientation, red, blue) in [
        (1, "320:60:0:0", "320:60:0:120"),
        (3, "320:60:0:120", "320:60:0:0"),
        (6, "100:180:220:0", "100:180:0:0"),
        (8, "100:180:0:0", "100:180:220:0"),
    ] {
        let run = Run::new().file("photo.jpg", media::noted_jpeg(640, 480, orientation));
        let seen = run.board("film.yaml", &one_shot("image: photo.jpg")).args(["render", "film.yaml"]).ok();
        let film = seen.path().join("out/film.mp4");
        let [more, _, less] = colour(&film, red);
        assert!(more > 150 && less < 100, "{orientation}: red is at {red}");
        let [less, _, more] = colour(&film, blue);
        assert!(more > 150 && less < 100, "{orientation}: blue is at {blue}");
    }
}

#[test]
fn a_photo_decides_the_shape_of_what_is_bought_as_it_is_seen_and_is_sent_so() {
    for (orientation, ratio) in [(1, "16:9"), (6, "9:16"), (8, "9:16")] {
        let service = Loopback::start(Settings::new());
        let run = Run::new().file("photo.jpg", media::noted_jpeg(960, 540, orientation));
        let run = service.env().into_iter().fold(run, |run, (name, value)| run.env(&name, value));
        let board = "storyboard: 1\nproviders: {ark: {poll: {initial: 1, max: 1}}}\ndefaults: {provider: ark, \
                     model: seedance-2.0, resolution: 480p, ratio: adaptive, duration: 4}\nshots:\n  - {id: one, prompt: A lamp., first_frame: photo.jpg}\n";
        let seen = run.board("film.yaml", board).args(["render", "film.yaml", "--yes"]).ok();
        let film = probed(&seen.path().join("out/film.mp4"));
        let size: Vec<u32> = film.split(',').filter_map(|number| number.parse().ok()).collect();
        assert_eq!(size[0] < size[1], ratio == "9:16", "{orientation}: {film}");
        let given = Digest::of(&media::noted_jpeg(960, 540, orientation));
        let sent = service.ledger().tasks()[0].input("first_frame").sha256.clone();
        // That the copy stands upright is shown where it is written.
        assert_eq!(sent == Some(given.hex()), orientation == 1, "{orientation}: what lies on its side is not sent");
    }
}

#[test]
fn what_is_clear_in_a_picture_shows_the_ground_of_a_card() {
    let mut clear = image::RgbaImage::from_pixel(320, 180, image::Rgba([0, 255, 0, 0]));
    for pixel in clear.pixels_mut().take(320 * 90) {
        *pixel = image::Rgba([200, 40, 40, 255]);
    }
    for name in ["clear.png", "clear.webp", "clear.tiff"] {
        let run = Run::new();
        clear.save(run.path().join(name)).expect("written");
        let board = one_shot(&format!("image: {name}"));
        let seen = run.board("film.yaml", &board).args(["render", "film.yaml"]).ok();
        let film = seen.path().join("out/film.mp4");
        let [red, green, blue] = colour(&film, "320:40:0:140");
        assert!(red < 60 && green < 60 && blue < 70, "{name}: {red} {green} {blue}");
        let [red, green, _] = colour(&film, "320:40:0:0");
        assert!(red > 150 && green < 80, "{name}: {red} {green}");
    }
}

/// The beginning of a file whose first box names these brands.
fn branded(brands: &[u8]) -> Vec<u8> {
    let length = u32::try_from(brands.len() + 8).expect("it is short").to_be_bytes();
    [&length, &b"ftyp"[..], brands, &[0, 0, 0, 8], b"meta"].concat()
}

#[test]
fn pictures_that_are_not_taken_are_named_with_the_command_that_converts_them() {
    for (name, bytes, expected) in [
        (
            "a.heic",
            branded(b"heic\0\0\0\0mif1heic"),
            ["`a.heic` is a HEIC picture", "`heif-convert a.heic picture.png`"],
        ),
        ("b.jpg", branded(b"heix\0\0\0\0mif1heix"), ["`b.jpg` is a HEIC picture", "`heif-convert b.jpg picture.png`"]),
        ("c.avif", branded(b"avif\0\0\0\0mif1avif"), ["`c.avif` is an AVIF picture", "`ffmpeg -i c.avif picture.png`"]),
        ("d e.psd", b"8BPS\0\x01".to_vec(), ["`d e.psd` is a Photoshop document", "`magick 'd e.psd' -flatten"]),
    ] {
        for key in ["image", "clip"] {
            let run = Run::new().file(name, &bytes);
            let board = one_shot(&format!("{key}: \"{name}\""));
            let seen = run.board("film.yaml", &board).args(["check", "film.yaml"]).code(3);
            let said = words(&seen);
            assert!(expected.iter().all(|part| said.contains(part)), "{key} {name}: {said}");
            assert!(said.contains("film.yaml:5:"), "it has its place: {said}");
        }
    }
}

#[test]
fn a_picture_of_too_many_pixels_is_told_and_never_held() {
    let run = Run::new();
    // Grey of one bit: 32 kB for 256 million pixels, which is as much as ffmpeg makes.
    let source = "color=black:s=16000x16000,format=monob";
    media::ffmpeg(&["-f", "lavfi", "-i", source, "-frames:v", "1", "-threads", "1"], &run.path().join("bomb.png"));
    let board = one_shot("image: bomb.png");
    let seen = run.board("film.yaml", &board).within_mib(400).args(["check", "film.yaml"]).code(3);
    let said = words(&seen);
    assert!(said.contains("it has 16000x16000 pixels") && said.contains("120 million"), "{said}");
    assert!(said.contains("film.yaml:5:"), "it has its place: {said}");
}

/// Writes a sound of six seconds in the format of `name`.
fn sound(folder: &Path, name: &str, options: &[&str]) {
    media::tone(&folder.join(name), 6, options);
}

#[test]
fn sounds_of_every_kind_are_heard() {
    let run = Run::new();
    let folder = run.path().to_owned();
    let kinds: &[(&str, &[&str])] = &[
        ("isom.m4a", &["-f", "mp4"]),
        ("mp42.m4a", &["-f", "mp4", "-brand", "mp42"]),
        ("a.aiff", &[]),
        ("a.caf", &[]),
        ("a.aac", &["-f", "adts"]),
        ("a.ac3", &[]),
        ("a.wma", &[]),
        ("rf64.wav", &["-rf64", "always"]),
        ("a.w64", &[]),
        ("a.au", &[]),
        ("a.wv", &[]),
        ("a.webm", &[]),
        ("a.mka", &[]),
        ("a.mov", &[]),
        ("a.3gp", &["-c:a", "aac"]),
        ("a.dts", &["-strict", "-2"]),
        ("a.tta", &[]),
        ("a.thd", &["-strict", "-2", "-ac", "2"]),
    ];
    for (name, options) in kinds {
        sound(&folder, name, options);
    }
    let project = run.args(["--version"]).ok();
    for (name, _) in kinds {
        let seen = project.again().board("film.yaml", &with_sound("music", name)).args(["render", "film.yaml"]).run();
        assert_eq!(seen.code, Some(0), "{name}: {}", seen.stderr);
        let film = seen.path().join("out/film.mp4");
        let mut ffmpeg = newest::program("ffmpeg");
        ffmpeg.args(["-nostdin", "-i"]).arg(&film).args(["-af", "volumedetect", "-f", "null", "-"]);
        let measured = ffmpeg.output().expect("ffmpeg is installed");
        let log = String::from_utf8_lossy(&measured.stderr).into_owned();
        let peak = log.split("max_volume: ").nth(1).and_then(|rest| rest.split(' ').next());
        let peak: f64 = peak.and_then(|number| number.parse().ok()).unwrap_or(-99.0);
        assert!(peak > -60.0, "{name} is not heard: {log}");
    }
}

/// A file that has so many of the bytes of another, in hundredths.
fn cut(folder: &Path, whole: &str, percent: usize) -> String {
    let bytes = fs::read(folder.join(whole)).expect("it is there");
    let name = format!("cut-{whole}");
    fs::write(folder.join(&name), &bytes[..bytes.len() * percent / 100]).expect("written");
    name
}

#[test]
fn sounds_that_are_cut_short_are_told() {
    let run = Run::new();
    let folder = run.path().to_owned();
    let whole = ["a.mov", "a.m4a", "a.mp3", "a.caf", "a.wav", "a.aiff", "a.w64", "a.au", "a.mka", "a.wma", "a.tta"];
    let mut names = Vec::new();
    for name in whole {
        let options: &[&str] = if name == "a.m4a" { &["-f", "mp4"] } else { &[] };
        sound(&folder, name, options);
        names.push(cut(&folder, name, 50));
    }
    // Half of the blocks in the middle are gone, and no error is logged.
    sound(&folder, "a.flac", &[]);
    let mut holed = fs::read(folder.join("a.flac")).expect("it is there");
    let length = holed.len();
    holed[length / 4..length * 3 / 4].fill(0);
    fs::write(folder.join("holed.flac"), holed).expect("written");
    names.push("holed.flac".to_owned());
    let project = run.args(["--version"]).ok();
    for name in names {
        let seen = project.again().board("film.yaml", &with_sound("music", &name)).args(["check", "film.yaml"]).code(3);
        let said = words(&seen);
        assert!(said.contains(&format!("`{name}` cannot be used")) && said.contains("film.yaml:3:"), "{said}");
    }
    let seen = project.again().board("film.yaml", &with_sound("music", "cut-a.mp3")).args(["check", "film.yaml"]);
    let said = words(&seen.code(3));
    assert!(said.contains("s of its 6.") && said.contains("can be heard"), "{said}");
    let seen = project.again().board("film.yaml", &with_sound("music", "cut-a.wav")).args(["check", "film.yaml"]);
    let said = words(&seen.code(3));
    assert!(said.contains("only 264639 of its 529278 bytes are there"), "{said}");
}

#[test]
fn sounds_whose_header_does_not_know_their_length_or_is_a_little_off_are_taken() {
    let run = Run::new();
    let folder = run.path().to_owned();
    let plain = media::silence(4);
    for (name, length) in [("live.wav", u32::MAX), ("guess.wav", 0x7FFF_F000), ("off.wav", 64_100)] {
        let mut bytes = plain.clone();
        bytes[40..44].copy_from_slice(&length.to_le_bytes());
        fs::write(folder.join(name), bytes).expect("written");
    }
    sound(&folder, "plain.mp3", &["-write_xing", "0"]);
    sound(&folder, "plain.ts", &["-f", "mpegts"]);
    let mut names = vec!["live.wav".to_owned(), "guess.wav".to_owned(), "off.wav".to_owned()];
    names.push(cut(&folder, "plain.mp3", 50));
    names.push(cut(&folder, "plain.ts", 50));
    media::ffmpeg(&["-f", "lavfi", "-i", "sine=d=0.1"], &folder.join("short.mp3"));
    names.push("short.mp3".to_owned());
    let project = run.args(["--version"]).ok();
    for name in names {
        let seen = project.again().board("film.yaml", &with_sound("music", &name)).args(["check", "film.yaml"]).run();
        assert_eq!(seen.code, Some(0), "{name}: {}", seen.stderr);
    }
}

/// Writes two seconds of pictures, with sound where `has_sound`, in the format of `name`.
fn footage(folder: &Path, name: &str, has_sound: bool) {
    let picture = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2"];
    let sound = ["-f", "lavfi", "-i", "sine=d=2"];
    let args = if has_sound { [&picture[..], &sound].concat() } else { picture.to_vec() };
    media::ffmpeg(&args, &folder.join(name));
}

#[test]
fn footage_in_every_container_is_taken() {
    let run = Run::new();
    let folder = run.path().to_owned();
    let kinds = [("a.ts", true), ("a.avi", true), ("a.mpg", true), ("a.wmv", true), ("a.flv", true), ("a.gif", false)];
    for (name, has_sound) in kinds {
        footage(&folder, name, has_sound);
    }
    // What stands in the file before late sound are packets of nothing.
    let picture = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-itsoffset", "0.75"];
    let late = ["-f", "lavfi", "-i", "sine=r=48000:d=2", "-c:v", "libx264", "-bf", "2", "-c:a", "libmp3lame"];
    media::ffmpeg(&[&picture[..], &late].concat(), &folder.join("late.avi"));
    let theora = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v", "libtheora"];
    media::ffmpeg(&theora, &folder.join("silent.ogv"));
    let vorbis = ["-f", "lavfi", "-i", "sine=d=2", "-c:v", "copy", "-c:a", "libvorbis"];
    let silent = folder.join("silent.ogv");
    let silent = ["-i", silent.to_str().expect("test paths are text")];
    media::ffmpeg(&[&silent[..], &vorbis].concat(), &folder.join("a.ogv"));
    media::ffmpeg(&["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-f", "apng"], &folder.join("a.png"));
    let project = run.args(["--version"]).ok();
    let names = kinds.map(|(name, _)| name);
    for name in names.into_iter().chain(["a.png", "late.avi", "silent.ogv", "a.ogv"]) {
        let board =
            format!("storyboard: 1\nfilm: {{size: 320x180, fps: 25}}\nshots:\n  - {{id: one, clip: {name}, out: 2}}\n");
        let seen = project.again().board("film.yaml", &board).args(["render", "film.yaml"]).run();
        assert_eq!(seen.code, Some(0), "{name}: {}", seen.stderr);
        assert_eq!(probed(&seen.path().join("out/film.mp4")), "320,180,50", "{name}");
    }
}

#[test]
fn footage_that_is_cut_short_is_told_and_a_length_that_is_not_known_refuses_nothing() {
    let run = Run::new();
    let folder = run.path().to_owned();
    let mut names = Vec::new();
    for name in ["a.mkv", "a.webm", "a.flv", "a.wmv", "a.avi"] {
        footage(&folder, name, true);
        names.push(cut(&folder, name, 50));
    }
    media::ffmpeg(&["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-live", "1"], &folder.join("live.mkv"));
    footage(&folder, "a.ts", true);
    let open = [cut(&folder, "live.mkv", 50), cut(&folder, "a.ts", 50)];
    // Two pictures, a second each.
    media::ffmpeg(&["-f", "lavfi", "-i", "testsrc2=s=320x180:r=1:d=2"], &folder.join("slow.flv"));
    let project = run.args(["--version"]).ok();
    for name in names {
        let seen = project.again().board("film.yaml", &one_clip(&name));
        let said = words(&seen.args(["check", "film.yaml"]).code(3));
        assert!(said.contains(&format!("`{name}` cannot be used: it is damaged (only")), "{said}");
        assert!(said.contains("film.yaml:5:") && said.contains(" of "), "it has its place: {said}");
    }
    for name in open.into_iter().chain(["slow.flv".to_owned()]) {
        let seen = project.again().board("film.yaml", &one_clip(&name));
        let seen = seen.args(["check", "film.yaml"]).run();
        assert_eq!(seen.code, Some(0), "{name}: {}", seen.stderr);
    }
}

#[test]
fn footage_without_a_container_is_taken_where_it_tells_its_times_and_named_where_not() {
    let run = Run::new();
    let folder = run.path().to_owned();
    let source = ["-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=1", "-target", "pal-dv", "-an"];
    media::ffmpeg(&source, &folder.join("a.dv"));
    footage(&folder, "a.y4m", false);
    footage(&folder, "a.ivf", false);
    footage(&folder, "a.h264", false);
    let project = run.args(["--version"]).ok();
    for (name, frames) in [("a.dv", ",25"), ("a.y4m", ",50"), ("a.ivf", ",50")] {
        let text = one_clip(name);
        let seen = project.again().board("film.yaml", &text).args(["render", "film.yaml"]).run();
        assert_eq!(seen.code, Some(0), "{name}: {}", seen.stderr);
        assert!(probed(&seen.path().join("out/film.mp4")).ends_with(frames), "{name}");
    }
    let seen = project.again().board("film.yaml", &one_clip("a.h264")).args(["check", "film.yaml"]).code(3);
    let said = words(&seen);
    assert!(said.contains("a raw H.264 stream") && said.contains("`ffmpeg -i a.h264 clip.mp4`"), "{said}");
}

#[test]
fn a_picture_that_moves_can_stand_still() {
    let run = Run::new();
    let folder = run.path().to_owned();
    footage(&folder, "a.gif", false);
    let seen = run.board("film.yaml", &one_shot("image: a.gif")).args(["render", "film.yaml"]).ok();
    assert_eq!(probed(&seen.path().join("out/film.mp4")), "320,180,25");
}

#[test]
fn webp_that_moves_is_named_where_a_clip_is_wanted() {
    let run = Run::new();
    let folder = run.path().to_owned();
    let source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", "-c:v", "libwebp_anim"];
    media::ffmpeg(&source, &folder.join("a.webp"));
    let project = run.args(["--version"]).ok();
    let board = one_shot("clip: a.webp");
    let said = words(&project.again().board("film.yaml", &board).args(["check", "film.yaml"]).code(3));
    assert!(said.contains("WebP that moves is not played") && said.contains("`magick a.webp clip.gif`"), "{said}");
    project.again().board("film.yaml", &one_shot("image: a.webp")).args(["check", "film.yaml"]).ok();
}
