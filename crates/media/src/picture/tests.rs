//! What callers rely on: exact seams, opaque panels, equal bytes, and text that never breaks anything.

use image::{Rgb, RgbImage};
use storyreel_core::storyboard::CardAlign;
use storyreel_core::timeline::Fit;
use storyreel_core::units::{Rate, Size};

use super::panel::{Panel, PanelLayout};
use super::yuv::{YuvPicture, frame_len};
use super::{BackgroundPlate, CardFill, CardFont, PaintedClip, Painter, Sheet, Still, Subtitle, TitleCard};

const SIZES: [Size; 10] = [
    Size::new(1280, 720),
    Size::new(864, 496),
    Size::new(496, 864),
    Size::new(1470, 630),
    Size::new(834, 1112),
    Size::new(1112, 834),
    Size::new(640, 640),
    Size::new(64, 36),
    Size::new(16, 90),
    Size::new(2, 2),
];

const SMALL: Size = Size::new(320, 180);

fn sheet(size: Size) -> Sheet {
    Sheet {
        size,
        rate: Rate::FILM,
        frames: 25,
        shot: "climb".to_owned(),
        number: Some("20A".to_owned()),
        film_frame: Some(100_000),
        scene: Some("Harbour".to_owned()),
        prompt: "She climbs the spiral stair, hand on the cold rail.".to_owned(),
        dialogue: vec!["Mara: One more night.".to_owned()],
        caption: "seedance-2.0 · 720p · 5 s".to_owned(),
        start: BackgroundPlate::Backdrop,
        end: None,
        seed: [7; 32],
    }
}

fn photo(size: Size) -> RgbImage {
    RgbImage::from_fn(size.width, size.height, |x, y| Rgb([(x * 5) as u8, (y * 7) as u8, (x * y) as u8]))
}

fn frame(reel: &mut dyn PaintedClip, n: u64) -> Vec<u8> {
    let mut out = vec![0; frame_len(reel.size())];
    reel.paint(n, &mut out);
    out
}

/// The samples of the first `rows` rows of every plane, as a picture's planes hold them.
fn upper(frame: &[u8], size: Size, rows: u32) -> Vec<u8> {
    let width = size.width as usize;
    let height = size.height as usize;
    let rows = rows as usize;
    let (luma, chroma) = frame.split_at(width * height);
    let (blue, red) = chroma.split_at(width * height / 4);
    [&luma[..width * rows], &blue[..width * rows / 4], &red[..width * rows / 4]].concat()
}

fn samples(picture: &YuvPicture) -> Vec<u8> {
    picture.planes.iter().flat_map(|plane| plane.data.clone()).collect()
}

#[test]
fn the_first_frame_of_a_chain_is_the_frame_handed_over() {
    let image = photo(SMALL);
    let mut reel = Painter::new().sheet(&Sheet { start: BackgroundPlate::Handover(image.clone()), ..sheet(SMALL) });
    let rows = PanelLayout::of(SMALL).picture;
    let expected = YuvPicture::from_rgb(&image::imageops::crop_imm(&image, 0, 0, SMALL.width, rows).to_image());
    assert!(upper(&frame(&mut *reel, 0), SMALL, rows) == samples(&expected));
    assert!(upper(&frame(&mut *reel, 12), SMALL, rows) != samples(&expected), "it moves");
    assert!(upper(&frame(&mut *reel, 24), SMALL, rows) == samples(&expected), "a chain would creep into the picture");
}

#[test]
fn what_lies_under_the_panel_never_shows() {
    let rows = PanelLayout::of(SMALL).picture;
    let image = RgbImage::from_fn(SMALL.width, SMALL.height, |_, y| if y < rows { Rgb([0; 3]) } else { Rgb([255; 3]) });
    let mut reel = Painter::new().sheet(&Sheet { start: BackgroundPlate::Handover(image), ..sheet(SMALL) });
    for n in 0..25 {
        let frame = frame(&mut *reel, n);
        assert!(frame[..(SMALL.width * rows) as usize].iter().all(|&luma| luma == 16), "frame {n}");
    }
}

