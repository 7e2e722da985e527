//! What may be spent: the limit, the budget, and the user's word.

use std::process::{Command, Stdio};

use super::crash::{project, settings};
use super::{LOOKS, board, render, served, with_settings};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::{Run, Seen, media};

/// Two shots of 4 s that cost 0.32 USD each.
fn two() -> String {
    board(
        "cometapi",
        "  - {id: one, prompt: Boat one, provider: cometapi}\n  - {id: two, prompt: Boat two, provider: cometapi}\n",
    )
}

fn limited(seen: &Seen, service: &Loopback, limits: &[&str]) -> Run {
    let flags = limits.iter().flat_map(|limit| ["--max-cost", limit]);
    served(seen.again(), service).args(["render", "film.yaml", "--progress", "plain"]).args(flags)
}

fn sent(service: &Loopback) -> usize {
    service.ledger().requests().len()
}

#[test]
fn a_limit_below_the_plan_sends_nothing() {
    let service = Loopback::start(settings());
    let seen = project(&two());
    for limit in ["0", "0.63", "0.63USD"] {
        limited(&seen, &service, &[limit]).code(4).err_has("the run can cost 0.64 USD, more than the limit of");
    }
    limited(&seen, &service, &["100CNY"]).run();
    assert_eq!(sent(&service), 0);
    limited(&seen, &service, &["0.64"]).ok();
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn a_budget_holds_whatever_the_command_line_says() {
    let service = Loopback::start(settings());
    let seen = project(&format!("{}budget: {{max: 0.5, currency: USD}}\n", two()));
    served(seen.again(), &service).args(["render", "film.yaml", "--yes"]).code(4).err_has("the limit of 0.50 USD");
    assert_eq!(sent(&service), 0);
    served(seen.again(), &service).args(["render", "film.yaml", "--yes", "--only", "one"]).ok();
    assert_eq!(service.ledger().billed().len(), 1);
}

#[test]
fn what_no_longer_fits_is_not_sent_and_what_was_done_is_said() {
    // The first clip is billed at more than was estimated, so that the second no longer fits.
    let shots = "  - {id: one, prompt: Boat one, provider: ark}\n  - {id: two, prompt: Boat two, provider: ark}\n";
    let text = board("ark", shots).replace("poll:", "max_in_flight: 1, poll:");
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::Billed(150)));
    let seen = project(&text);
    let plan = served(seen.again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    let most = plan["totals"]["cost"][0]["high"].as_str().expect("a price");
    let run = limited(&seen, &service, &[&format!("{most}CNY")]).code(5);
    assert_eq!(service.ledger().tasks().len(), 1, "{}", run.stderr);
    run.err_has("not ordered: it can cost ").err_has(" is spent").err_has("not made: `");
}

#[test]
fn what_failed_and_was_billed_counts_against_the_limit() {
    let declared = "models: {kling: {id: kwaivgi/kling-v3.0, modes: [text], seconds: [4], audio: choice, \
                    sizes: {720p: {'16:9': 1280x720}}, price: {per_second: 0.1}}}";
    let keys = "provider: openrouter, model: kling, resolution: 720p";
    let shots = format!("  - {{id: one, prompt: Boat one, {keys}}}\n  - {{id: two, prompt: Boat two, {keys}}}\n");
    let text = with_settings(&format!("openrouter: {{max_in_flight: 1, {declared}, {}", &LOOKS[1..]), &shots);
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::Failed("failed_after_work")));
    let run = limited(&project(&text), &service, &["1USD"]).code(5);
    assert_eq!(service.ledger().tasks().len(), 1, "{}", run.stderr);
    run.err_has("45.00 USD").err_has("not ordered: it can cost ");
}

#[test]
fn a_length_left_to_the_model_is_held_against_the_limit_at_its_most() {
    let shot = "  - {id: one, prompt: Boat one, provider: ark, duration: -1}\n";
    let service = Loopback::start(settings());
    let seen = project(&board("ark", shot));
    let plan = |limit: &str| {
        served(seen.again(), &service).args(["plan", "film.yaml", "--format", "json", "--max-cost", limit])
    };
    let json = plan("100").ok().json();
    let of = |field: &str| json["totals"]["cost"][0][field].as_str().expect("a price").to_owned();
    // The plan and the run say the same of a limit between the least and the most.
    let words = format!("can cost {} CNY, more than the limit of {} CNY", of("high"), of("low"));
    plan(&of("low")).code(4).err_has(&format!("the plan {words}"));
    limited(&seen, &service, &[&of("low")]).code(4).err_has(&format!("the run {words}"));
    assert_eq!(sent(&service), 0);
    limited(&seen, &service, &[&of("high")]).ok();
}

#[test]
fn a_price_that_is_unknown_fits_no_limit() {
    let shots = "  - {id: lamp, prompt: A lamp, provider: openai-video, model: seedance-2.0}\n";
    let service = Loopback::start(settings());
    let seen = project(&board("openai-video", shots));
    limited(&seen, &service, &["100USD"]).code(4).err_has("the run has 1 shot whose price is unknown");
    assert_eq!(sent(&service), 0);
    render(seen.again(), &service).ok();
}

