//! Many films from one text: included files, scenes, cuts, rows and their reports.

use std::fs;
use std::path::Path;

use crate::support::{Run, Seen, media};

const ADS: &str = "storyboard: 1\ntitle: \"{{name}}\"\nrows: products.csv\nvars: {mood: calm}\n\
                   defaults: {resolution: 480p, duration: \"{{seconds}}\"}\nshots:\n  \
                   - {id: hero, prompt: \"A {{name}} on a table, {{mood}}.\"}\n  \
                   - {id: brand, card: Moss & Co, duration: 1}\n";

const PRODUCTS: &str = "\u{feff}id,name,seconds\r\nmoss-mug,\"Moss \"\"Mug\"\", green\",4\r\n\r\ncup,Cup,5\r\n";

fn ads() -> Run {
    Run::new().board("ads.yaml", ADS).file("products.csv", PRODUCTS)
}

fn plan(seen: &Seen, args: &[&str]) -> serde_json::Value {
    seen.again().args(["plan", "ads.yaml", "--format", "json"]).args(args).ok().json()
}

#[test]
fn every_row_of_a_table_is_a_film() {
    let seen = ads().args(["check", "ads.yaml"]).ok();
    let seen = seen.err("ads.yaml: 2 films, 4 shots, 11 s, no problems\n");
    let planned = plan(&seen, &[]);
    let films = planned["films"].as_array().expect("films");
    let told = |film: &serde_json::Value| {
        let shot = &film["shots"][0];
        (film["name"].clone(), film["row"].clone(), film["title"].clone(), shot["duration_s"].clone())
    };
    assert_eq!(told(&films[0]), ("ads.moss-mug".into(), "moss-mug".into(), "Moss \"Mug\", green".into(), 4.0.into()));
    assert_eq!(told(&films[1]), ("ads.cup".into(), "cup".into(), "Cup".into(), 5.0.into()));
    // The card of the brand is the same in both, and is made once.
    assert_eq!(films[1]["shots"][1]["action"], "shared");
    assert_eq!((&planned["totals"]["local"], &planned["totals"]["shared"]), (&3.into(), &1.into()));
    let table = seen.again().args(["plan", "ads.yaml"]).ok();
    let table = table
        .out_has("ads.moss-mug      2     5 s    2")
        .out_has("2 films, 4 shots: 3 made here, 1 shared with another shot");
    assert!(!table.stdout.contains("hero"), "a line a film: {}", table.stdout);
    seen.again().args(["plan", "ads.yaml", "--details"]).ok().out_has("the same as brand of ads.moss-mug");
    seen.again().args(["plan", "ads.yaml", "--row", "cup"]).ok().out_has("hero").out_has("ads.yaml: 2 shots, 6 s");
    let wrong = seen.again().args(["plan", "ads.yaml", "--row", "cop"]).code(2);
    wrong.err_has("has no such row").err_has("did you mean `--row cup`?");
    seen.again().args(["graph", "ads.yaml"]).code(2).err_has("makes 2 films").err_has("`moss-mug` and `cup`");
}

#[test]
fn films_of_rows_are_made_together_and_keep_their_own_files() {
    let seen = ads().args(["render", "ads.yaml", "--progress", "plain"]).ok();
    let seen = seen.err_has("2 films: 4 shots, 4 to make").err_has("finished: 3 shots made, 1 already there");
    for name in ["cup", "moss-mug"] {
        assert!(seen.path().join(format!("out/ads.{name}.mp4")).is_file(), "{name}");
        let lock = fs::read_to_string(seen.path().join(format!("ads.locks/ads.{name}.lock.yaml"))).expect("a lock");
        assert!(lock.contains(&format!("film: \"--row {name}\"")), "{lock}");
    }
    seen.again().args(["render", "ads.yaml", "--locked"]).ok();
    // A single film of the batch is the same to the byte.
    let single = ads().args(["render", "ads.yaml", "--row", "cup"]).ok();
    let bytes = |seen: &Seen| fs::read(seen.path().join("out/ads.cup.mp4")).expect("the film");
    assert!(bytes(&seen) == bytes(&single), "a batch of one is the film");
    let page = seen.again().args(["report", "ads.yaml"]).ok().err_has("wrote 2 pages").err_has("wrote out/ads.html");
    let index = fs::read_to_string(page.path().join("out/ads.html")).expect("the index");
    assert!(index.contains("href=\"ads.cup.html\"") && index.contains("Moss &quot;Mug&quot;, green"), "{index}");
    assert!(page.path().join("out/ads.moss-mug.html").is_file());
}

