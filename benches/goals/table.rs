//! What the goals print.

use storyreel::progress::table;

/// One comparison.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
    pub(crate) ratio: f64,
    /// The largest ratio that meets the goal; `None` is for information.
    pub(crate) goal: Option<f64>,
}

impl Row {
    /// What must not happen at all, and how often it did.
    pub(crate) fn never(what: &str, times: usize) -> Self {
        Self {
            what: what.to_owned(),
            ours: times.to_string(),
            theirs: "0".to_owned(),
            ratio: times as f64,
            goal: Some(0.0),
        }
    }
}

/// Prints a heading and the comparisons. Returns whether all goals are met.
#[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
pub(crate) fn print(heading: &str, sides: [&str; 2], rows: &[Row]) -> bool {
    let met = |row: &Row| row.goal.is_none_or(|goal| row.ratio <= goal);
    let cells = rows.iter().map(|row| {
        let goal = row.goal.map_or(String::new(), |goal| format!("<= {goal}"));
        let verdict = match row.goal {
            None => "",
            Some(_) if met(row) => "met",
            Some(_) => "MISSED",
        };
        let ratio = format!("{:.2}", row.ratio);
        vec![row.what.clone(), row.ours.clone(), row.theirs.clone(), ratio, goal, verdict.to_owned()]
    });
    let cells: Vec<Vec<String>> = cells.collect();
    let drawn = table::render(&["", sides[0], sides[1], "ratio", "goal", ""], &cells, &[1, 2, 3, 4], 120);
    println!("\n{heading}\n\n{drawn}");
    rows.iter().all(met)
}

/// The value in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which `part` of the values lie.
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = (values.len() - 1) as f64 * part;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}
