//! The page of a film that was made.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{READ, html, keeps_the_rules, rendered};
use crate::support::Run;
use crate::support::browser::Browser;

/// Plays a player until its film moves, and says what it is like then.
fn played(what: &str) -> String {
    format!(
        "(async () => {{ const v = {what}; await v.play(); \
         while (!(v.currentTime > 0.15) && !v.error) await new Promise(go => setTimeout(go, 30)); \
         v.pause(); return [v.error === null, v.videoWidth, v.videoHeight, v.controls].join(); }})()"
    )
}

#[test]
fn a_film_is_shown_and_plays_whatever_its_texts_try() {
    let seen = rendered().args(["report", "film.yaml"]).ok().err_has("wrote out/film.html, ");
    let Some(mut browser) = Browser::start() else { return };
    browser.look(1280, 900, "dark");
    browser.open(&seen.path().join("out/film.html"));
    keeps_the_rules(&mut browser);

    let text = |what: &str| format!("document.querySelector('{what}').textContent.trim()");
    assert_eq!(browser.eval(&text("h1")), READ);
    assert_eq!(browser.eval("document.title"), format!("{READ} · storyreel"));
    assert_eq!(browser.eval(&text("#shot-dawn .notes")), format!("Notes. {READ}"));
    assert_eq!(browser.eval(&text("#shot-dawn .prompt")), format!("Dawn. {READ}\n{READ}"));
    assert_eq!(browser.eval(&text("#shot-dawn .scene")), READ);
    assert_eq!(browser.eval(&text("#shot-climb q")), READ);
    assert_eq!(browser.eval(&text(".description")), READ);
    let sounds =
        "[...document.querySelectorAll('.sound > div')].map(e => e.innerText.replace(/\\s+/g, ' ').trim()).join('; ')";
    let told =
        "Music refs/sco re.wav · -12 dB, fades out over 1 s; Narration 0:02.0 refs/sco re.wav · from 0:00.0 to 0:00.1";
    assert_eq!(browser.eval(sounds), told);
    assert_eq!(browser.eval(&text("#shot-climb .inputs")), "First frame: last frame of dawn");
    assert_eq!(browser.eval(&text("#shot-morning .inputs")), "Picture: refs/vil lage #1.png");
    let count = |what: &str| format!("document.querySelectorAll('{what}').length");
    for (what, number) in [
        ("article.shot", 4),
        ("article.join", 3),
        (".strip > li", 4),
        ("#graph svg.reel", 1),
        ("#schedule svg.gantt .work", 5),
        (".measured", 1),
        (".stage video", 5),
        (".picture.none", 0),
        (".old", 0),
    ] {
        assert_eq!(browser.eval(&count(what)), number, "{what}");
    }
    // Which shot ends last is the machine's: the second of the chain, or one that stands alone; then comes the film.
    let ends = browser.eval(&count("#schedule .work.critical"));
    assert!(ends == 3 || ends == 2, "{ends}");
    let facts = browser.eval(&text("#shot-dawn .facts")).to_string();
    for part in ["Made byanimatic", "Take1", "Size864x496", "Frames96 at 24/s, h264", "In the filmcopied"] {
        assert!(facts.contains(part), "{part}: {facts}");
    }
    assert_eq!(browser.eval(&text("#join-end .kind")), "dissolve, 0.3 s");
    let seam = browser.eval(&text("#join-climb .measured")).to_string();
    assert!(seam.contains("repeated; nothing left out") && seam.contains("of 100"), "{seam}");

    // A clip, the film from one of its chapters, and a join within the film.
    assert_eq!(browser.eval("document.querySelector('#shot-dawn video').controls"), false);
    assert_eq!(browser.eval(&played("document.querySelector('#shot-dawn video')")), "true,864,496,true");
    browser.eval("document.querySelectorAll('.chapters button')[1].click()");
    assert_eq!(browser.eval(&played("document.getElementById('the-film')")), "true,864,496,true");
    assert_eq!(browser.eval("document.getElementById('the-film').currentTime > 7"), true);
    let here = "new Promise(go => { const look = () => { const e = document.querySelector('[aria-current]'); \
                e ? go(e.querySelector('.id').textContent) : setTimeout(look, 30); }; look(); })";
    assert_eq!(browser.eval(here), "morning");
    let cue = "document.getElementById('the-film').textTracks[0].cues[0].text";
    assert!(browser.eval(cue).to_string().contains("守灯人"));
    browser.eval("document.querySelector('#join-climb .watch').click()");
    assert_eq!(browser.eval(&played("document.querySelector('#join-climb video')")), "true,864,496,true");
    assert_eq!(browser.eval("document.querySelector('#shot-dawn video').paused"), true);

    // From shot to shot by keys; a player keeps its arrows.
    browser.eval("document.activeElement.blur(); scrollTo(0, 0)");
    let mut focused = Vec::new();
    for key in ["j", "j", "k", "ArrowRight"] {
        browser.press(key);
        focused.push(browser.eval("document.activeElement.id"));
    }
    assert_eq!(focused, ["shot-dawn", "shot-climb", "shot-dawn", "shot-climb"]);
    browser.eval("document.querySelector('#shot-dawn video').focus()");
    browser.press("ArrowRight");
    assert_eq!(browser.eval("document.activeElement.tagName"), "VIDEO");
    browser.is_content();
}

