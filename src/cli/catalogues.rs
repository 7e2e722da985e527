//! What services say of their own models: files of the project, read by every plan and written on request.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use storyreel_core::provider::{ListedModel, PROVIDERS, Provider, ServiceCatalogue, provider_by_id};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::text::listed;
use storyreel_providers::Remote;

use super::args::DataFormat;
use super::connect::{Access, access_to};
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done, internal};
use super::output::{cannot_write, print};
use super::trust::paths::is_outside;
use super::trust::refuse_link;
use crate::store::{insist_on_file, write_whole};

/// The folder of a project that holds them.
const FOLDER: &str = "catalogue";

/// The largest file that is read, in bytes: some thousand models.
const LARGEST: u64 = 8 << 20;

/// Where a project keeps what a service lists.
fn file_of(root: &Path, provider: &str) -> PathBuf {
    root.join(FOLDER).join(format!("{provider}.json"))
}

/// What services list, as the project keeps it.
pub(super) fn of_project(context: &Context, root: &Path) -> Result<Arc<[ServiceCatalogue]>, CommandFailure> {
    let mut found = Vec::new();
    for provider in PROVIDERS.iter().filter(|provider| provider.lists_models) {
        let file = file_of(root, provider.id);
        if context.untrusted() && is_outside(root, &file) {
            continue;
        }
        found.extend(read(&file, provider.id)?);
    }
    Ok(found.into())
}

/// What a file says; nothing where there is none.
fn read(file: &Path, provider: &str) -> Result<Option<ServiceCatalogue>, CommandFailure> {
    let mut text = String::new();
    // A pipe would be waited for without end.
    if fs::metadata(file).is_ok_and(|facts| !facts.is_file()) {
        return Err(unreadable(file, provider, "it is not a regular file"));
    }
    let result = File::open(file).and_then(|open| open.take(LARGEST).read_to_string(&mut text));
    let catalogue = match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => Err(error.to_string()),
        Ok(_) => ServiceCatalogue::from_text(&text),
    };
    let fits = catalogue.and_then(|read| {
        if read.provider == provider { Ok(read) } else { Err(format!("it is about `{}`", read.provider)) }
    });
    fits.map(Some).map_err(|why| unreadable(file, provider, &why))
}

fn unreadable(file: &Path, provider: &str, why: &str) -> CommandFailure {
    let message = format!("cannot read `{}`: {}", clean(&file.to_string_lossy()), clean(why));
    let help = format!("restore it from version control, or write it anew: `storyreel providers --update {provider}`");
    CommandFailure::new(exit::PROBLEMS, message).help(help)
}

/// Asks a service for its models, and keeps the answer in the project at the current folder.
pub(super) fn update(context: &Context, id: &str, format: DataFormat) -> Done {
    let provider = provider_by_id(id).filter(|provider| provider.lists_models);
    let Some(provider) = provider else {
        let listing = PROVIDERS.iter().filter(|provider| provider.lists_models).map(|provider| provider.id);
        let message = format!("`--update {id}`: that provider does not list its models");
        let help = format!("use {}; the models of the others are built in or declared", listed(listing, 12));
        return Err(CommandFailure::new(exit::USAGE, message).help(help));
    };
    let root = context.current_project();
    let file = file_of(&root, provider.id);
    refuse_link(context, &root, &file)?;
    insist_on_file(&file).map_err(|error| cannot_write(exit::USAGE, &file, &error))?;
    // What cannot be read is replaced: that is what the command is for.
    let before = read(&file, provider.id).unwrap_or_default();
    let after = ask(context, provider)?;
    fs::create_dir_all(root.join(FOLDER))
        .and_then(|()| write_whole(&file, after.text().as_bytes(), true))
        .map_err(|error| cannot_write(exit::INTERNAL, &file, &error))?;
    let changes = CatalogueChanges::between(before.as_ref(), &after);
    match format {
        DataFormat::Table => print(&changes.text(&file_of(Path::new(""), provider.id), &after)),
        DataFormat::Json => print(&format!("{:#}\n", changes.document(&file, &after))),
    }
}

fn ask(context: &Context, provider: &'static Provider) -> Result<ServiceCatalogue, CommandFailure> {
    let refused = |error: &dyn std::error::Error| CommandFailure::new(exit::REFUSED, error.to_string());
    let Access { bases, key, .. } = access_to(context, provider, None).map_err(|error| refused(&error))?;
    let base = bases.first().map(String::as_str).unwrap_or_default();
    let remote = Remote::new(provider, base, &key).map_err(|error| refused(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(internal)?;
    let answer = runtime.block_on(remote.models(Context::today().to_string()));
    answer.map_err(|error| {
        let message = format!("`{}` did not list its models: {error}", provider.id);
        CommandFailure::new(exit::INTERNAL, message).help("the list of the project stays as it was; try again later")
    })
}

/// How a list differs from the one before: models by their ids.
struct CatalogueChanges {
    added: Vec<String>,
    removed: Vec<String>,
    /// With the names of what is other.
    changed: Vec<String>,
}

impl CatalogueChanges {
    fn between(before: Option<&ServiceCatalogue>, after: &ServiceCatalogue) -> Self {
        let old = before.map_or(&[][..], |before| &before.models);
        let is_in = |models: &[ListedModel], id: &str| models.iter().any(|model| model.id == id);
        let mut changed = Vec::new();
        for model in &after.models {
            let earlier = old.iter().find(|one| one.id == model.id);
            if let Some(what) = earlier.map(|earlier| differences(earlier, model)).filter(|what| !what.is_empty()) {
                changed.push(format!("{} ({})", model.id, what.join(", ")));
            }
        }
        let ids = |models: &[ListedModel], other: &[ListedModel]| {
            models.iter().filter(|model| !is_in(other, &model.id)).map(|model| model.id.clone()).collect()
        };
        Self { added: ids(&after.models, old), removed: ids(old, &after.models), changed }
    }

    fn text(&self, file: &Path, after: &ServiceCatalogue) -> String {
        let models = count(after.models.len(), "model");
        let mut text = format!("{}: {models}, read on {}\n", clean(&file.to_string_lossy()), after.read);
        for (what, ids) in [("new", &self.added), ("gone", &self.removed), ("changed", &self.changed)] {
            if !ids.is_empty() {
                let ids: Vec<String> = ids.iter().map(|id| clean(id)).collect();
                text.push_str(&format!("{what:<9}{}\n", listed(ids.iter().map(String::as_str), 40)));
            }
        }
        text.push_str("commit the file: plans read it, and never ask the service\n");
        text
    }

    fn document(&self, file: &Path, after: &ServiceCatalogue) -> serde_json::Value {
        json!({
            "version": 1, "file": file, "provider": after.provider, "read": after.read, "models": after.models.len(),
            "added": self.added, "removed": self.removed, "changed": self.changed,
        })
    }
}

/// What of a model is other than before.
fn differences(before: &ListedModel, after: &ListedModel) -> Vec<&'static str> {
    let parts = [
        ("lengths", before.seconds == after.seconds),
        ("resolutions", before.resolutions == after.resolutions),
        ("ratios", before.ratios == after.ratios),
        ("sizes", before.sizes == after.sizes),
        ("frames", before.frames == after.frames),
        ("sound", before.audio == after.audio),
        ("seed", before.seed == after.seed),
        ("prices", before.prices == after.prices),
    ];
    parts.into_iter().filter(|(_, is_same)| !is_same).map(|(what, _)| what).collect()
}