#[test]
fn currencies_stay_apart() {
    let shots =
        "  - {id: here, prompt: Boat one, provider: ark}\n  - {id: there, prompt: Boat two, provider: cometapi}\n";
    let service = Loopback::start(settings());
    let seen = project(&with_settings(&format!("ark: {LOOKS}, cometapi: {LOOKS}"), shots));
    limited(&seen, &service, &["25"]).code(2).err_has("several currencies");
    limited(&seen, &service, &["100CNY", "0.1USD"]).code(4).err_has("0.10 USD");
    assert_eq!(sent(&service), 0);
    // A limit in one currency allows nothing in another.
    limited(&seen, &service, &["100USD"])
        .code(4)
        .err_has("and no limit is set in CNY: add one, such as `--max-cost 1CNY`");
    assert_eq!(sent(&service), 0);
    limited(&seen, &service, &["100CNY", "1USD"]).ok();
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn where_nobody_can_be_asked_nothing_is_sent() {
    let service = Loopback::start(settings());
    let seen = project(&two());
    let refused = served(seen.again(), &service).args(["render", "film.yaml"]).stdin("y\n").code(4);
    refused.err_has("2 shots to render, for 0.64").err_has("`--yes`");
    assert_eq!(sent(&service), 0);
}

/// Runs the program on a terminal, where `answer` is typed.
#[cfg(target_os = "linux")]
fn on_a_terminal(run: &Run, answer: &str) -> (Option<i32>, String) {
    use std::io::Write as _;
    let plain = run.command();
    let words: Vec<String> = std::iter::once(plain.get_program())
        .chain(plain.get_args())
        .map(|word| format!("'{}'", word.to_str().expect("plain words")))
        .collect();
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-c", &words.join(" "), "/dev/null"]).env_clear();
    command.current_dir(run.path()).envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("`script` is part of every Linux");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(answer.as_bytes()).expect("it listens");
    let output = child.wait_with_output().expect("it ends");
    drop(stdin);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_the_sum_is_shown_and_a_no_sends_nothing() {
    let service = Loopback::start(settings());
    let seen = project(&two());
    let run = || served(seen.again(), &service).args(["render", "film.yaml", "--progress", "plain"]);
    for no in ["n\n", "\n", "what\n"] {
        let (code, said) = on_a_terminal(&run(), no);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("2 shots to render, for 0.64") && said.contains("Spend it? [y/N]"), "{said}");
        assert_eq!(sent(&service), 0);
    }
    let (code, said) = on_a_terminal(&run(), "y\n");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn what_costs_nothing_is_not_reserved_for_ever() {
    // The first order is turned away without charge; its money is free for the next try.
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::RateLimited(Some(1))));
    let seen = project(&two());
    limited(&seen, &service, &["0.64"]).ok();
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn a_saved_plan_is_carried_out_or_refused_with_what_changed() {
    let service = Loopback::start(settings());
    let text = board("ark", "  - {id: one, prompt: Boat one, provider: ark}\n");
    let run = served(Run::new().board("film.yaml", &text), &service);
    let seen = run.args(["plan", "film.yaml", "--out", "film.plan"]).ok();
    let planned = || served(seen.again(), &service).args(["render", "film.yaml", "--plan", "film.plan", "--yes"]);
    planned().board("film.yaml", &text.replace("Boat one", "Boat two")).code(4).err_has("nothing was ordered");
    assert!(service.ledger().tasks().is_empty());
    planned().board("film.yaml", &text).ok();
    assert_eq!(service.ledger().billed().len(), 1);
    planned().code(4).err_has("is out of date, so nothing was ordered");
}

#[test]
fn a_saved_plan_is_refused_when_an_input_a_price_or_the_lock_has_changed() {
    let service = Loopback::start(settings());
    let shots = "  - {id: one, prompt: Boat one, provider: ark, first_frame: pier.png}\n  \
                 - {id: two, prompt: Boat two, provider: ark}\n";
    let text = board("ark", shots);
    let project = Run::new().board("film.yaml", &text).file("pier.png", media::png(864, 496));
    let seen = served(project, &service).args(["plan", "film.yaml", "--out", "film.plan"]).ok();
    let planned = || served(seen.again(), &service).args(["render", "film.yaml", "--plan", "film.plan", "--yes"]);
    planned().file("pier.png", media::png(866, 496)).code(4).err_has("the input `pier.png` changed");
    let dearer = text.replace("{poll:", "{prices: [{model: seedance-2.0, per_second: 1, currency: CNY}], poll:");
    planned()
        .file("pier.png", media::png(864, 496))
        .board("film.yaml", &dearer)
        .code(4)
        .err_has("price for shot `one`");
    assert!(service.ledger().tasks().is_empty(), "nothing was ordered");
    let two = served(seen.again().board("film.yaml", &text), &service).args([
        "render",
        "film.yaml",
        "--yes",
        "--only",
        "two",
    ]);
    two.ok();
    planned().code(4).err_has("`film.yaml` had no lock file and has one").err_has("shot `two` was to be `render`");
    assert_eq!(service.ledger().tasks().len(), 1, "nothing more was ordered");
}
