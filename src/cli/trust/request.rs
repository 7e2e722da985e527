//! One thing that a storyboard asks for and that only the user may allow: in words, as a finding, and for programs.

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::film::PlacedText;
use storyreel_core::sanitize::clean;
use storyreel_core::text::{Problem, Span};

/// Something that a storyboard asks for, and that is for the user alone to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct TrustRequest {
    pub(in crate::cli) what: PermissionRequest,
    /// Where it stands, such as `film.yaml:6`.
    pub(in crate::cli) place: String,
    /// The same in the text; `None` where it is about no part of it.
    pub(in crate::cli) span: Option<Span>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum PermissionRequest {
    /// That the key of a service goes to a host that is not the service's own.
    Host { provider: &'static str, host: String },
    /// That a service is given the value of a variable that is not its own.
    Variable { provider: &'static str, name: String },
    /// That less is reckoned with than the service is known to ask.
    Price { provider: &'static str, model: String, own: String, known: Option<String> },
    /// That a file outside the project is read, and perhaps sent.
    File { path: String, sent_to: Option<&'static str> },
    /// That something is written through a link.
    Link { path: String },
}

/// One request for programs.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct TrustLine {
    /// `host`, `variable`, `price`, `file` or `link`.
    kind: &'static str,
    /// The provider that it is about; null where none is.
    provider: Option<&'static str>,
    /// The host, the name of the variable, the model, or the path.
    what: String,
    /// Where it stands in the storyboard.
    place: String,
    /// The same in words.
    message: String,
}

impl TrustRequest {
    pub(super) fn new(what: PermissionRequest, placed: &PlacedText) -> Self {
        Self { what, place: placed.place.clone(), span: Some(placed.span) }
    }

    /// What is asked for, in a sentence without its place.
    pub(in crate::cli) fn description(&self) -> String {
        match &self.what {
            PermissionRequest::Host { provider, host } => {
                format!("the key for `{provider}` would go to `{}`", clean(host))
            }
            PermissionRequest::Variable { provider, name } => {
                format!("`{provider}` would receive the value of the variable `{}`", clean(name))
            }
            PermissionRequest::Price { provider, model, own, known: Some(known) } => {
                format!("the storyboard prices `{}` at `{provider}` with {own}, {known}", clean(model))
            }
            PermissionRequest::Price { provider, model, own, known: None } => {
                format!("the storyboard prices `{}` at `{provider}` with {own}", clean(model))
            }
            PermissionRequest::File { path, sent_to: Some(provider) } => {
                format!("`{}` is outside the project and would be sent to `{provider}`", clean(path))
            }
            PermissionRequest::File { path, sent_to: None } => format!("`{}` is outside the project", clean(path)),
            PermissionRequest::Link { path } => {
                format!("`{}` is a link, and output would be written through it", clean(path))
            }
        }
    }

    /// How it is allowed; `None` for what is only reported.
    pub(super) fn remedy(&self) -> Option<String> {
        match &self.what {
            PermissionRequest::Host { host, .. } => {
                let host = clean(host);
                Some(format!("`--allow-host {host}` allows it once, `storyreel trust host {host}` permanently"))
            }
            PermissionRequest::Variable { name, .. } => {
                let name = clean(name);
                Some(format!("`--allow-env {name}` allows it once, `storyreel trust env {name}` permanently"))
            }
            PermissionRequest::Price { .. } | PermissionRequest::File { .. } | PermissionRequest::Link { .. } => None,
        }
    }

    /// Why nothing is sent, with what allows it.
    pub(in crate::cli) fn refusal_text(&self) -> String {
        let remedy = self.remedy().map_or_else(String::new, |remedy| format!(": {remedy}"));
        format!("{}: {}; this needs your permission{remedy}", clean(&self.place), self.description())
    }

    /// The request for programs.
    pub(in crate::cli) fn as_line(&self) -> TrustLine {
        let (kind, provider, what) = match &self.what {
            PermissionRequest::Host { provider, host } => ("host", Some(*provider), host.clone()),
            PermissionRequest::Variable { provider, name } => ("variable", Some(*provider), name.clone()),
            PermissionRequest::Price { provider, model, .. } => ("price", Some(*provider), model.clone()),
            PermissionRequest::File { path, sent_to } => ("file", *sent_to, path.clone()),
            PermissionRequest::Link { path } => ("link", None, path.clone()),
        };
        TrustLine { kind, provider, what: clean(&what), place: clean(&self.place), message: self.description() }
    }

    /// The request as a finding of `check`.
    pub(in crate::cli) fn as_problem(&self, untrusted: bool) -> Problem {
        let code = match &self.what {
            PermissionRequest::Host { .. } => "trust::host",
            PermissionRequest::Variable { .. } => "trust::variable",
            PermissionRequest::Price { .. } => "trust::price",
            PermissionRequest::File { .. } => "trust::file",
            PermissionRequest::Link { .. } => "trust::link",
        };
        let problem = if untrusted {
            let message = format!("{}, which is not allowed in an untrusted storyboard", self.description());
            Problem::error(code, message)
        } else {
            Problem::warning(code, self.description())
        };
        let problem = match self.span {
            Some(span) => problem.at(span, "asked for here"),
            None => problem,
        };
        match self.remedy() {
            Some(remedy) => problem.help(remedy),
            None => problem,
        }
    }
}