#[test]
fn the_last_frame_is_the_end_plate() {
    let image = photo(SMALL);
    for frames in [1, 2, 7, 24, 25] {
        let end = Some(BackgroundPlate::Handover(image.clone()));
        let mut reel = Painter::new().sheet(&Sheet { frames, end, ..sheet(SMALL) });
        let rows = PanelLayout::of(SMALL).picture;
        let expected = YuvPicture::from_rgb(&image::imageops::crop_imm(&image, 0, 0, SMALL.width, rows).to_image());
        assert!(upper(&frame(&mut *reel, frames - 1), SMALL, rows) == samples(&expected), "{frames} frames");
    }
}

#[test]
fn panels_of_different_shots_cover_the_same_rows() {
    let mut painter = Painter::new();
    for size in SIZES {
        let other = Sheet { prompt: "x".repeat(900), scene: None, dialogue: Vec::new(), frames: 90, ..sheet(size) };
        let rows: Vec<usize> = [sheet(size), other]
            .iter()
            .map(|sheet| Panel::paint(&mut painter.fonts, sheet, &PanelLayout::of(size)).ground.planes[0].height)
            .collect();
        assert_eq!(rows, [(size.height - PanelLayout::of(size).picture) as usize; 2], "{size}");
    }
}

#[test]
fn equal_input_gives_equal_bytes_whatever_was_painted_before() {
    let mut used = Painter::new();
    drop(used.sheet(&Sheet { prompt: "日本語 עברית 🎬 العربية".to_owned(), ..sheet(SMALL) }));
    let board = Sheet { prompt: "中文 abc é🎬".to_owned(), end: Some(BackgroundPlate::Backdrop), ..sheet(SMALL) };
    let mut first = Painter::new().sheet(&board);
    let mut second = used.sheet(&board);
    for n in 0..25 {
        assert!(frame(&mut *first, n) == frame(&mut *second, n), "frame {n}");
    }
    let again = frame(&mut *first, 3);
    let jumped = frame(&mut *used.sheet(&board), 3);
    assert!(again == jumped, "a frame depends on those before it");
}

#[test]
fn only_the_timecode_and_the_bar_change_in_the_panel() {
    let mut painter = Painter::new();
    let size = Size::new(864, 496);
    let board = sheet(size);
    let measures = PanelLayout::of(size);
    let [left, top, width, height] = Panel::paint(&mut painter.fonts, &board, &measures).clock.area();
    let mut reel = painter.sheet(&board);
    let a = frame(&mut *reel, 8);
    let b = frame(&mut *reel, 9);
    let panel = measures.picture as usize;
    let mut changed = 0;
    for (n, _) in a.iter().zip(&b).take((size.width * size.height) as usize).enumerate().filter(|(_, (a, b))| a != b) {
        let x = n % size.width as usize;
        let y = n / size.width as usize;
        let in_clock = (left..left + width).contains(&x) && (panel + top..panel + top + height).contains(&y);
        let in_bar = (panel..panel + super::bar::height(measures.unit)).contains(&y);
        assert!(in_clock || in_bar, "{x},{y} changed on an odd frame");
        changed += usize::from(in_clock);
    }
    assert!(changed > 0, "the timecode stands still");
}

#[test]
fn any_text_is_painted_at_any_size_and_laid_a_bounded_number_of_times() {
    let texts = [
        String::new(),
        "\0\u{7}\t\n\r\u{202e}".to_owned(),
        "It's 100% \"so\": C:\\n {x} 🎬👩\u{200d}🚀1\u{fe0f}\u{20e3} e\u{301} שלום (عربي) 한국어 日本 ไทย \u{10fffd}"
            .to_owned(),
        "x".repeat(2_000),
        "她爬上螺旋楼梯，".repeat(250),
        "word ".repeat(2_000),
        "\u{10fffd}".repeat(3_000),
        format!("a{}", "\u{301}".repeat(3_000)),
    ];
    let mut painter = Painter::new();
    for (n, text) in texts.iter().enumerate() {
        let few = [SIZES[n % 7], SIZES[7 + n % 3]];
        let sizes = if text.len() < 300 { SIZES.as_slice() } else { &few };
        for (&size, frames) in sizes.iter().zip([1, 2, 3].into_iter().cycle()) {
            let said = vec![text.clone(), format!("{text}: {text}")];
            let plain = Sheet { prompt: text.clone(), shot: text.clone(), frames, ..sheet(size) };
            let board = Sheet { dialogue: said, caption: text.clone(), scene: Some(text.clone()), ..plain };
            let subtitle = Some(text.clone());
            let card = TitleCard::plain(size, Rate::FILM, frames, text.clone(), subtitle);
            let lines = vec![text.clone(), String::new(), text.clone()];
            let rolling =
                TitleCard { lines, is_rolling: true, ..TitleCard::plain(size, Rate::FILM, frames, text.clone(), None) };
            let before = painter.fonts.laid;
            for mut reel in [painter.sheet(&board), painter.card(&card), painter.card(&rolling)] {
                frame(&mut *reel, frames - 1);
            }
            // Nine texts, each tried at a handful of sizes and widths, and what a panel says of its own accord.
            let laid = painter.fonts.laid - before;
            let most = 96 * (text.len() + 40);
            assert!(laid <= most, "{size}: {laid} bytes laid for {}", text.len());
        }
    }
}

