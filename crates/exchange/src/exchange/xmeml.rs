//! Final Cut Pro 7 XML (`xmeml`), which Premiere Pro and Resolve import: pictures, sounds, transitions and markers.
//!
//! A clip counts its frames at the rate of its file, the sequence at that of the film. A transition is cut in its middle, the
//! odd frame after the cut; what lies beside it has no edge of its own there, which the format writes as -1.

use std::collections::BTreeMap;
use std::ops::Range;

use storyreel_core::film::Make;
use storyreel_core::film_timeline::cues;
use storyreel_core::sanitize::clean;
use storyreel_core::time_code::nominal;
use storyreel_core::timeline::TransitionKind;
use storyreel_core::units::Rate;

use super::chapters::scenes;
use super::{Blend, CutList, CutShot, MediaFile, SoundLane, clip_name, plain, rescaled};

/// A sequence as XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xmeml {
    /// The file.
    pub text: String,
    /// What it cannot say.
    pub warnings: Vec<String>,
}

/// Writes the film as a sequence. Shots that are not made yet have a file without a place.
#[must_use]
pub fn write(reel: &CutList<'_>) -> Xmeml {
    let parts = reel.parts();
    let mut sequence = Sequence { reel, xml: Xml::default(), files: BTreeMap::new(), clips: 0, warnings: Vec::new() };
    sequence.write(&parts);
    Xmeml { text: sequence.xml.text, warnings: sequence.warnings }
}

/// XML that is indented as it is written. Every text is escaped here.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn line(&mut self, line: &str) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An element with what `fill` writes into it. `start` is its name with its attributes.
    fn element(&mut self, start: &str, fill: impl FnOnce(&mut Self)) {
        self.open(start);
        fill(self);
        self.close(start);
    }

    fn open(&mut self, start: &str) {
        self.line(&format!("<{start}>"));
        self.depth += 1;
    }

    fn close(&mut self, start: &str) {
        self.depth -= 1;
        let name = start.split(' ').next().unwrap_or(start);
        self.line(&format!("</{name}>"));
    }

    fn value(&mut self, name: &str, value: &dyn ToString) {
        self.line(&format!("<{name}>{}</{name}>", escaped(&value.to_string())));
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Which kind of media a track has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Medium {
    Video,
    Audio,
}

/// The place of a clip on a track.
struct Placement {
    /// Film frames; an edge that a transition covers is none of its own.
    start: Option<u64>,
    end: Option<u64>,
    /// Frames of the file, counted from its first at `rate`.
    source: Range<u64>,
    /// The rate of the file.
    rate: Rate,
    /// All frames of the file.
    whole: u64,
}

struct Sequence<'a> {
    reel: &'a CutList<'a>,
    xml: Xml,
    /// The number of each file that is described already, by its address.
    files: BTreeMap<String, usize>,
    clips: usize,
    warnings: Vec<String>,
}

