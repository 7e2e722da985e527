//! Pictures of the page: each is embedded once, and shown wherever it is wanted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::PagePicture;
use super::said::OneLine;

/// All pictures, out of sight. They stand at the end of the page, so that its words are there before they are.
pub(super) fn table(pictures: &[PagePicture]) -> Markup {
    html! {
        svg class="pictures" width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                @for (n, PagePicture { size, jpeg }) in pictures.iter().enumerate() {
                    image id={ "p" (n) } width=(size.width) height=(size.height)
                        href={ "data:image/jpeg;base64," (STANDARD.encode(jpeg)) } {}
                }
            }
        }
    }
}

/// A player over the picture that stands there until it plays. The script shows the button, since a browser without one
/// shows controls of its own, and takes it away when the film begins.
pub(super) fn player(what: &str, url: &str, video: &Markup) -> Markup {
    html! {
        (video)
        p.unplayable role="status" hidden {
            "This browser cannot play " (OneLine(what)) ". "
            @if !url.starts_with("data:") { a href=(OneLine(url)) { "Open its file" } }
        }
        button.start type="button" hidden aria-label={ "Play " (OneLine(what)) } {
            svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" { path d="M8 5.5v13l11-6.5z" {} }
        }
    }
}

/// The whole of the picture `n`, with the words for those who do not see it; an empty field where there is none.
pub(super) fn shown(pictures: &[PagePicture], n: Option<usize>, words: &str) -> Markup {
    match n.and_then(|n| Some((n, pictures.get(n)?.size))) {
        Some((n, size)) => html! {
            svg class="picture" role="img" aria-label=(OneLine(words)) viewBox={ "0 0 " (size.width) " " (size.height) }
                style={ "--ratio:" (size.width) "/" (size.height) } {
                use href={ "#p" (n) } {}
            }
        },
        None => html! { span class="picture none" role="img" aria-label={ (OneLine(words)) ": not made yet" } {} },
    }
}