#[test]
fn plates_of_any_shape_are_painted_at_any_size() {
    let mut painter = Painter::new();
    for size in [SIZES[1], SIZES[2], SIZES[7], SIZES[8], SIZES[9]] {
        let odd = [Size::new(0, 0), Size::new(1, 1), Size::new(1, 900), Size::new(900, 1)].map(photo);
        for image in &odd {
            let end = Some(BackgroundPlate::Mosaic(odd.to_vec()));
            let start = BackgroundPlate::Given(image.clone());
            frame(&mut *painter.sheet(&Sheet { start, end, frames: 3, ..sheet(size) }), 1);
            let still =
                Still { size, rate: Rate::FILM, frames: 2, image: image.clone(), fit: Fit::Crop, seed: [3; 32] };
            frame(&mut *painter.still(&still), 1);
        }
    }
}

/// The largest difference of two samples at one place.
fn apart(a: &[u8], b: &[u8]) -> u8 {
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

#[test]
fn a_still_begins_with_its_image_and_moves_in_every_direction_smoothly() {
    let image = RgbImage::from_fn(640, 360, |x, y| Rgb([(x / 3) as u8, (y / 2) as u8, 90]));
    for kind in 0..6 {
        let still =
            Still { size: SMALL, rate: Rate::FILM, frames: 49, image: image.clone(), fit: Fit::Crop, seed: [kind; 32] };
        let mut reel = Painter::new().still(&still);
        let frames: Vec<Vec<u8>> = (0..49).map(|n| frame(&mut *reel, n)).collect();
        let expected = YuvPicture::from_rgb(&image::imageops::thumbnail(&image, SMALL.width, SMALL.height));
        assert!(apart(&frames[0], &samples(&expected)) < 12, "move {kind} begins elsewhere");
        assert!(frames.windows(2).all(|pair| apart(&pair[0], &pair[1]) <= 2), "move {kind} jumps");
        assert!(frames[0] != frames[48], "move {kind} stands still");
    }
}

#[test]
fn a_card_opens_on_its_ground_and_holds_its_text() {
    let below = Some("a story reel".to_owned());
    let card = TitleCard::plain(SMALL, Rate::FILM, 48, "The Keeper".to_owned(), below);
    let mut reel = Painter::new().card(&card);
    let first = frame(&mut *reel, 0);
    let tenth = frame(&mut *reel, 10);
    let last = frame(&mut *reel, 47);
    let luma = (SMALL.width * SMALL.height) as usize;
    assert!(first[..luma].iter().all(|&y| (24..60).contains(&y)), "the first frame is neither black nor bright");
    assert!(tenth == last && last[..luma].iter().any(|&y| y > 200));
    let single = TitleCard { frames: 1, ..card };
    assert!(frame(&mut *Painter::new().card(&single), 0) == last, "a single frame shows the text");
}

/// How many lines of bright letters stand on the last frame of a card.
fn lines_of_card(size: Size, text: &str) -> usize {
    lines_on(&card_of(size, text, None))
}

fn card_of(size: Size, text: &str, subtitle: Option<String>) -> TitleCard {
    TitleCard::plain(size, Rate::FILM, 1, text.to_owned(), subtitle)
}

/// The luma of the one frame of a card, and the columns in which `is_word` holds of some of it.
fn columns_of(card: &TitleCard, is_word: impl Fn(u8) -> bool) -> (Vec<u8>, Vec<usize>) {
    let width = card.size.width as usize;
    let mut painted = frame(&mut *Painter::new().card(card), 0);
    painted.truncate(width * card.size.height as usize);
    let is_marked = |x: &usize| painted[*x..].iter().step_by(width).any(|luma| is_word(*luma));
    let columns = (0..width).filter(is_marked).collect();
    (painted, columns)
}

#[test]
fn words_suit_the_ground_that_is_given_and_stand_at_their_side() {
    let mut card = card_of(Size::new(640, 360), "Storm", Some("at sea".to_owned()));
    card.ground = Some(CardFill::Colour([0xf4, 0xf0, 0xe6]));
    let (painted, dark) = columns_of(&card, |luma| luma < 60);
    assert!(painted[0] > 200 && !dark.is_empty(), "dark words on a light ground");
    let contrast = Painter::new().card_contrast(&card);
    assert!(contrast.large.is_some_and(|ratio| ratio > 15.0) && contrast.small == contrast.large);
    card.color = Some([0xd0, 0xd0, 0xd0]);
    assert!(Painter::new().card_contrast(&card).small.is_some_and(|ratio| ratio < 1.5), "light words on it");
    card = TitleCard { ground: None, color: None, ..card };
    let middle = columns_of(&card, |luma| luma > 140).1;
    for (align, side) in [(CardAlign::Left, 51), (CardAlign::Right, 588)] {
        card.align = align;
        let bright = columns_of(&card, |luma| luma > 140).1;
        let ends = [bright[0], bright[bright.len() - 1]];
        assert!(ends.iter().any(|end| end.abs_diff(side) < 6), "{ends:?}");
        assert!(ends[0].abs_diff(middle[0]) > 60);
    }
}

/// The picture is light at its right end, where the words do not reach.
#[test]
fn a_picture_fills_the_frame_and_its_worst_part_under_the_words_counts() {
    let mut card = card_of(Size::new(640, 360), "Storm", None);
    let picture = |light: u32| {
        let image = RgbImage::from_fn(64, 36, |x, _| Rgb(if x < light { [20; 3] } else { [240; 3] }));
        Some(CardFill::Picture(image))
    };
    card.color = Some([255; 3]);
    for (light, is_readable) in [(63, true), (32, false)] {
        card.ground = picture(light);
        let large = Painter::new().card_contrast(&card).large.expect("there are large words");
        assert_eq!(large > 3.0, is_readable, "{light}: {large}");
    }
}

#[test]
fn lines_stand_below_the_title_with_the_spaces_between_them() {
    let mut painter = Painter::new();
    let mut card = card_of(Size::new(1280, 720), "End", None);
    card.lines = ["Mara · Ada Lin", "", "Music · Ines Coro", ""].map(str::to_owned).to_vec();
    assert!(painter.card_fits(&card));
    // The title, the rule and two lines.
    assert_eq!(lines_on(&card), 4);
    card.lines = vec!["A line".to_owned(); 60];
    assert!(!painter.card_fits(&card));
    card.is_rolling = true;
    assert!(painter.card_fits(&card), "what rolls has room");
    card.lines.push("x".repeat(20_000));
    assert!(!painter.card_fits(&card), "no word is dropped");
}

#[test]
fn a_given_font_draws_what_it_has_and_damage_in_it_is_survived() {
    let bytes = include_bytes!("fonts/StoryreelSans-Italic.otf");
    let mut card = card_of(Size::new(640, 360), "Storm 嵐", None);
    let plain = columns_of(&card, |_| false).0;
    card.font = CardFont::read(bytes.to_vec());
    assert!(card.font.is_some() && columns_of(&card, |_| false).0 != plain);
    let mut seed = 7_u64;
    for _ in 0..40 {
        let mut damaged = bytes.to_vec();
        for _ in 0..200 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 33) as usize % damaged.len();
            damaged[at] = (seed >> 25) as u8;
        }
        card.font = CardFont::read(damaged);
        columns_of(&card, |_| false);
    }
    assert!(CardFont::read(b"OTTO".to_vec()).is_none() && CardFont::read(Vec::new()).is_none());
}

