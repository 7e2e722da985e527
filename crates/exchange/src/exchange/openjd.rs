//! A job of Open Job Description (specification 2023-09): a task for every shot, and the film as the last step. Whatever
//! farm runs it, a task is `storyreel render --only SHOT`, which is safe to run anywhere, any number of times.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use storyreel_core::film::{Film, Make, Shot};
use storyreel_core::graph::ShotGraph;
use storyreel_core::index::ShotIndex;
use storyreel_core::sanitize::clean;

/// The most values that a parameter of tasks may have, by the specification.
const MOST_TASKS: usize = 1024;

/// The longest name of a job, by the specification.
const LONGEST_NAME: usize = 128;

/// The most seconds between the two signals with which a task is ended: the first lets running shots come to their end.
const NOTIFIED: u64 = 600;

/// The name of what a farm limits: tasks at services at once, however many machines there are.
pub const PROVIDER_SLOTS: &str = "amount.provider_slots";

/// What becomes a step of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobShape {
    /// All shots at the same depth of the graph.
    Waves,
    /// Every shot by itself.
    Steps,
}

/// A film to be made by a farm.
#[derive(Debug, Clone, Copy)]
pub struct FarmJob<'a> {
    /// The film.
    pub film: &'a Film,
    /// Which shot needs which.
    pub graph: &'a ShotGraph,
    /// What becomes a step.
    pub shape: JobShape,
    /// The whole path of the storyboard.
    pub storyboard: &'a str,
    /// The whole path of the table of rows, where the command line names one.
    pub rows: Option<&'a str>,
    /// Where the store is: a path or an address.
    pub store: &'a str,
    /// What of the command line chooses the film, `--profile final` and the like.
    pub options: &'a [String],
    /// The whole paths of all files that it is made of.
    pub inputs: &'a [String],
    /// The whole path of the folder into which the film is written.
    pub output_folder: &'a str,
}

/// The files of a job, by the names that submitters read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FarmFiles {
    /// `template.json`.
    pub template: String,
    /// `parameter_values.yaml`.
    pub parameter_values: String,
    /// `asset_references.yaml`.
    pub asset_references: String,
}

/// A choice of the command line that cannot stand in a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot stand in a job: `{{{{`, `}}}}` and control characters have a meaning there")]
pub struct UnfitOption(pub String);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobTemplate {
    specification_version: &'static str,
    name: String,
    description: String,
    parameter_definitions: Vec<Value>,
    job_environments: Vec<Value>,
    steps: Vec<JobStep>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobStep {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<StepNeed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_requirements: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_space: Option<Value>,
    script: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepNeed {
    depends_on: String,
}

/// Writes the files of a job.
///
/// # Errors
/// A choice of the command line that cannot stand in a job.
pub fn write(job: &FarmJob<'_>) -> Result<FarmFiles, UnfitOption> {
    if let Some(unfit) = job.options.iter().find(|option| !is_plain(option)) {
        return Err(UnfitOption(clean(unfit)));
    }
    let mut steps = job.shot_steps();
    steps.push(job.film_step(&steps));
    let title = job_name(&job.film.title);
    let template = JobTemplate {
        specification_version: "jobtemplate-2023-09",
        name: title,
        description: "Made by `storyreel export --to openjd`. Every task is safe to run anywhere, any number of times."
            .to_owned(),
        parameter_definitions: job.parameters(),
        job_environments: vec![store_check()],
        steps,
    };
    let template = serde_json::to_string_pretty(&template).expect("text and lists become JSON") + "\n";
    Ok(FarmFiles { template, parameter_values: job.parameter_values(), asset_references: job.asset_references() })
}

/// Whether a text stands for itself in a template.
fn is_plain(text: &str) -> bool {
    !text.contains("{{") && !text.contains("}}") && !text.contains(char::is_control)
}

/// A title as the name of a job.
fn job_name(title: &str) -> String {
    let plain = clean(title).replace("{{", "{ {").replace("}}", "} }");
    let name: String = plain.chars().take(LONGEST_NAME).collect();
    if name.trim().is_empty() { "storyreel".to_owned() } else { name }
}

/// Shots that one step makes.
struct StepShots {
    name: String,
    shots: Vec<ShotIndex>,
}

impl FarmJob<'_> {
    fn parameters(&self) -> Vec<Value> {
        let mut parameters = vec![
            json!({"name": "Storyboard", "type": "PATH", "objectType": "FILE", "dataFlow": "IN", "description": "The storyboard"}),
            json!({"name": "Store", "type": "STRING", "description":
                "The store that all machines share: s3://bucket/prefix, gs://, az://, or a folder. Keys come from the environment"}),
            json!({"name": "Storyreel", "type": "STRING", "default": "storyreel", "description":
                "The program, as it is called on the machines"}),
        ];
        if self.rows.is_some() {
            parameters.insert(
                1,
                json!({"name": "Rows", "type": "PATH", "objectType": "FILE", "dataFlow": "IN",
                "description": "The table of which each row makes a film"}),
            );
        }
        parameters
    }

    /// The action that renders with these options.
    fn action(&self, options: &[&str]) -> Value {
        let mut args = vec!["render", "{{Param.Storyboard}}"];
        args.extend(options);
        args.extend(["--store", "{{Param.Store}}"]);
        args.extend(self.rows.iter().flat_map(|_| ["--rows", "{{Param.Rows}}"]));
        args.extend(self.options.iter().map(String::as_str));
        args.extend(["--progress", "openjd"]);
        json!({"actions": {"onRun": {
            "command": "{{Param.Storyreel}}", "args": args,
            "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTIFIED},
        }}})
    }

    /// The steps that make shots, each after those that it needs.
    fn shot_steps(&self) -> Vec<JobStep> {
        let steps = match self.shape {
            JobShape::Waves => self.waves(),
            JobShape::Steps => self.steps(),
        };
        let mut step_of: BTreeMap<ShotIndex, usize> = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            step_of.extend(step.shots.iter().map(|shot| (*shot, at)));
        }
        let mut made = Vec::with_capacity(steps.len());
        for step in &steps {
            let mut needs: Vec<usize> = Vec::new();
            for shot in &step.shots {
                needs.extend(self.graph.parents(*shot).iter().map(|parent| step_of[parent]));
            }
            needs.sort_unstable();
            needs.dedup();
            let shots = || step.shots.iter().map(|shot| &self.film.shots[*shot]);
            let ids: Vec<&str> = shots().map(|shot| shot.id.as_str()).collect();
            made.push(JobStep {
                name: step.name.clone(),
                dependencies: needs.into_iter().map(|at| StepNeed { depends_on: steps[at].name.clone() }).collect(),
                host_requirements: shots().any(needs_slot).then(provider_slot),
                parameter_space: Some(json!({"taskParameterDefinitions": [
                    {"name": "Shot", "type": "STRING", "range": ids},
                ]})),
                script: self.action(&["--only", "{{Task.Param.Shot}}", "--yes"]),
            });
        }
        made
    }