impl Sequence<'_> {
    fn write(&mut self, parts: &[CutShot<'_>]) {
        let reel = self.reel;
        let rate = reel.rate();
        self.xml.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        self.xml.line("<!DOCTYPE xmeml>");
        self.xml.open("xmeml version=\"5\"");
        self.xml.open("sequence id=\"film\"");
        self.xml.value("name", &clean(&reel.timeline.tags.title));
        self.xml.value("duration", &reel.timeline.frames());
        write_rate(&mut self.xml, rate);
        self.xml.element("timecode", |xml| {
            write_rate(xml, rate);
            xml.value("frame", &(3_600 * nominal(rate)));
            xml.value("string", &"01:00:00:00");
            xml.value("displayformat", &"NDF");
        });
        self.xml.open("media");
        self.xml.open("video");
        self.video_format();
        self.track(parts, Medium::Video);
        self.xml.close("video");
        self.xml.open("audio");
        if parts.iter().any(sounds) {
            self.track(parts, Medium::Audio);
        }
        for lane in reel.sound_lanes() {
            self.sound_track(&lane);
        }
        self.xml.close("audio");
        self.xml.close("media");
        self.markers();
        self.xml.close("sequence");
        self.xml.close("xmeml");
    }

    fn video_format(&mut self) {
        let size = self.reel.timeline.size;
        let rate = self.reel.rate();
        self.xml.element("format", |xml| {
            xml.element("samplecharacteristics", |xml| {
                write_rate(xml, rate);
                xml.value("width", &size.width);
                xml.value("height", &size.height);
                xml.value("pixelaspectratio", &"square");
                xml.value("fielddominance", &"none");
            });
        });
    }

    /// The shots on a track, each behind the transition that leads to it.
    fn track(&mut self, parts: &[CutShot<'_>], medium: Medium) {
        let has_medium = |at: Option<usize>| {
            at.and_then(|at| parts.get(at)).is_some_and(|part| medium == Medium::Video || sounds(part))
        };
        self.xml.open("track");
        for (at, part) in parts.iter().enumerate() {
            if !has_medium(Some(at)) {
                continue;
            }
            let before = part.blend.filter(|_| has_medium(at.checked_sub(1)));
            let next = parts.get(at + 1).and_then(|next| next.blend).filter(|_| has_medium(Some(at + 1)));
            if let Some(blend) = before {
                self.transition(part, blend, medium);
            }
            self.clip(part, medium, before, next);
        }
        self.xml.close("track");
    }

    fn transition(&mut self, part: &CutShot<'_>, blend: Blend, medium: Medium) {
        if medium == Medium::Video && blend.kind != TransitionKind::Dissolve {
            let message = format!("{}: `{}` is a dissolve in this format", part.shot.id, blend.kind);
            self.warnings.push(message);
        }
        let rate = self.reel.rate();
        let start = part.span.start - blend.before;
        let end = part.span.start + blend.after;
        self.xml.element("transitionitem", |xml| {
            xml.value("start", &start);
            xml.value("end", &end);
            xml.value("alignment", &"center");
            write_rate(xml, rate);
            xml.element("effect", |xml| {
                let (name, id, category, kind) = match medium {
                    Medium::Video => ("Cross Dissolve", "Cross Dissolve", "Dissolve", "video"),
                    Medium::Audio => ("Cross Fade (+3dB)", "KGAudioTransCrossFade3dB", "Cross Fade", "audio"),
                };
                xml.value("name", &name);
                xml.value("effectid", &id);
                xml.value("effectcategory", &category);
                xml.value("effecttype", &"transition");
                xml.value("mediatype", &kind);
            });
        });
    }

    fn clip(&mut self, part: &CutShot<'_>, medium: Medium, before: Option<Blend>, next: Option<Blend>) {
        let film = self.reel.rate();
        let (rate, first, whole) = match (part.footage(), &part.segment.facts.video) {
            (Some(footage), _) => (footage.rate, footage.from, footage.frames),
            (None, video) => (video.rate, 0, video.frames),
        };
        let early = before.map_or(0, |blend| blend.before);
        let late = next.map_or(0, |blend| blend.after);
        let begin = first + rescaled(part.from - early, film, rate);
        let length = rescaled(part.span.end + late - (part.span.start - early), film, rate);
        let placement = Placement {
            start: before.is_none().then_some(part.span.start),
            end: next.is_none().then_some(part.span.end),
            source: begin..begin + length,
            rate,
            whole,
        };
        let shot = part.shot;
        let words = match &shot.make {
            Make::Prompt(render) => Some(plain(&render.words)),
            Make::Card(_) | Make::Still(_) | Make::Footage { .. } => None,
        };
        let mark = words.filter(|_| medium == Medium::Video).map(|words| (placement.source.start, words));
        let unmade = MediaFile { name: format!("{} is not made yet", shot.id), url: String::new() };
        let file = part.clip.map_or(&unmade, |clip| &clip.file);
        let size = part.clip.map(|clip| clip.taken.facts.video.size);
        let time_code = part.footage().map(|footage| footage.start().frames);
        let described = FileDescription { file, size, has_sound: sounds(part), time_code };
        self.clip_item(&clip_name(shot), medium, &placement, &described, mark);
    }

    fn sound_track(&mut self, lane: &SoundLane<'_>) {
        let rate = self.reel.rate();
        self.xml.open("track");
        for (sound, span) in &lane.sounds {
            let length = span.end - span.start;
            let placement = Placement {
                start: Some(span.start),
                end: Some(span.end),
                source: sound.from..sound.from + length,
                rate,
                whole: sound.from + length,
            };
            let described = FileDescription { file: &sound.file, size: None, has_sound: true, time_code: None };
            self.clip_item(&sound.file.name, Medium::Audio, &placement, &described, None);
        }
        self.xml.close("track");
    }

    fn clip_item(
        &mut self,
        name: &str,
        medium: Medium,
        placement: &Placement,
        described: &FileDescription<'_>,
        mark: Option<(u64, String)>,
    ) {
        self.clips += 1;
        let start = format!("clipitem id=\"clip-{}\"", self.clips);
        self.xml.open(&start);
        self.xml.value("name", &name);
        self.xml.value("enabled", &"TRUE");
        self.xml.value("duration", &placement.whole);
        write_rate(&mut self.xml, placement.rate);
        let edge = |edge: Option<u64>| edge.map_or_else(|| "-1".to_owned(), |frame| frame.to_string());
        self.xml.value("start", &edge(placement.start));
        self.xml.value("end", &edge(placement.end));
        self.xml.value("in", &placement.source.start);
        self.xml.value("out", &placement.source.end);
        self.file(described, placement);
        if medium == Medium::Audio {
            self.xml.element("sourcetrack", |xml| {
                xml.value("mediatype", &"audio");
                xml.value("trackindex", &1);
            });
        }
        if let Some((at, words)) = mark {
            write_marker(&mut self.xml, "prompt", &words, at..at);
        }
        self.xml.close(&start);
    }

    /// The file of a clip, described where it comes first.
    fn file(&mut self, described: &FileDescription<'_>, placement: &Placement) {
        let FileDescription { file, size, has_sound, time_code } = described;
        // Shots that are not made have no address, and nothing in common.
        let key = if file.url.is_empty() { file.name.clone() } else { file.url.clone() };
        let count = self.files.len() + 1;
        if let Some(known) = self.files.get(&key) {
            self.xml.line(&format!("<file id=\"file-{known}\"/>"));
            return;
        }
        self.files.insert(key, count);
        self.xml.element(&format!("file id=\"file-{count}\""), |xml| {
            xml.value("name", &file.name);
            if !file.url.is_empty() {
                // As Premiere writes it.
                xml.value("pathurl", &file.url.replacen("file:///", "file://localhost/", 1));
            }
            write_rate(xml, placement.rate);
            xml.value("duration", &placement.whole);
            if let Some(frame) = time_code {
                xml.element("timecode", |xml| {
                    write_rate(xml, placement.rate);
                    xml.value("frame", frame);
                    xml.value("displayformat", &"NDF");
                });
            }
            xml.element("media", |xml| {
                if let Some(size) = size {
                    xml.element("video", |xml| {
                        xml.element("samplecharacteristics", |xml| {
                            xml.value("width", &size.width);
                            xml.value("height", &size.height);
                        });
                    });
                }
                if *has_sound {
                    xml.element("audio", |xml| xml.value("channelcount", &2));
                }
            });
        });
    }

    /// Scenes and spoken lines.
    fn markers(&mut self) {
        let reel = self.reel;
        let scenes = scenes(reel.film, reel.timeline);
        for (at, scene) in scenes.iter().enumerate() {
            let end = scenes.get(at + 1).map_or(reel.timeline.frames(), |next| next.at);
            write_marker(&mut self.xml, &clean(&scene.title), "", scene.at..end);
        }
        let rate = reel.rate();
        for cue in cues(reel.film, reel.timeline) {
            let frames = cue.frames(rate);
            let name = cue.speaker.unwrap_or_else(|| "dialogue".to_owned());
            write_marker(&mut self.xml, &name, &cue.lines.join(" "), frames);
        }
    }
}

/// A file, and what is told of it.
struct FileDescription<'a> {
    file: &'a MediaFile,
    size: Option<storyreel_core::units::Size>,
    has_sound: bool,
    /// The number of its first frame, where it has one.
    time_code: Option<u64>,
}

fn sounds(part: &CutShot<'_>) -> bool {
    part.clip.is_some_and(|clip| clip.taken.facts.audio.is_some())
}

/// The rate as a whole number that may run slow by 1 in 1,001, which is all that the format has.
fn write_rate(xml: &mut Xml, rate: Rate) {
    let is_slow = u64::from(rate.num) != nominal(rate) * u64::from(rate.den);
    xml.element("rate", |xml| {
        xml.value("timebase", &nominal(rate));
        xml.value("ntsc", &if is_slow { "TRUE" } else { "FALSE" });
    });
}

/// A mark from one frame up to another; the format writes the end of one that has no length as -1.
fn write_marker(xml: &mut Xml, name: &str, comment: &str, frames: Range<u64>) {
    xml.element("marker", |xml| {
        xml.value("name", &name);
        xml.value("comment", &comment);
        xml.value("in", &frames.start);
        if frames.is_empty() {
            xml.value("out", &"-1");
        } else {
            xml.value("out", &frames.end);
        }
    });
}
