//! Faces beside bubbles.

use sycamore::prelude::*;

use crate::theme::Avatar;

/// Who talks.
#[derive(Clone, Copy)]
pub struct Faces {
    /// The bot's face.
    pub host: Signal<Option<Avatar>>,
    /// The visitor's face.
    pub guest: Signal<Option<Avatar>>,
}

/// The bot's face.
pub fn host(faces: Faces) -> View {
    face(faces.host)
}

/// The visitor's face.
pub fn guest(faces: Faces) -> View {
    face(faces.guest)
}

/// Faces are decoration: screen readers hear who talks from the words.
fn face(avatar: Signal<Option<Avatar>>) -> View {
    let avatar = create_selector(move || avatar.get_clone());
    let inner = move || match avatar.get_clone() {
        None => View::new(),
        Some(Avatar::Picture(url)) => view! { img(class="avatar", src=url, alt="") },
        Some(Avatar::Own) => view! { div(class="avatar own", aria-hidden="true") },
    };
    view! { div(class="face") { (inner) } }
}