#[test]
fn what_is_wrong_in_a_row_is_shown_there_and_where_it_matters() {
    let check = |text: &str, table: (&str, &str)| {
        let board = ADS.replace("products.csv", table.0).replace("{mood: calm}", text);
        Run::new().board("ads.yaml", &board).file(table.0, table.1).args(["check", "ads.yaml"]).code(3)
    };
    let vars = "{mood: calm}";
    let seen = check(vars, ("p.csv", "id,name,seconds\na,One,4\nb,Two,long\n"));
    let seen = seen.err_has("expected a number").err_has("with its variables filled in it says `long`");
    seen.err_has("row `b` (p.csv:3)").err_has("p.csv:3:7").err_has("ads.yaml:5:40");
    // What is wrong in all films is told once, and of no row.
    let seen = check(vars, ("p.csv", "id,name,seconds\na,One,1\nb,Two,1\n"));
    assert_eq!(seen.stderr.matches("film::duration").count(), 1, "{}", seen.stderr);
    check(vars, ("p.csv", "id,name\na,One\n"))
        .err_has("there is no variable `seconds`")
        .err_has("it has `id` and `name`");
    check(vars, ("p.csv", "id,name,seconds\na,One,4\na,Two,5\n"))
        .err_has("two rows are called `a`")
        .err_has("p.csv:3:1");
    check(vars, ("p.csv", "id,name,seconds\na,One\n")).err_has("a row has 2 cells, and the header 3 columns");
    check(vars, ("p.csv", "id,name,name\na,One,4\n")).err_has("two columns are called `name`");
    check(vars, ("p.csv", "id,name,seconds\n,One,4\n")).err_has("a row has no name");
    check(vars, ("p.csv", "id,name,seconds\na,\"One,4\n"))
        .err_has("a quotation mark is not closed")
        .err_has("p.csv:2:3");
    check(vars, ("p.csv", "id,name,seconds\n")).err_has("`p.csv` has no rows");
    check(vars, ("p.jsonl", "{\"id\": \"a\", \"name\": \"One\", \"seconds\": [4]}\n"))
        .err_has("p.jsonl:1")
        .err_has("`seconds` is a list");
    check(vars, ("p.yaml", "- {id: a, name: One, seconds: 4}\n- b\n")).err_has("expected a row").err_has("p.yaml:2:3");
    check(vars, ("p.xlsx", "PK")).err_has("no kind of table that is read");
    let gone = Run::new().board("ads.yaml", ADS).args(["check", "ads.yaml"]).code(3);
    gone.err_has("cannot read `products.csv`").err_has("ads.yaml:3:7");
}

