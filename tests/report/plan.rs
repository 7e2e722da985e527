//! The page of a film that is not made yet, and of one that a service did not make.

use std::fs;

use storyreel_core::lock::Lock;

use super::{html, keeps_the_rules};
use crate::loopback::{Call, Fault, Loopback, Pace, Pick, Settings};
use crate::support::browser::Browser;
use crate::support::{Run, Seen};

#[test]
fn before_a_render_the_page_is_the_plan() {
    let board = "storyboard: 1\ntitle: Plan\ndefaults: {provider: byteplus, resolution: 480p}\nshots:\n  \
                 - {id: dawn, prompt: Dawn, return_last_frame: true}\n  - {id: climb, prompt: She climbs}\n  \
                 - {id: end, card: The End, duration: 2}\n";
    // Nothing is made, so there is nothing that ffmpeg would be needed for.
    let run = Run::new().board("film.yaml", board).args(["report", "film.yaml", "--ffmpeg", "/no/ffmpeg"]);
    let seen = run.ok().err_has("wrote out/film.html");
    assert!(!seen.path().join(".storyreel").exists() && !seen.path().join("film.lock.yaml").exists());
    let page = html(&seen.path().join("out/film.html"));
    for part in
        ["Nothing is made yet", "2 rendered, 1 made here", "to render: new", "What a render is expected to do now"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<video"));
    let Some(mut browser) = Browser::start() else { return };
    browser.look(1280, 900, "light");
    browser.open(&seen.path().join("out/film.html"));
    keeps_the_rules(&mut browser);
    let left = "[...document.querySelectorAll('.totals dd')].at(-1).firstChild.textContent";
    let planned = seen.again().args(["plan", "film.yaml", "--format", "json"]).ok().json();
    let cost = planned["totals"]["cost"][0]["high"].as_str().expect("a price").parse::<f64>().expect("a number");
    assert_eq!(browser.eval(left), format!("{cost:.2} USD"));
    assert_eq!(browser.eval("document.querySelectorAll('.gantt .critical').length"), 2);
}

/// Whether the heading of a shot is to be seen below the menu, where the top of the page is.
fn is_seen(shot: &str) -> String {
    format!(
        "(() => {{ const head = document.querySelector('#{shot} h3').getBoundingClientRect(); \
         const menu = document.querySelector('nav').getBoundingClientRect().bottom; \
         return head.top >= menu && head.bottom <= innerHeight / 2 || `${{head.top}} below ${{menu}}`; }})()"
    )
}

#[test]
fn three_hundred_shots_are_no_burden_and_links_to_them_land() {
    // Shots of unlike height, as people write them.
    let prompt = |n: usize| "She climbs the stair. ".repeat(1 + n % 7 * 3);
    let shots = (0..300).map(|n| {
        let more = n % 3 > 0;
        format!("  - {{id: s{n}, scene: S{}, prompt: {}, return_last_frame: {more}}}\n", n / 9, prompt(n))
    });
    let board = format!("storyboard: 1\ntitle: Many\nshots:\n{}", shots.collect::<String>());
    let seen = Run::new().board("film.yaml", &board).args(["report", "film.yaml"]).ok();
    let page = seen.path().join("out/film.html");
    let bytes = fs::metadata(&page).expect("it is there").len();
    assert!(bytes < 2_100_000, "{bytes} bytes without a picture");
    let Some(mut browser) = Browser::start() else { return };
    browser.look(1280, 900, "light");
    browser.open(&page);
    keeps_the_rules(&mut browser);
    assert_eq!(browser.eval("document.querySelectorAll('article.shot').length"), 300);
    assert!(browser.eval("document.querySelectorAll('*').length").as_u64() < Some(45_000));
    for _ in 0..3 {
        browser.press("j");
    }
    assert_eq!(browser.eval("document.activeElement.id"), "shot-s2");

    for width in [390, 1280] {
        browser.look(width, 844, "light");
        for shot in ["shot-s0", "shot-s151", "shot-s298"] {
            browser.open_at(&page, shot);
            assert_eq!(browser.eval(&is_seen(shot)), true, "{shot} at {width}");
        }
        // A link of the page itself, from its one end to the other.
        browser.eval("scrollTo(0, 0); document.querySelector('.strip a[href=\"#shot-s290\"]').click()");
        assert_eq!(browser.eval(&is_seen("shot-s290")), true, "a click at {width}");
    }
    // The strip, the shots, the joins, the graph and the schedule: several shots a sheet.
    let sheets = browser.sheets();
    assert!(sheets < 120, "{sheets} sheets");
}

/// The page of a film of these shots after a render on a service with this bad luck.
fn reported(shots: &str, fault: Fault, code: i32) -> (Seen, String) {
    let settings = Settings::new().pace(Pace::Looks { queued: 0, running: 0 });
    let service = Loopback::start(settings.fault(Call::Submit, Pick::Nth(1), fault));
    let board = format!(
        "storyboard: 1\ntitle: Ordered\ndefaults: {{provider: ark, resolution: 480p, duration: 4}}\n\
         providers: {{ark: {{poll: {{initial: 1, max: 1}}}}}}\nshots:\n{shots}"
    );
    let run = Run::new().board("film.yaml", &board).args(["render", "film.yaml", "--yes"]);
    let seen = service.env().into_iter().fold(run, |run, (name, value)| run.env(&name, value)).code(code);
    let seen = seen.again().args(["report", "film.yaml"]).ok();
    let page = html(&seen.path().join("out/film.html"));
    (seen, page)
}

#[test]
fn what_was_billed_is_told_to_the_last_digit() {
    let (seen, page) = reported("  - {id: dawn, prompt: Dawn}\n", Fault::Billed(150), 0);
    let lock = fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there");
    let field = |name: &str| {
        let line = lock.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in\n{lock}")).trim_matches('"').to_owned()
    };
    for (name, key) in [("Billed", "paid"), ("Estimated", "estimated"), ("Task", "task"), ("Price read", "price_read")]
    {
        let fact = format!("<dt>{name}</dt><dd>{}</dd>", field(key));
        assert!(page.contains(&fact), "{fact}");
    }
    assert!(page.contains("Not as asked for: ") && page.contains(&field("differs")), "{}", field("differs"));
    assert!(page.contains("for the clips shown"));
}

#[test]
fn the_day_of_an_order_is_told_with_its_price() {
    let (seen, _) = reported("  - {id: dawn, prompt: Dawn}\n", Fault::Billed(100), 0);
    let file = seen.path().join("film.lock.yaml");
    let mut lock = Lock::read(&fs::read_to_string(&file).expect("the lock is there")).expect("it is a lock");
    lock.shots.values_mut().for_each(|taken| taken.bought = "2026-02-28".parse().ok());
    fs::write(&file, lock.text()).expect("the folder is ours");
    seen.again().args(["report", "film.yaml"]).ok();
    let page = html(&seen.path().join("out/film.html"));
    assert!(page.contains("<dt>Bought</dt><dd>2026-02-28</dd>"));
}

#[test]
fn what_a_service_refused_is_told() {
    let shots = "  - {id: dawn, prompt: Dawn, return_last_frame: true}\n  - {id: climb, prompt: She climbs}\n";
    let (_, page) = reported(shots, Fault::InputModeration(None), 5);
    for part in ["What went wrong", "<b>dawn</b> failed: ", "<b>climb</b> blocked: it needs dawn"] {
        assert!(page.contains(part), "{part}");
    }
}
