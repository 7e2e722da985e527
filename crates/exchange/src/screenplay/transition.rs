//! Transitions of a screenplay as joins of a storyboard.

/// A join, as the storyboard writes it, and whether it is what the script says or only near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScriptTransition {
    pub(super) kind: &'static str,
    pub(super) exact: bool,
}

/// The join that a transition asks for; `None` where it is not known.
pub(super) fn join(text: &str) -> Option<ScriptTransition> {
    let upper = text.to_uppercase();
    let words = upper.trim().trim_end_matches([':', '.']).trim_end();
    let (kind, exact) = match words {
        "CUT TO" | "CUT" => ("cut", true),
        "DISSOLVE TO" | "DISSOLVE" | "CROSSFADE TO" | "CROSS FADE TO" => ("dissolve", true),
        "FADE OUT" | "FADE IN" | "FADE TO BLACK" => ("fade-black", true),
        "FADE TO WHITE" => ("fade-white", true),
        _ if words.contains("WHITE") => ("fade-white", false),
        _ if words.contains("DISSOLVE") => ("dissolve", false),
        _ if words.contains("FADE") => ("fade-black", false),
        _ if words.contains("WIPE") => ("wipe-left", false),
        _ if words.contains("CUT") => ("cut", false),
        _ => return None,
    };
    Some(ScriptTransition { kind, exact })
}

/// Whether a paragraph of action is one of the transitions that writers put there without a mark.
pub(super) fn is_one(action: &str) -> bool {
    matches!(
        action.trim().trim_end_matches([':', '.']),
        "FADE IN" | "FADE OUT" | "FADE TO BLACK" | "FADE TO WHITE" | "CUT TO BLACK" | "SMASH CUT" | "DISSOLVE"
    )
}
