//! The country that a telephone number is in.

use js_sys::{Array, Function, Reflect};
use sycamore::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlSelectElement};

use crate::api::input::countries::Country;
use crate::page::dom;

/// A list of countries, shown as the chosen one's flag and code.
pub fn picker(country: Signal<Option<Country>>) -> View {
    let chosen = move || match country.get() {
        Some(country) => format!("{} +{}", country.flag(), country.dial),
        None => "🌐".to_owned(),
    };
    let choose = move |event: Event| {
        let select = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        country.set(select.and_then(|select| Country::find(&select.value())));
    };
    let first = country.get_untracked();
    let options = options(first);
    view! {
        label(class="country") {
            span(aria-hidden="true") { (chosen) }
            select(aria-label="Country", autocomplete="tel-country-code", on:change=choose) {
                option(value="", selected=first.is_none()) { "–" }
                (options)
            }
        }
    }
}

/// By name, in the visitor's language.
fn options(first: Option<Country>) -> Vec<View> {
    let names = Names::new();
    let mut countries: Vec<_> = Country::all()
        .map(|country| (names.of(country.code), country))
        .collect();
    countries.sort_by(|a, b| a.0.cmp(&b.0));
    let option = |(name, country): (String, Country)| {
        let (code, selected) = (country.code, first == Some(country));
        let words = format!("{} {name} +{}", country.flag(), country.dial);
        view! { option(value=code, selected=selected) { (words) } }
    };
    countries.into_iter().map(option).collect()
}

/// The browser's own names of countries.
struct Names(Option<(JsValue, Function)>);

impl Names {
    fn new() -> Self {
        Self(Self::find())
    }

    fn find() -> Option<(JsValue, Function)> {
        let intl = dom::field(&dom::window().into(), "Intl");
        let class: Function = dom::field(&intl, "DisplayNames").dyn_into().ok()?;
        let options = js_sys::Object::new();
        Reflect::set(&options, &"type".into(), &"region".into()).ok()?;
        let arguments = Array::of2(&JsValue::UNDEFINED, &options);
        let names = Reflect::construct(&class, &arguments).ok()?;
        let of = dom::field(&names, "of").dyn_into().ok()?;
        Some((names, of))
    }

    /// The name, or the code where the browser knows none.
    fn of(&self, code: &str) -> String {
        let name = self
            .0
            .as_ref()
            .and_then(|(names, of)| of.call1(names, &code.into()).ok());
        name.and_then(|name| name.as_string())
            .unwrap_or_else(|| code.to_owned())
    }
}
