//! The contact sheet.

use super::rendered;
use crate::support::Run;

#[test]
fn every_frame_is_on_the_sheet() {
    let seen = rendered().args(["report", "film.yaml", "--sheet", "sheets/a.png"]).ok().err_has("wrote sheets/a.png, ");
    assert!(!seen.path().join("out/film.html").exists(), "the page was not asked for");
    let open = |name: &str| image::open(seen.path().join(name)).expect("it is a picture").into_rgb8();
    let sheet = open("sheets/a.png");
    let (width, height) = sheet.dimensions();
    assert!((1000..4000).contains(&width) && (500..4000).contains(&height), "{width}x{height}");
    // The still is black, and lies where the third shot does: two columns, 380 pixels a frame.
    let black = sheet.pixels().filter(|pixel| pixel.0.iter().all(|level| *level < 6)).count();
    assert!(black > 2 * 380 * 180, "{black} pixels of the still");
    let colours: std::collections::BTreeSet<[u8; 3]> = sheet.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 2_000, "the frames are to be seen");

    seen.again().args(["report", "film.yaml", "--sheet", "b.jpg", "-o", "b.html"]).ok();
    assert_eq!(open("b.jpg").dimensions(), (width, height));
    assert!(seen.path().join("b.html").exists());
    seen.again().args(["report", "film.yaml", "--sheet", "c.gif"]).code(2).err_has("is a `.png` or a `.jpg` file");
}

#[test]
fn the_sheet_names_the_film_and_its_choices() {
    let board =
        "storyboard: 1\ntitle: Named\nvars: {weather: rain}\nprofiles: {draft: {}}\nshots: [{id: a, card: A}]\n";
    let run = Run::new().board("film.yaml", board).args([
        "report",
        "film.yaml",
        "--ffmpeg",
        "/no/ffmpeg",
        "--sheet",
        "plain.png",
    ]);
    let seen = run.ok();
    let chosen = ["--profile", "draft", "--var", "weather=fog", "--sheet", "chosen.png"];
    seen.again().args(["report", "film.yaml", "--ffmpeg", "/no/ffmpeg"]).args(chosen).ok();
    let open = |name: &str| image::open(seen.path().join(name)).expect("it is a picture").into_rgb8();
    let plain = open("plain.png");
    let chosen = open("chosen.png");
    assert_eq!(plain.dimensions(), chosen.dimensions());
    let differ = |rows: std::ops::Range<u32>| {
        let places = rows.flat_map(|y| (0..plain.width()).map(move |x| (x, y)));
        places.filter(|&(x, y)| plain.get_pixel(x, y) != chosen.get_pixel(x, y)).count()
    };
    // The title is the same, the line below it is not, and neither are the frames.
    let head = 180;
    assert!(differ(0..head) > 300, "{} pixels of the head", differ(0..head));
    assert_eq!(differ(head..plain.height()), 0);
}
