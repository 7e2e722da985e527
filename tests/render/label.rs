//! What a film says of itself, read by others: ffprobe, and Python's own reader of XML.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{board, events, render};
use crate::support::{Run, Seen, newest};

/// Prints the terms of the label of a film: every attribute of the one description, and the title.
const READER: &str = r"
import sys, struct, xml.dom.minidom
data = open(sys.argv[1], 'rb').read()
at, packets = 0, []
while at < len(data):
    size, name = struct.unpack('>I4s', data[at:at + 8])
    if name == b'uuid': packets.append(data[at + 24:at + size])
    at += size
assert at == len(data) and len(packets) == 1, (at, len(data), len(packets))
one = xml.dom.minidom.parseString(packets[0]).getElementsByTagName('rdf:Description')[0]
for name, value in sorted(one.attributes.items()):
    if not name.startswith('xmlns') and value: print(name, value)
print('title', one.getElementsByTagName('rdf:li')[0].firstChild.data)
";

/// What the label of the film at `film` says.
pub(crate) fn label(film: &Path) -> String {
    let output = Command::new("python3").args(["-c", READER]).arg(film).output().expect("Python is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn film(seen: &Seen) -> std::path::PathBuf {
    seen.path().join("out/film.mp4")
}

#[test]
fn a_film_says_what_it_is_and_which_storyboard_it_was_made_from() {
    let text = board("  - {id: a, card: A, duration: 1}\n").replace("title: Test", "title: 'A <b> & \"c\" 再见'");
    let seen = render(Run::new().board("film.yaml", &text)).ok();
    let term = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation";
    let told = format!("Iptc4xmpExt:DigitalSourceType {term}\nxmp:CreatorTool storyreel\ntitle A <b> & \"c\" 再见\n");
    assert_eq!(label(&film(&seen)), told);
    let args = ["-v", "error", "-show_entries", "format_tags=title,comment", "-of", "default=nk=1:nw=1"];
    let tags = newest::program("ffprobe").args(args).arg(film(&seen)).output().expect("ffprobe is installed").stdout;
    let digest = storyreel_core::units::Digest::of(text.as_bytes());
    let said = format!("A <b> & \"c\" 再见\nMade by storyreel, from the storyboard {digest}\n");
    assert_eq!(String::from_utf8_lossy(&tags), said);
    let bytes = fs::read(film(&seen)).expect("the film is there");
    let place = |name: &[u8]| bytes.windows(4).position(|four| four == name).expect("the box is there");
    assert!(place(b"moov") < place(b"mdat") && place(b"mdat") < place(b"uuid"));
    let doctor = seen.again().args(["doctor", "out/film.mp4"]).ok();
    for line in [
        "film: 1 s, 854x480, 24 frames, with sound",
        "index: at the start: the film plays while it loads",
        "label: made without AI by storyreel (digital",
    ] {
        assert!(doctor.stdout.contains(&format!("ok       {line}")), "{}", doctor.stdout);
    }
    // A copy by another program loses the label and has its index at the end, and the doctor sees it.
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(film(&doctor)).args(["-c", "copy"]).arg(doctor.path().join("copy.mp4"));
    assert!(ffmpeg.status().expect("ffmpeg is installed").success());
    let copy = doctor.again().args(["doctor", "copy.mp4"]).code(6);
    for line in
        ["index: at the end: a player must load the whole file first", "label: it does not say where it comes from"]
    {
        assert!(copy.stdout.contains(&format!("missing  {line}")), "{}", copy.stdout);
    }
    let none = copy.again().args(["doctor", "nothing.mp4"]).code(6);
    assert!(none.stdout.contains("missing  film: "), "{}", none.stdout);
    // Another word in the storyboard is another storyboard.
    let again = render(none.again().board("film.yaml", &format!("{text}# a remark\n"))).ok();
    assert!(events(&again).iter().any(|event| event["event"] == "film_done" && event["way"] == "copied"));
}

#[test]
fn a_film_with_pictures_of_others_claims_nothing_of_them() {
    let run = Run::new();
    image::RgbImage::from_pixel(64, 64, image::Rgb([9, 99, 9])).save(run.path().join("pic.png")).expect("written");
    let seen = render(run.board("film.yaml", &board("  - {id: a, image: pic.png, duration: 1}\n"))).ok();
    assert!(label(&film(&seen)).contains("digitalsourcetype/composite\n"), "{}", label(&film(&seen)));
}
