//! Payments: the provider's form, a button with the amount, and what went wrong.

use sycamore::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, SubmitEvent};

use crate::api::input::Payment;
use crate::chat::Answer;
use crate::page::payment::{self, Form, Paid};
use crate::page::{Page, dom};

/// Where a payment stands.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Loading,
    Ready,
    Paying,
    Broken,
}

/// The form as signals.
#[derive(Clone, Copy)]
struct Till {
    stage: Signal<Stage>,
    wrong: Signal<String>,
    form: Signal<Option<Form>>,
    place: NodeRef,
}

/// The form, or a sentence where the server gave nothing to pay with.
pub fn payment(page: &Page, payment: &Payment) -> View {
    if payment.secret.is_none() {
        return nowhere(payment);
    }
    let till = Till {
        stage: create_signal(Stage::Loading),
        wrong: create_signal(String::new()),
        form: create_signal(None),
        place: create_node_ref(),
    };
    {
        let (page, payment) = (page.clone(), payment.clone());
        on_mount(move || till.open(page, payment));
    }
    let submit = {
        let (page, payment) = (page.clone(), payment.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            till.pay(page.clone(), payment.clone());
        }
    };
    let again = {
        let (page, payment) = (page.clone(), payment.clone());
        move |_| till.open(page.clone(), payment.clone())
    };
    let words = payment.words();
    let label = move || match till.stage.get() {
        Stage::Paying => "Paying…".to_owned(),
        _ => words.clone(),
    };
    let is = move |stage: Stage| till.stage.get() == stage;
    view! {
        form(class="typebot-input payment", novalidate=true, on:submit=submit) {
            p(class="waiting", role="status", hidden=move || !is(Stage::Loading)) { "Loading the payment form…" }
            div(class="provider", r#ref=till.place, hidden=move || is(Stage::Broken))
            p(class="wrong", role="alert", hidden=move || till.wrong.with(String::is_empty)) {
                (move || till.wrong.get_clone())
            }
            button(class="typebot-button", r#type="submit", hidden=move || is(Stage::Broken),
                disabled=move || !is(Stage::Ready)) { (label) }
            button(class="typebot-button", r#type="button", hidden=move || !is(Stage::Broken),
                on:click=again) { "Try again" }
        }
    }
}

impl Till {
    fn open(self, page: Page, payment: Payment) {
        let Some(place) = dom::element::<Element>(self.place) else {
            return;
        };
        self.stage.set(Stage::Loading);
        self.wrong.set(String::new());
        spawn_local(async move {
            match payment::open(&place, &payment).await {
                Ok(Some(form)) if self.is_shown() => {
                    self.form.set(Some(form));
                    self.stage.set(Stage::Ready);
                }
                Ok(None) if self.is_shown() => page.answer(paid(&payment)),
                Err(why) if self.is_shown() => {
                    page.report("While the payment form was opened", &why);
                    let text = "The payment form could not be loaded. Check your connection, or \
                                turn off what blocks it.";
                    self.wrong.set(text.to_owned());
                    self.stage.set(Stage::Broken);
                }
                Ok(_) | Err(_) => {}
            }
        });
    }

    fn pay(self, page: Page, payment: Payment) {
        if self.stage.get_untracked() != Stage::Ready {
            return;
        }
        let Some(form) = self.form.get_clone_untracked() else {
            return;
        };
        self.stage.set(Stage::Paying);
        self.wrong.set(String::new());
        spawn_local(async move {
            page.keep_while_paying();
            let outcome = form.pay(&payment.billing).await;
            page.stayed();
            match outcome {
                Paid::Yes if self.is_shown() => page.answer(paid(&payment)),
                Paid::No(why) if self.is_shown() => {
                    self.wrong.set(why);
                    self.stage.set(Stage::Ready);
                }
                Paid::Yes | Paid::No(_) => {}
            }
        });
    }

    /// The conversation may have gone on while a promise was waited for.
    fn is_shown(self) -> bool {
        self.stage.is_alive()
    }
}

fn paid(payment: &Payment) -> Answer {
    Answer::typed(payment.success.clone())
}

fn nowhere(payment: &Payment) -> View {
    let title = match &payment.amount {
        Some(amount) => format!("{amount} cannot be paid here"),
        None => "Payments cannot be made here".to_owned(),
    };
    view! {
        div(class="notice", role="alert") {
            strong { (title) }
            p { "This page cannot take the payment. Ask whoever sent you here for another way to pay." }
        }
    }
}
