//! The provider's payment form: a script that few conversations need, loaded when one does.
//!
//! A bank may lead the visitor away and back again: the conversation is kept meanwhile, and goes on
//! where it was.

use js_sys::{Function, Promise, Reflect};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use super::{Page, dom, net, store};
use crate::api::input::Payment;
use crate::chat::{Event, Memory};

/// What a bank adds to the page's address when it sends the visitor back.
const RETURNED: [&str; 4] = [
    "payment_intent",
    "payment_intent_client_secret",
    "redirect_status",
    "source_type",
];

/// A form on the page.
#[derive(Clone)]
pub struct Form(Function);

/// What became of a payment.
pub enum Paid {
    /// The provider has the money.
    Yes,
    /// It has not; why, unless the form says that itself.
    No(String),
}

/// Shows the form in a box; none where nothing is left to pay.
pub async fn open(element: &Element, payment: &Payment) -> Result<Option<Form>, String> {
    let load = dom::field(&dom::window().into(), "talkloomPayment");
    let module = call(&load, &[]).await?;
    let request = net::to_js(&json!({"publicKey": payment.key, "secret": payment.secret}));
    let opened = call(&dom::field(&module, "open"), &[element.into(), request]).await?;
    match dom::field(&opened, "pay").dyn_into() {
        Ok(pay) => Ok(Some(Form(pay))),
        Err(_) if dom::field(&opened, "paid").is_truthy() => Ok(None),
        Err(_) => Err(why(&opened).unwrap_or_default()),
    }
}

impl Form {
    /// Pays, with what is known of the visitor.
    pub async fn pay(&self, billing: &Value) -> Paid {
        match call(self.0.as_ref(), &[net::to_js(billing)]).await {
            Ok(answer) if dom::field(&answer, "paid").is_truthy() => Paid::Yes,
            Ok(answer) => Paid::No(why(&answer).unwrap_or_default()),
            Err(why) => Paid::No(why),
        }
    }
}

fn why(answer: &JsValue) -> Option<String> {
    dom::field(answer, "error").as_string()
}

/// Calls a function that gives a promise, and waits for it.
async fn call(function: &JsValue, arguments: &[JsValue]) -> Result<JsValue, String> {
    let words = |error: JsValue| {
        let message = dom::field(&error, "message").as_string();
        message.unwrap_or_else(|| "it failed".to_owned())
    };
    let function: &Function = function.dyn_ref().ok_or("a part of the page is missing")?;
    let arguments: js_sys::Array = arguments.iter().collect();
    let promise = Reflect::apply(function, &JsValue::NULL, &arguments).map_err(words)?;
    let promise = Promise::resolve(&promise);
    JsFuture::from(promise).await.map_err(words)
}

impl Page {
    /// Keeps the conversation while the visitor may be led away to pay.
    pub fn keep_while_paying(&self) {
        store::keep_paying(&self.bot, &self.kept.borrow().record);
    }

    /// The visitor was not led away.
    pub fn stayed(&self) {
        store::forget_paying(&self.bot);
    }

    /// Goes on with the conversation that a visitor left to pay; says whether there is one.
    pub(super) async fn come_back(&self) -> bool {
        let record = store::take_paying(&self.bot);
        let returned = dom::drop_from_query(&RETURNED);
        let Some(record) = record.filter(|_| returned) else {
            return false;
        };
        let Some(memory) = self.memory(&record).await else {
            return false;
        };
        self.kept.borrow_mut().record = record;
        self.restored(memory);
        true
    }

    fn restored(&self, memory: Memory) {
        self.dispatch(Event::Restored(Box::new(memory)));
    }
}
