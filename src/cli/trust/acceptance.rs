//! Whether storyboards may have what they ask for, before a command goes on with them.

use std::collections::HashSet;

use storyreel_core::sanitize::clean;

use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::CommandFailure;
use crate::cli::load::Loaded;
use crate::cli::trust::request::TrustRequest;

/// What these storyboards ask for, each once: the films of one storyboard ask for the same.
fn requests_of(loaded: &[Loaded]) -> Vec<&TrustRequest> {
    let mut known = HashSet::new();
    let requests = loaded.iter().flat_map(|one| &one.requests);
    requests.filter(|request| known.insert((request.place.clone(), request.description()))).collect()
}

/// Names what these storyboards ask for, before anything else is said.
pub(in crate::cli) fn warn_of_requests(context: &Context, loaded: &[Loaded]) {
    for request in requests_of(loaded) {
        context.complain(&format!("warning: {}: {}", clean(&request.place), request.description()));
    }
}

/// Whether these storyboards are trusted, or ask for nothing.
pub(in crate::cli) fn is_acceptable(context: &Context, loaded: &[Loaded]) -> bool {
    !context.untrusted() || loaded.iter().all(|one| one.requests.is_empty())
}

/// Ends a command whose storyboards are a stranger's and ask for what only the user may allow.
pub(in crate::cli) fn refuse_untrusted(context: &Context, loaded: &[Loaded]) -> Result<(), CommandFailure> {
    if is_acceptable(context, loaded) {
        return Ok(());
    }
    let requests = requests_of(loaded).into_iter().map(|request| {
        let remedy = request.remedy().map_or_else(String::new, |remedy| format!("; {remedy}"));
        format!("error: {}: {}{remedy}", clean(&request.place), request.description())
    });
    let message = "that is not allowed in an untrusted storyboard; nothing was made or sent";
    Err(CommandFailure::new(exit::REFUSED, message).after(requests))
}