#[test]
fn tables_are_read_in_every_form_and_matrices_combine() {
    let names = |run: Run, args: &[&str]| -> Vec<String> {
        let planned = run.args(["plan", "ads.yaml", "--format", "json"]).args(args).ok().json();
        let films = planned["films"].as_array().expect("films").iter();
        films.map(|film| film["name"].as_str().expect("a name").to_owned()).collect()
    };
    let expected = ["ads.a", "ads.b"];
    for (name, text) in [
        ("p.csv", "name,seconds,id\nOne,4,a\n\"Two\nlines\",5,b\n"),
        (
            "p.jsonl",
            "{\"id\": \"a\", \"name\": \"\\ud83d\\ude00\", \"seconds\": 4}\n\n{\"id\": \"b\", \"name\": \"Two\", \"seconds\": 5}",
        ),
        ("p.yaml", "- {id: a, name: One, seconds: 4}\n- id: b\n  name: Two\n  seconds: 5\n"),
        (
            "p.json",
            "[{\"id\": \"a\", \"name\": \"One\", \"seconds\": 4}, {\"id\": \"b\", \"name\": \"Two\", \"seconds\": 5}]",
        ),
    ] {
        let board = ADS.replace("products.csv", name);
        assert_eq!(names(Run::new().board("ads.yaml", &board).file(name, text), &[]), expected, "{name}");
        // The same table of the command line, in another folder.
        let board = ADS.replace("rows: products.csv\n", "");
        let run = Run::new().board("ads.yaml", &board).file(&format!("tables/{name}"), text);
        assert_eq!(names(run, &["--rows", &format!("tables/{name}")]), expected, "{name}");
    }
    let board =
        ADS.replace("rows: products.csv", "matrix: {mood: [calm, wild], seconds: [4, 5]}").replace("{{name}}", "mug");
    let films = names(Run::new().board("ads.yaml", &board), &[]);
    assert_eq!(films, ["ads.calm-4", "ads.calm-5", "ads.wild-4", "ads.wild-5"]);
    let board = ADS.replace("vars: {mood: calm}", "matrix: {mood: [calm, wild]}");
    let run = Run::new().board("ads.yaml", &board).file("products.csv", "id,name,seconds\na,One,4\n");
    assert_eq!(names(run, &["--row", "a-wild", "--row", "a-calm"]), ["ads.a-calm", "ads.a-wild"]);
}

const SERIES: &str = "storyboard: 1\ntitle: Episode 1\ninclude: [shared/series.yaml]\nscenes:\n  Harbour: {resolution: 1080p}\n\
                      profiles: {draft: {resolution: 480p}}\nshots:\n  - id: dawn\n    scene: Harbour\n    \
                      prompt: '@mara walks.'\n  - include: scenes/end.yaml\n";

fn series() -> Run {
    let run = Run::new().board("one.yaml", SERIES);
    let run = run.file("shared/mara.png", media::png(640, 400)).file("scenes/end.png", media::png(640, 400));
    run.file(
        "shared/series.yaml",
        "cast: {mara: {name: Mara, look: a tall woman, images: [mara.png]}}\nscenes: {Harbour: {style: cold, resolution: 720p}}\n\
         defaults: {ratio: '16:9', resolution: 720p, seed: 7}\n",
    )
    .file("scenes/end.yaml", "storyboard: 1\ntitle: The end\ndefaults: {duration: 7}\nshots:\n  - {id: end, image: end.png}\n")
}

#[test]
fn files_share_what_they_say_and_paths_are_their_own() {
    let seen = series().args(["check", "one.yaml"]).ok();
    seen.clone().err("one.yaml: 2 shots, 12 s, no problems\n");
    let planned = seen.again().args(["plan", "one.yaml", "--format", "json"]).ok().json();
    let shots = &planned["shots"];
    assert_eq!((&shots[0]["resolution"], &shots[1]["duration_s"]), (&"1080p".into(), &7.0.into()));
    let draft = seen.again().args(["plan", "one.yaml", "--profile", "draft", "--format", "json"]).ok().json();
    assert_eq!(draft["shots"][0]["resolution"], "480p");
    let explain =
        |place: &str, args: &[&str]| seen.again().args(["plan", "one.yaml", "--explain", place]).args(args).ok();
    explain("dawn.resolution", &[]).out(
        "dawn.resolution: 1080p\n  set by scene Harbour (one.yaml:5)\n  wins over 720p of defaults (shared/series.yaml:3)\n",
    );
    explain("dawn.resolution", &["--profile", "draft"])
        .out_has("dawn.resolution: 480p\n  set by profile draft (one.yaml:6)");
    explain("end.duration", &[]).out_has("set by defaults of scenes/end.yaml (scenes/end.yaml:3)");
    explain("dawn.audio", &[]).out_has("what is built in counts");
    seen.again()
        .args(["plan", "one.yaml", "--explain", "dawn.resolutoin"])
        .code(2)
        .err_has("did you mean `resolution`?");
}

