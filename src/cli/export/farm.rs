//! The film as a job for a render farm: a folder that submitters of Open Job Description read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use storyreel_core::sanitize::{clean, count};
use storyreel_exchange::exchange::openjd::{self, FarmJob, JobShape};

use crate::cli::args::{self, Common, StepsArg};
use crate::cli::context::{Context, folder_of};
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done};
use crate::cli::load::Loaded;
use crate::cli::output::cannot_write;
use crate::cli::trust;
use crate::store::write_whole;

/// The file that runners are given.
const TEMPLATE: &str = "template.json";

pub(super) fn export_job(context: &Context, args: &args::Export, loaded: &Loaded) -> Done {
    let Some(folder) = &args.output else {
        let message = "a job is a folder of three files: name it with `-o job/`";
        return Err(CommandFailure::new(exit::USAGE, message));
    };
    if args.copy_media.is_some() {
        let message = "`--copy-media` is for `otio` and `edl`: a job has no clips yet";
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    trust::refuse_link(context, &loaded.root(), folder)?;
    let storyboard = whole_path(&args.storyboard)?;
    let rows = context.rows_file().map(whole_path).transpose()?;
    let store = whole_path(loaded.store.root())?;
    let inputs = input_files(context, args, loaded)?;
    let output_folder = whole_path(&folder_of(&loaded.output()))?;
    let options = film_options(&context.common);
    let shape = match args.shape.unwrap_or_default() {
        StepsArg::Waves => JobShape::Waves,
        StepsArg::Steps => JobShape::Steps,
    };
    let files = openjd::write(&FarmJob {
        film: &loaded.film,
        graph: &loaded.graph,
        shape,
        storyboard: &storyboard,
        rows: rows.as_deref(),
        store: &store,
        options: &options,
        inputs: &inputs,
        output_folder: &output_folder,
    })
    .map_err(|unfit| CommandFailure::caused_by(exit::USAGE, &unfit))?;
    let written = [
        (TEMPLATE, files.template),
        ("parameter_values.yaml", files.parameter_values),
        ("asset_references.yaml", files.asset_references),
    ];
    fs::create_dir_all(folder).map_err(|error| cannot_write(exit::USAGE, folder, &error))?;
    for (name, text) in written {
        let file = folder.join(name);
        loaded.spare_inputs(&file)?;
        trust::refuse_link(context, &loaded.root(), &file)?;
        write_whole(&file, text.as_bytes(), true).map_err(|error| cannot_write(exit::INTERNAL, &file, &error))?;
    }
    let shown = clean(&folder.join(TEMPLATE).to_string_lossy());
    context.note(&format!("wrote {shown}, {}", count(loaded.film.shots.len() + 1, "task")));
    Ok(exit::DONE)
}

/// What of the command line chooses the film, or allows what it needs.
fn film_options(common: &Common) -> Vec<String> {
    let mut options = Vec::new();
    let mut add = |name: &str, value: &str| options.extend([name.to_owned(), value.to_owned()]);
    let Common { profile, vars, cut, row_ids, provider, model, resolution, allow_host, allow_env, .. } = common;
    let single = [("--profile", profile), ("--cut", cut), ("--provider", provider), ("--model", model)];
    for (name, value) in single {
        if let Some(value) = value {
            add(name, value);
        }
    }
    vars.iter().for_each(|(name, value)| add("--var", &format!("{name}={value}")));
    row_ids.iter().for_each(|row| add("--row", row));
    if let Some(resolution) = resolution {
        add("--resolution", &resolution.to_string());
    }
    allow_host.iter().for_each(|host| add("--allow-host", host));
    allow_env.iter().for_each(|variable| add("--allow-env", variable));
    if common.untrusted {
        options.push("--untrusted".to_owned());
    }
    options
}

/// Every file that the film is made of: the storyboard, its lock, what it includes, media, and the table of rows.
fn input_files(context: &Context, args: &args::Export, loaded: &Loaded) -> Result<Vec<String>, CommandFailure> {
    let mut files = BTreeSet::from([args.storyboard.clone(), loaded.lock_file()]);
    files.extend(context.rows_file().map(Path::to_owned));
    let included =
        loaded.source.included().iter().filter(|file| file.named_at.is_some()).map(|file| file.path.as_str());
    files.extend(included.chain(loaded.media.keys().map(String::as_str)).map(|path| loaded.folder.join(path)));
    let files: Vec<PathBuf> = files.into_iter().filter(|file| file.is_file()).collect();
    files.iter().map(|file| whole_path(file)).collect()
}

/// A path from the root, as text: machines of a farm begin in folders of their own.
fn whole_path(path: &Path) -> Result<String, CommandFailure> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.into_os_string().into_string().map_err(|path| {
        let path = clean(&path.to_string_lossy());
        CommandFailure::new(exit::USAGE, format!("the path `{path}` is not Unicode, which a job needs"))
    })
}
