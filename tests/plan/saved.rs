//! A plan as a file, and what makes it void.

use std::fs;

use proptest::prelude::*;
use storyreel_core::plan::saved::{BadPlan, SavedBoard, SavedOptions, SavedPlan, SavedStep, differences};

use super::{BOARD, edit, made, plan, project};
use crate::support::Seen;

/// The plan of the project as it is.
fn saved(seen: &Seen, more: &str) -> SavedPlan {
    plan(seen, &format!("--out now.plan {more}")).ok();
    SavedPlan::read(&fs::read_to_string(seen.path().join("now.plan")).expect("it was written")).expect("it is a plan")
}

#[test]
fn a_saved_plan_names_what_changed() {
    let seen = project(BOARD).args(["check", "film.yaml"]).ok();
    let then = saved(&seen, "");
    assert_eq!(differences(&then, &saved(&seen, "")), Vec::<String>::new());
    assert_eq!(then.boards[0].steps.len(), 6);
    let other = differences(&then, &saved(&seen, "--resolution 480p"));
    assert!(
        other[0].contains("--resolution")
            && other.iter().any(|line| line.contains("price for shot `dawn`")
                || line.contains("estimate for shot `dawn` was 0.7623 USD")),
        "{other:#?}"
    );
    fs::write(seen.path().join("dawn.png"), crate::support::media::png(1270, 720)).expect("the folder is ours");
    let other = differences(&then, &saved(&seen, ""));
    assert!(other.contains(&"the input `dawn.png` changed".to_owned()), "{other:#?}");
    assert!(other.contains(&"shot `dawn` asks for something else".to_owned()), "{other:#?}");
    fs::write(seen.path().join("dawn.png"), crate::support::media::png(1280, 720)).expect("the folder is ours");
    edit(seen.path(), "id: lamp", "id: lantern");
    let other = differences(&then, &saved(&seen, ""));
    assert_eq!(
        other,
        ["the text of `film.yaml` changed", "shot `lantern` is new", "shot `lamp` is gone"].map(str::to_owned)
    );
    edit(seen.path(), "id: lantern", "id: lamp");
    made(seen.path());
    let other = differences(&then, &saved(&seen, ""));
    assert!(other.contains(&"`film.yaml` had no lock file and has one".to_owned()), "{other:#?}");
    assert!(other.contains(&"shot `dawn` was to be `render` and is now `reuse`".to_owned()), "{other:#?}");
}

#[test]
fn a_price_that_moved_is_a_difference_and_a_date_is_none() {
    let seen = project(BOARD).args(["check", "film.yaml"]).ok();
    let then = saved(&seen, "");
    let mut now = then.clone();
    now.boards[0].steps[1].price.as_mut().expect("it is ordered").read = "2027-01-01".to_owned();
    assert_eq!(differences(&then, &now), Vec::<String>::new());
    now.boards[0].steps[1].price.as_mut().expect("it is ordered").fresh += 1;
    assert_eq!(differences(&then, &now), ["the price for shot `dawn` changed"]);
}

#[test]
fn other_files_and_other_versions_are_no_saved_plan() {
    assert!(matches!(SavedPlan::read("storyboard: 1"), Err(BadPlan::Shape(_))));
    assert!(matches!(SavedPlan::read(r#"{"kind": "other", "version": 1, "boards": []}"#), Err(BadPlan::Shape(_))));
    let newer = r#"{"kind": "storyreel plan", "version": 2, "films": []}"#;
    assert_eq!(SavedPlan::read(newer), Err(BadPlan::Version(2)));
    let more = r#"{"kind": "storyreel plan", "version": 1, "boards": [], "extra": 1}"#;
    assert!(matches!(SavedPlan::read(more), Err(BadPlan::Shape(_))));
}

fn steps() -> impl Strategy<Value = Vec<SavedStep>> {
    let step = ("[a-c]", prop::sample::select(vec!["render", "reuse"]), prop::option::of("[0-9]"));
    let step = step.prop_map(|(shot, action, recipe)| SavedStep {
        shot,
        action: action.to_owned(),
        recipe,
        needs: Vec::new(),
        estimate: None,
        price: None,
    });
    prop::collection::vec(step, 0..4).prop_map(|mut steps| {
        steps.sort_by(|one, other| one.shot.cmp(&other.shot));
        steps.dedup_by(|one, other| one.shot == other.shot);
        steps
    })
}

fn saved_plans() -> impl Strategy<Value = SavedPlan> {
    ("[a-b]", prop::option::of("[0-1]"), prop::collection::btree_map("[x-z]", "[0-1]", 0..3), steps()).prop_map(
        |(text, lock, inputs, steps)| {
            let (storyboard, options) = ("film.yaml".to_owned(), SavedOptions::default());
            SavedPlan::new(vec![SavedBoard { storyboard, text, lock, options, inputs, steps }])
        },
    )
}

proptest! {
    #[test]
    fn a_difference_is_found_exactly_where_there_is_one(one in saved_plans(), other in saved_plans()) {
        prop_assert_eq!(SavedPlan::read(&one.text()), Ok(one.clone()));
        prop_assert_eq!(differences(&one, &other).is_empty(), one == other);
    }
}