/// How many lines of bright letters stand on a card, its rule counted as one.
fn lines_on(card: &TitleCard) -> usize {
    let size = card.size;
    let painted = frame(&mut *Painter::new().card(card), 0);
    let rows = painted.chunks_exact(size.width as usize).take(size.height as usize);
    let written: Vec<bool> = rows.map(|row| row.iter().any(|&luma| luma > 140)).collect();
    written.windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

#[test]
fn a_word_on_a_card_is_broken_only_where_no_size_has_room_for_it() {
    let compound = "Donaudampfschifffahrtsgesellschaftskapitän";
    for size in [Size::new(1280, 720), Size::new(864, 496), Size::new(720, 1280)] {
        assert_eq!(lines_of_card(size, compound), 1, "{size}");
        assert_eq!(lines_of_card(size, &format!("Der {compound} Meier")), 3, "{size}");
        assert!(lines_of_card(size, &compound.repeat(6)) > 1, "{size}");
    }
}

/// Names of people, one a line.
fn names(count: usize) -> String {
    (1..=count).map(|n| format!("{n} Ann")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_line_of_a_card_is_shown_or_the_card_does_not_fit() {
    let mut painter = Painter::new();
    for size in [Size::new(1280, 720), Size::new(864, 496), Size::new(720, 1280)] {
        for count in [1, 2, 8, 12, 20] {
            let card = card_of(size, "End", Some(names(count)));
            assert!(painter.card_fits(&card), "{size}: {count} lines");
            // The title and the rule are lines, too.
            assert_eq!(lines_on(&card), count + 2, "{size}");
        }
        for count in [17, 30] {
            let card = card_of(size, &names(count), None);
            assert!(painter.card_fits(&card), "{size}: {count} lines");
            assert_eq!(lines_on(&card), count, "{size}");
        }
        for crowded in [
            card_of(size, "End", Some(names(90))),
            card_of(size, &names(90), None),
            card_of(size, &names(250), None),
            card_of(size, &"word ".repeat(3_000), Some("below".to_owned())),
        ] {
            assert!(!painter.card_fits(&crowded), "{size}");
        }
    }
    assert!(painter.card_fits(&card_of(SMALL, "The Keeper", Some("a story reel".to_owned()))));
    assert!(painter.card_fits(&card_of(SMALL, "", Some(names(4)))));
}

#[test]
fn a_subtitle_stays_above_the_words_that_stand_in_the_picture() {
    let mut painter = Painter::new();
    for size in [Size::new(1280, 720), Size::new(720, 1280), SMALL] {
        let top = super::animatic_words_top(size);
        for lines in [vec!["One."], vec!["The lamp has been dark for twenty", "years, and nobody has asked why."]] {
            let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
            let strip = painter.subtitle(&Subtitle { size, lines: lines.clone(), floor: Some(top) });
            assert!(strip.top + strip.height <= top, "{size}: {} {} {top}", strip.top, strip.height);
            assert!(strip.top > 0, "{size}");
            let low = painter.subtitle(&Subtitle { size, lines, floor: None });
            assert!(low.top + low.height > top, "{size}: without other words it stands at the lower edge");
        }
    }
}

/// How many lines of white letters a subtitle has.
fn lines_of_subtitle(size: Size, line: &str) -> usize {
    let strip = Painter::new().subtitle(&Subtitle { size, lines: vec![line.to_owned()], floor: None });
    let rows = strip.bytes.chunks_exact(size.width as usize).take(strip.height as usize);
    let written: Vec<bool> = rows.map(|row| row.iter().any(|&luma| luma > 200)).collect();
    written.windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

#[test]
fn a_long_word_of_a_subtitle_is_broken_only_where_no_size_has_room_for_it() {
    let wide = Size::new(1280, 720);
    let upright = Size::new(720, 1280);
    assert_eq!(lines_of_subtitle(wide, "Donaudampfschifffahrtsgesellschaftskapitän"), 1);
    assert_eq!(lines_of_subtitle(upright, "Rechtsschutzversicherungsgesellschaft"), 1);
    assert!(lines_of_subtitle(upright, &"x".repeat(84)) > 1);
}

#[test]
fn characters_without_a_font_are_named() {
    let mut painter = Painter::new();
    assert!(painter.missing("Grüße, “Ω” → Ж\n\t\0e\u{301}").is_empty());
    assert_eq!(painter.missing("a\u{10fffd}b\u{10fffd}"), ['\u{10fffd}']);
}
