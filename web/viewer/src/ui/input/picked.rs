//! Files that a visitor picked, on their way to the server.

use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, File, FileList, HtmlInputElement};

use crate::page::{Page, UploadError, upload};

/// What is picked and how far it is.
#[derive(Clone, Copy)]
pub struct Picked {
    /// The files.
    pub files: Signal<Vec<File>>,
    /// They are being sent.
    pub sending: Signal<bool>,
    /// Why they were not.
    pub problem: Signal<Option<String>>,
}

impl Picked {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            files: create_signal(Vec::new()),
            sending: create_signal(false),
            problem: create_signal(None),
        }
    }

    /// Takes the files of a list, up to a number of them.
    pub fn take(self, list: Option<FileList>, most: u32) {
        let Some(list) = list else { return };
        let count = list.length().min(most);
        self.problem.set(None);
        self.files
            .set((0..count).filter_map(|place| list.get(place)).collect());
    }

    /// Takes what was chosen in a file field.
    pub fn take_from(self, event: &Event, most: u32) {
        let input = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        self.take(input.and_then(|input| input.files()), most);
    }

    /// Sends the files one after the other and gives their addresses; none when one was refused,
    /// which then stands in `problem`.
    pub async fn send(self, page: &Page, block: &str) -> Option<Vec<String>> {
        self.sending.set(true);
        self.problem.set(None);
        let mut addresses = Vec::new();
        for file in self.files.get_clone_untracked() {
            match upload(page, block, &file).await {
                Ok(address) => addresses.push(address),
                Err(error) => {
                    self.sending.set(false);
                    self.problem.set(Some(words(error, &file)));
                    return None;
                }
            }
        }
        Some(addresses)
    }

    /// What went wrong, where something did.
    pub fn told(self) -> View {
        view! {
            (move || self.problem.get_clone().map(|problem| view! {
                p(class="typebot-input-error-message", role="alert") { (problem) }
            }))
        }
    }
}

fn words(error: UploadError, file: &File) -> String {
    match error {
        UploadError::Refused(message) => message,
        UploadError::Lost => format!("{} could not be uploaded. Try again.", file.name()),
    }
}