#[test]
fn problems_are_shown_in_the_file_where_they_stand() {
    let with = |name: &str, text: &str| series().file(name, text).args(["check", "one.yaml"]).code(3);
    let seen = with("scenes/end.yaml", "defaults: {duration: 7}\nshots:\n  - {id: end, image: fin.png}\n");
    let seen = seen.err_has("scenes/end.yaml:3:22").err_has("`scenes/end.yaml` is named at one.yaml:11");
    seen.err_has("there is no file `scenes/fin.png`").err_has("one.yaml: 1 error");
    with("scenes/end.yaml", "shots:\n  - {id: end, imag: end.png}\n")
        .err_has("a shot has no key `imag`")
        .err_has("scenes/end.yaml:2:15");
    with("scenes/end.yaml", "shots: [").err_has("scenes/end.yaml:1:8");
    with("scenes/end.yaml", "shots:\n  - {id: dawn, image: end.png}\n")
        .err_has("two shots are called `dawn`")
        .err_has("one.yaml:8:9");
    with("shared/series.yaml", "film: {loudness: -14}\n")
        .err_has("an included file cannot say `film`")
        .err_has("shared/series.yaml:1:1");
    with("shared/series.yaml", "shots: []\n").err_has("write `- include: shared/series.yaml` among `shots`");
    with("shared/series.yaml", "include: ../one.yaml\n").err_has("`one.yaml` includes itself");
    with("shared/series.yaml", "include: [a.yaml]\n")
        .err_has("cannot read `shared/a.yaml`")
        .err_has("shared/series.yaml:1:11");
    let seen = series()
        .board("one.yaml", &SERIES.replace("[shared/series.yaml]", "[shared/series.yaml, shared/b.yaml]"))
        .file("shared/b.yaml", "defaults: {seed: 8, ratio: '16:9'}\nscenes: {Harbour: {resolution: 480p}}\n")
        .args(["check", "one.yaml"])
        .code(3);
    // The storyboard itself says the resolution, and both say the same ratio.
    let seen = seen.err_has("two included files disagree about `seed`").err_has("shared/b.yaml:1:12");
    seen.err_has("and otherwise here").err_has("shared/series.yaml:3:").err_has("one.yaml: 1 error");
    let circle = "shots:\n  - include: end.yaml\n";
    with("scenes/end.yaml", circle).err_has("`scenes/end.yaml` includes itself");
    let seen = series().file("scenes/end.yaml", "cast: {bo: {name: Bo}}\nshots:\n  - {id: end, image: end.png}\n");
    seen.args(["check", "one.yaml"]).ok().err_has("`cast` of this file has no effect").err_has("1 warning");
}

#[test]
fn a_stranger_reads_no_file_outside_the_project() {
    let secret = tempfile::tempdir().expect("a folder");
    fs::write(secret.path().join("key.yaml"), "hunter2: [\n").expect("written");
    let path = secret.path().join("key.yaml");
    let text = format!("storyboard: 1\ninclude: {}\nshots: [{{id: a, card: A}}]\n", path.display());
    let run = Run::new().board("film.yaml", &text).file(".git/HEAD", "");
    let seen = run.args(["check", "film.yaml", "--untrusted"]).code(3).err_has("it lies outside the project");
    seen.says_nothing_of("hunter2");
}

const CUTS: &str = "storyboard: 1\ntitle: Long\nfilm: {chapters: shots, transition: cut}\ncuts:\n  \
                    teaser: {shots: [c, a], title: Short, transition: {type: dissolve, duration: 0.5}}\n  \
                    middle: {shots: [b]}\nshots:\n  - {id: a, prompt: A door., return_last_frame: true}\n  \
                    - {id: b, prompt: It opens.}\n  - {id: c, card: C, duration: 3}\n";