#[test]
fn light_dark_and_paper() {
    let seen = rendered().args(["report", "film.yaml"]).ok();
    let Some(mut browser) = Browser::start() else { return };
    browser.open(&seen.path().join("out/film.html"));
    let mut corner = |scheme: &str| {
        browser.look(1280, 900, scheme);
        let picture = browser.picture();
        assert_eq!(picture.dimensions(), (1280, 900));
        let first = picture.get_pixel(4, 4).0;
        let other = picture.pixels().filter(|pixel| pixel.0 != first).count();
        assert!(other > 50_000, "the page is empty");
        first
    };
    let (light, dark) = (corner("light"), corner("dark"));
    assert!(light.iter().all(|level| *level > 220) && dark.iter().all(|level| *level < 40), "{light:?} {dark:?}");
    let contrast = "(() => { const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => { v /= 255; \
        return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }; \
        const page = light(getComputedStyle(document.body).backgroundColor); \
        return Math.min(...['.under', '.prompt', '.scene', 'dt', '.brand', '.kind'].map(what => { \
        const own = light(getComputedStyle(document.querySelector(what)).color); \
        return (Math.max(page, own) + 0.05) / (Math.min(page, own) + 0.05); })); })()";
    // WCAG 2.2 asks for 4.5 (level AA).
    for scheme in ["light", "dark"] {
        browser.look(1280, 900, scheme);
        assert!(browser.eval(contrast).as_f64() >= Some(4.5), "{scheme}");
    }
    // The film, the shots, the joins, the graph and the schedule.
    let sheets = browser.sheets();
    assert!((2..=5).contains(&sheets), "{sheets} sheets");
    browser.is_content();
}

/// A film higher than wide, of a card and a picture, and what of it another film is called by.
const UPRIGHT: &str = "storyboard: 1\ntitle: Upright\nvars: {place: pier}\n\
    defaults: {ratio: '9:16', resolution: 480p}\nshots:\n\
    - {id: title, card: 'The {{place}}', duration: 1}\n\
    - {id: wave, image: wave.png, duration: 1}\n";

/// What of the pictures on a page is not to be seen whole, or not at one glance.
const CUT_OFF: &str = "[...document.querySelectorAll('svg.picture, .stage')].flatMap(e => { const own = e.getBoundingClientRect(); \
    const shown = e.querySelector(':scope > use')?.getBoundingClientRect() ?? own; \
    const inside = shown.left >= own.left - 1 && shown.right <= own.right + 1 && shown.top >= own.top - 1 && shown.bottom <= own.bottom + 1; \
    return inside && own.height <= innerHeight && own.height > 10 ? [] : [`${e.outerHTML.slice(0, 120)} ${own.height} ${shown.height}`]; })";

