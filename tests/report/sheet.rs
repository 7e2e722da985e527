//! The contact sheet.

use super::rendered;

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