#[test]
fn a_cut_is_another_film_of_the_same_shots() {
    let seen = Run::new().board("film.yaml", CUTS).args(["render", "film.yaml"]).ok();
    let again = seen.again().args(["render", "film.yaml", "--cut", "teaser", "--progress", "plain"]).ok();
    // The time of the film stands in the picture of the animatic, so that its shot is painted for the cut.
    again.err_has("1 already there").err_has("Short: out/film.teaser.mp4, 7.5 s");
    assert!(seen.path().join("film.teaser.lock.yaml").is_file());
    let teaser = seen.again().args(["plan", "film.yaml", "--cut", "teaser", "--format", "json"]).ok().json();
    let ids = |plan: &serde_json::Value| -> Vec<String> {
        plan["shots"]
            .as_array()
            .expect("shots")
            .iter()
            .map(|shot| shot["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    assert_eq!((ids(&teaser), &teaser["title"]), (vec!["c".to_owned(), "a".to_owned()], &"Short".into()));
    // `b` goes on where `a` ends: that is told, and `a` is made for it. Both are painted at other times of the film.
    let middle = seen.again().args(["render", "film.yaml", "--cut", "middle", "--progress", "plain"]).ok();
    middle
        .err_has("`b` takes the last frame of `a`, which the cut leaves out")
        .err_has("film.yaml:6:20")
        .err_has("2 shots made");
    seen.again().args(["plan", "film.yaml", "--cut", "tease"]).code(3).err_has("did you mean `--cut teaser`?");
    let wrong = |cut: &str| {
        let text = CUTS.replace("{shots: [b]}", cut);
        Run::new().board("film.yaml", &text).args(["check", "film.yaml", "--cut", "middle"]).code(3)
    };
    wrong("{shots: [d]}").err_has("there is no shot `d`");
    wrong("{shots: [b, b]}").err_has("the cut has the shot `b` twice");
    wrong("{shots: [b], musik: x.mp3}").err_has("did you mean `music`?");
}

#[test]
fn a_table_and_a_cut_make_a_film_of_both() {
    let board = ADS.replace("shots:\n", "cuts: {short: {shots: [hero]}}\nshots:\n");
    let run = Run::new().board("ads.yaml", &board).file("products.csv", PRODUCTS);
    let seen = run.args(["render", "ads.yaml", "--cut", "short", "--row", "cup"]).ok();
    assert!(Path::new(&seen.path().join("ads.locks/ads.short.cup.lock.yaml")).is_file());
    assert!(seen.path().join("out/ads.short.cup.mp4").is_file());
}

#[test]
fn nothing_that_is_written_is_lost_without_a_word() {
    let check = |text: &str| Run::new().board("film.yaml", text).args(["check", "film.yaml"]);
    let scenes = "storyboard: 1\nscenes: {Harbuor: {seed: 1}}\nshots: [{id: a, scene: Harbour, card: A}]\n";
    check(scenes).ok().err_has("no shot is in the scene `Harbuor`").err_has("did you mean `Harbour`?");
    // A cell that looks like a variable is text, and no length.
    let table = "id,name,seconds\na,One,{{four}}\n";
    let run = Run::new().board("ads.yaml", ADS).file("products.csv", table).args(["check", "ads.yaml"]).code(3);
    run.err_has("expected a number").err_has("with its variables filled in it says `{{four}}`");
    // Files that take in each other many times end.
    let ten = |name: &str| format!("include: [{}]\n", [name; 10].join(", "));
    let mut run =
        Run::new().board("film.yaml", &format!("storyboard: 1\n{}shots: [{{id: a, card: A}}]\n", ten("f0.yaml")));
    for n in 0..14 {
        run = run.file(&format!("f{n}.yaml"), ten(&format!("f{}.yaml", n + 1)));
    }
    run.file("f14.yaml", "vars: {a: b}\n").args(["check", "film.yaml"]).code(3).err_has("too much is included");
}

#[test]
fn a_row_and_a_profile_of_one_name_keep_their_films_apart() {
    let board = "storyboard: 1\nprofiles: {cup: {seed: 1}}\nshots: [{id: a, card: A, duration: 1}]\n";
    let seen = Run::new().board("ads.yaml", board).args(["render", "ads.yaml", "--profile", "cup"]).ok();
    let rows = seen.again().file("p.csv", "id\ncup\n");
    let refused = rows.args(["render", "ads.yaml", "--rows", "p.csv"]).code(4);
    refused.err_has("belongs to another film with the same name").err_has("`--profile cup`").err_has("`--row cup`");
}

#[test]
fn the_plan_of_a_batch_is_saved_and_carried_out_or_refused() {
    let seen = ads().args(["plan", "ads.yaml", "--out", "plan.json"]).ok();
    seen.again().args(["render", "ads.yaml", "--plan", "plan.json"]).ok();
    let seen = ads().args(["plan", "ads.yaml", "--out", "plan.json"]).ok();
    let other = seen.again().file("products.csv", PRODUCTS.replace("Cup", "Mug"));
    other.args(["render", "ads.yaml", "--plan", "plan.json"]).code(4).err_has("the text of `ads.yaml` changed");
    seen.again()
        .args(["render", "ads.yaml", "--row", "cup", "--plan", "plan.json"])
        .code(4)
        .err_has("ads.yaml --row moss-mug");
    let compared = seen.again().args(["plan", "ads.yaml", "--compare"]).ok();
    compared.out_has("ads.yaml: 2 films, 4 shots, 11 s: all films together, rendered from scratch");
}

#[test]
fn the_page_of_many_films_is_sorted_and_walked_through_by_keyboard() {
    use std::fmt::Write as _;

    let Some(mut browser) = crate::support::browser::Browser::start() else { return };
    let mut table = "id,name,seconds\n".to_owned();
    (0..500).for_each(|n| _ = writeln!(table, "mug-{n},Mug {n},{}", 4 + (n * 7) % 9));
    let seen = Run::new().board("ads.yaml", ADS).file("products.csv", table).args(["report", "ads.yaml"]).ok();
    browser.open(&seen.path().join("out/ads.html"));
    let films = "[...document.querySelectorAll('tbody th a')].map(a => a.textContent)";
    let first = |browser: &mut crate::support::browser::Browser| browser.eval(&format!("{films}[0]"));
    assert_eq!((browser.eval(&format!("{films}.length")), first(&mut browser)), (500.into(), "ads.mug-0".into()));
    let sort = |browser: &mut crate::support::browser::Browser, column: usize| {
        browser.eval(&format!("document.querySelectorAll('thead button')[{column}].click()"));
    };
    sort(&mut browser, 0);
    sort(&mut browser, 0);
    assert_eq!(
        first(&mut browser),
        "ads.mug-499",
        "names are sorted as numbers read, the other way round at the second time"
    );
    sort(&mut browser, 1);
    let lengths = "[...document.querySelectorAll('tbody tr')].map(row => Number(row.cells[2].dataset.value))";
    assert_eq!(browser.eval(&format!("{lengths}.every((at, n, all) => n === 0 || all[n - 1] <= at)")), true);
    assert_eq!(browser.eval("document.querySelector('thead [aria-sort]').ariaSort"), "ascending");
    browser.press("j");
    browser.press("j");
    let here = "document.activeElement.textContent === document.querySelectorAll('tbody th a')[1].textContent";
    assert_eq!(browser.eval(here), true, "the second film is chosen");
    browser.look(390, 844, "light");
    assert_eq!(browser.eval("document.documentElement.scrollWidth"), 390, "the page is too wide for a telephone");
    browser.is_content();
}