#[test]
fn an_upright_film_is_shown_whole_wherever_it_was_written() {
    let run = Run::new().board("film.yaml", UPRIGHT).file("wave.png", crate::support::media::waves(180, 320, true));
    let seen = run.args(["render", "film.yaml", "--var", "place=quay", "-o", "cuts/a b.mp4"]).ok();
    let report = |seen: &crate::support::Seen| seen.again().args(["report", "film.yaml", "--var", "place=quay"]);
    report(&seen).ok();
    // The film is as safe from a slip of the hand there as it is where its name says.
    report(&seen).args(["-o", "cuts/a b.mp4"]).code(2).err_has("give another name");
    let page = seen.path().join("out/film.quay.html");
    let words = html(&page);
    assert!(words.contains("film.quay (--var place=quay) · 2 shots · 480x854") && !words.contains("different film"));
    assert!(words.contains("src=\"../cuts/a%20b.mp4\"") && words.contains("<code>cuts/a b.mp4</code>"));
    if let Some(mut browser) = Browser::start() {
        browser.open(&page);
        for width in [1280, 390] {
            browser.look(width, 844, "light");
            assert_eq!(browser.eval(CUT_OFF), serde_json::json!([]), "at {width}");
        }
        assert_eq!(browser.eval("document.querySelectorAll('.strip .picture').length"), 3, "one of the card");
        // What stands for the card has its words: they are bright on dark, and not there in its first frame.
        for place in [".strip li:first-child", "#shot-title .stage"] {
            let picture = format!(
                "document.querySelector(document.querySelector('{place} use').getAttribute('href')).getAttribute('href').split(',')[1]"
            );
            let jpeg = STANDARD.decode(browser.eval(&picture).as_str().expect("it is text")).expect("it is base64");
            let picture = image::load_from_memory(&jpeg).expect("it is a picture").into_luma8();
            assert!(picture.pixels().any(|pixel| pixel.0[0] > 200), "{place}: no words are to be seen");
        }
    }

    fs::remove_file(seen.path().join("cuts/a b.mp4")).expect("the folder is ours");
    report(&seen).ok();
    let words = html(&page);
    assert!(words.contains("The film was written to <code>cuts/a b.mp4</code>, which is not there any more."));
    // A film of other choices was written nowhere.
    seen.again().args(["report", "film.yaml"]).ok();
    assert!(!html(&seen.path().join("out/film.html")).contains("a b.mp4"));
    // Where its name says it is found without being looked for.
    seen.again().args(["render", "film.yaml", "--var", "place=quay"]).ok();
    report(&seen).ok();
    assert!(html(&page).contains("<code>out/film.quay.mp4</code>"));
}

#[test]
fn one_file_goes_anywhere() {
    let seen = rendered().args(["report", "film.yaml", "--embed", "-o", "one.html"]).ok();
    let elsewhere = tempfile::tempdir().expect("a temporary folder can be made");
    let page = elsewhere.path().join("a page.html");
    fs::rename(seen.path().join("one.html"), &page).expect("it can be moved");
    fs::remove_dir_all(seen.path().join(".storyreel")).expect("the folder is ours");
    fs::remove_dir_all(seen.path().join("out")).expect("the folder is ours");
    assert!(!html(&page).contains("../"), "it names no other file");
    let Some(mut browser) = Browser::start() else { return };
    browser.look(1280, 900, "light");
    browser.open(&page);
    for what in ["document.querySelector('#shot-climb video')", "document.getElementById('the-film')"] {
        assert_eq!(browser.eval(&played(what)), "true,864,496,true");
    }
    keeps_the_rules(&mut browser);
}

#[test]
fn an_edit_shows_what_is_old() {
    let edited = super::board().replace("She climbs", "She runs");
    let seen = rendered().board("film.yaml", &edited).args(["report", "film.yaml", "-o", "page.html"]).ok();
    let page = html(&seen.path().join("page.html"));
    for part in ["prompt changed", "of an older version", "A render would make a different film", "3 made, 1 to make"] {
        assert!(page.contains(part), "{part}");
    }
    // The film, its storyboard and its lock are not written over.
    for file in ["film.yaml", "film.lock.yaml", "out/film.mp4"] {
        seen.again().args(["report", "film.yaml", "-o", file]).code(2).err_has("give another name");
        seen.again().args(["report", "film.yaml", "--sheet", file]).code(2);
    }
}

/// With `UPDATE_DOCS` in the environment the pictures of the README are made anew.
#[test]
fn the_pictures_in_the_readme_are_made_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/keeper");
    if std::env::var_os("UPDATE_DOCS").is_some()
        && let Some(mut browser) = Browser::start()
    {
        let run = Run::new();
        crate::examples::copy(&root, run.path());
        let seen = run.args(["render", "keeper.yaml"]).ok();
        let seen = seen.again().args(["report", "keeper.yaml", "-o", "report.html", "--sheet", "sheet.jpg"]).ok();
        fs::copy(seen.path().join("sheet.jpg"), root.join("sheet.jpg")).expect("it can be written");
        browser.look(1240, 1160, "light");
        browser.open(&seen.path().join("report.html"));
        browser.picture().save(root.join("report.jpg")).expect("it can be written");
    }
    for name in ["report.jpg", "sheet.jpg"] {
        let (width, height) = image::image_dimensions(root.join(name)).expect("it is a picture");
        assert!(width > 1000 && height > 800, "{name}");
    }
}
