//! Tables and comments as people see them, narrow and wide.

use serde_json::json;

use super::{BOARD, edit, made, plan, project, snapshot};
use crate::support::Seen;

fn wide(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

fn new() -> Seen {
    project(BOARD).args(["check", "film.yaml"]).ok()
}

#[test]
fn a_new_film_narrow_and_wide() {
    let seen = new();
    for columns in ["80", "140"] {
        let seen = plan(&seen, "").env("COLUMNS", columns).ok().err("");
        let table: Vec<&str> = seen.stdout.lines().take(9).collect();
        assert!(wide(&table.join("\n")) <= columns.parse().expect("it is a number"), "{}", seen.stdout);
        snapshot(&format!("new-{columns}"), &seen.stdout);
    }
    snapshot("new-markdown", &plan(&seen, "--format markdown").ok().err("").stdout);
}

#[test]
fn an_edited_film_narrow_and_wide() {
    let seen = new();
    made(seen.path());
    plan(&seen, "").ok().out_has("6 reused; costs nothing");
    edit(seen.path(), "Wide shot at dawn.", "Wide shot at noon.");
    for columns in ["80", "140"] {
        snapshot(&format!("edited-{columns}"), &plan(&seen, "").env("COLUMNS", columns).ok().err("").stdout);
    }
    snapshot("edited-markdown", &plan(&seen, "--format markdown").ok().err("").stdout);
}

#[test]
fn what_is_left_of_a_budget_leaves_room_for_unknown_prices() {
    let board =
        "storyboard: 1\nbudget: {max: 5, currency: CNY}\nshots:\n  - {id: one, prompt: A., provider: openai-video}\n";
    let seen = project(board).args(["plan", "film.yaml"]).ok();
    seen.out_has("5.00 CNY left without 1 shot of unknown price");
}

#[test]
fn every_provider_side_by_side() {
    let seen = new();
    for columns in ["80", "140"] {
        snapshot(&format!("compare-{columns}"), &plan(&seen, "--compare").env("COLUMNS", columns).ok().err("").stdout);
    }
    snapshot("compare-markdown", &plan(&seen, "--compare --format markdown").ok().err("").stdout);
    let compared = plan(&seen, "--compare --format json").ok().json();
    let places = compared["compare"].as_array().expect("it is a list");
    let able: Vec<_> = places.iter().filter(|place| !place["quote"].is_null()).collect();
    assert!(able.len() >= 10 && places.len() > able.len());
    // Cheapest first within a currency, and unknown prices after all known ones.
    let high = |place: &serde_json::Value| {
        let sum = &place["quote"]["cost"][0];
        sum["high"].as_str().map(|high| (sum["currency"].to_string(), high.parse::<f64>().expect("it is a number")))
    };
    let known: Vec<_> = able.iter().map_while(|place| high(place)).collect();
    assert!(known.is_sorted() && able[known.len()..].iter().all(|place| high(place).is_none()));
    for place in &able[known.len()..] {
        assert!(place["quote"]["unknown_price"].as_u64() > Some(0) && place["quote"]["cost"] == json!([]), "{place}");
    }
    let comet = places.iter().find(|place| place["provider"] == "cometapi").expect("it is listed");
    assert!(comet["cannot"].as_array().is_some_and(|reasons| reasons.iter().any(|it| it["shots"] == json!(["boat"]))));
}

/// Sums by hand: three fresh clips of 108,900 tokens at 7.00 USD a million.
#[test]
fn the_numbers_are_those_of_the_formulas() {
    let document = plan(&new(), "--format json").ok().err("").json();
    let shot = |id: &str| {
        let shots = document["shots"].as_array().expect("it is a list");
        shots.iter().find(|shot| shot["id"] == id).expect("it is there").clone()
    };
    assert_eq!(
        [&shot("dawn")["estimate"]["cost"], &shot("dawn")["estimate"]["tokens"]],
        [&json!("0.7623"), &json!(108_900)]
    );
    // The card takes 3 s, each shot 5 s, and so does the one whose model decides, until it is there.
    let starts = ["title", "dawn", "crowd", "boat"].map(|id| shot(id)["starts_s"].clone());
    assert_eq!(starts, [json!(0.0), json!(3.0), json!(18.0), json!(23.0)]);
    let crowd = shot("crowd");
    assert_eq!([&crowd["duration_low_s"], &crowd["duration_high_s"]], [&json!(4.0), &json!(30.0)]);
    assert_eq!([&crowd["estimate"]["cost"], &crowd["estimate"]["cost_high"]], [&json!("0.93411"), &json!("6.94323")]);
    assert_eq!([&crowd["estimate"]["tokens"], &crowd["estimate"]["tokens_high"]], [&json!(87_300), &json!(648_900)]);
    assert_eq!(shot("boat")["estimate"]["about"], true);
    let totals = &document["totals"];
    // A chain of three at 210 s each; three run at once.
    assert_eq!([&totals["seconds"], &totals["critical_seconds"]], [&json!(630.0), &json!(630.0)]);
    assert_eq!(totals["critical_path"], json!(["dawn", "climb", "lamp"]));
    assert_eq!(totals["times_from"], json!(["documented"]));
    assert_eq!(document["film"]["duration_high_s"], json!(53.0));
    assert_eq!(document["profiles"].as_array().map(Vec::len), Some(3));
    assert_eq!(document["budget"]["over"], false);
}

/// One at a time is the sum of all times; three at once is not.
#[test]
fn the_limits_of_the_service_decide_the_time() {
    let alone = BOARD.replace("profiles:", "providers: {byteplus: {max_in_flight: 1}}\nprofiles:");
    let seconds = |board: &str| {
        let seen = project(board).args(["plan", "film.yaml", "--format", "json"]).ok();
        let document = seen.json();
        let shots = document["shots"].as_array().expect("it is a list");
        let sum: f64 = shots.iter().skip(1).filter_map(|shot| shot["estimate"]["seconds"].as_f64()).sum();
        (document["totals"]["seconds"].as_f64().expect("it is a number"), sum)
    };
    let (one_by_one, sum) = seconds(&alone);
    assert!((one_by_one - sum).abs() <= 5.0, "{one_by_one} {sum}");
    assert!(seconds(BOARD).0 < one_by_one);
}

#[test]
fn an_old_price_and_an_unknown_one_are_said() {
    let seen = new();
    // Sixty days after 2026-10-02 a price is not old; a day later it is.
    plan(&seen, "").env("SOURCE_DATE_EPOCH", "1796083200").ok().out_has(": as of 2026-10-02\n");
    let later = plan(&seen, "").env("SOURCE_DATE_EPOCH", "1796169600").ok();
    later.out_has(": as of 2026-10-02, 61 days ago; check it at https://");
    let unknown = "storyboard: 1\ndefaults: {provider: openai-video}\nshots:\n  - {id: a, prompt: Rain.}\n";
    let seen = project(unknown).args(["plan", "film.yaml"]).ok().out_has("the price of 1 shot is unknown");
    let document = plan(&seen, "--format json").ok().json();
    assert_eq!(document["totals"]["cost"], json!([]));
    assert_eq!(
        [&document["totals"]["unknown_price"], &document["shots"][0]["estimate"]["cost"]],
        [&json!(1), &json!(null)]
    );
}

#[test]
fn profiles_are_shown_on_demand_where_nothing_costs() {
    let free = BOARD.replace("provider: byteplus, ", "");
    let seen = project(&free).args(["plan", "film.yaml"]).ok();
    assert!(!seen.stdout.contains("by profile"));
    plan(&seen, "--profiles").ok().out_has("by profile");
}