    /// The step that puts the film together, once all shots are made. It makes none, so it spends nothing.
    fn film_step(&self, steps: &[JobStep]) -> JobStep {
        let needs = steps.iter().map(|step| StepNeed { depends_on: step.name.clone() });
        JobStep {
            name: "Film".to_owned(),
            dependencies: needs.collect(),
            host_requirements: None,
            parameter_space: None,
            script: self.action(&["--locked"]),
        }
    }

    /// Every shot by itself, after all that it needs. Shots have no capitals in their names, so none is called `Film`.
    fn steps(&self) -> Vec<StepShots> {
        let order = self.graph.order().into_iter();
        order.map(|shot| StepShots { name: self.film.shots[shot].id.to_string(), shots: vec![shot] }).collect()
    }

    /// The shots by their depth in the graph, and within that by whether they wait for a service.
    fn waves(&self) -> Vec<StepShots> {
        let mut depth = vec![0; self.film.shots.len()];
        let mut waves: BTreeMap<(usize, bool), Vec<ShotIndex>> = BTreeMap::new();
        for shot in self.graph.order() {
            let parents = self.graph.parents(shot);
            depth[shot.0] = parents.iter().map(|parent| depth[parent.0] + 1).max().unwrap_or(0);
            let is_local = !needs_slot(&self.film.shots[shot]);
            waves.entry((depth[shot.0], is_local)).or_default().push(shot);
        }
        let mut steps = Vec::new();
        for ((depth, is_local), mut shots) in waves {
            shots.sort_unstable();
            for (part, shots) in shots.chunks(MOST_TASKS).enumerate() {
                let local = if is_local { " local" } else { "" };
                let part = if part == 0 { String::new() } else { format!(" part {}", part + 1) };
                steps.push(StepShots { name: format!("Wave {}{local}{part}", depth + 1), shots: shots.to_vec() });
            }
        }
        steps
    }

    /// Texts in JSON are texts in YAML.
    fn parameter_values(&self) -> String {
        let mut values = vec![("Storyboard", self.storyboard)];
        values.extend(self.rows.map(|rows| ("Rows", rows)));
        values.push(("Store", self.store));
        let lines: Vec<String> =
            values.iter().map(|(name, value)| format!("- name: {name}\n  value: {}\n", json!(value))).collect();
        format!("parameterValues:\n{}", lines.concat())
    }

    fn asset_references(&self) -> String {
        let files: Vec<String> = self.inputs.iter().map(|file| format!("    - {}\n", json!(file))).collect();
        format!(
            "assetReferences:\n  inputs:\n    filenames:\n{}    directories: []\n  outputs:\n    directories:\n    - {}\n  \
             referencedPaths: []\n",
            files.concat(),
            json!(self.output_folder)
        )
    }
}

/// What every machine does once before its first task: it sees whether the store can be used, and bought with.
fn store_check() -> Value {
    let args = ["store", "check", "--store", "{{Param.Store}}"];
    json!({"name": "Store", "script": {"actions": {"onEnter": {"command": "{{Param.Storyreel}}", "args": args}}}})
}

/// Whether a shot is made at a service that counts the tasks of an account.
fn needs_slot(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)
}

fn provider_slot() -> Value {
    json!({"amounts": [{"name": PROVIDER_SLOTS, "min": 1}]})
}
