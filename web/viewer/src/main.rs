//! The page a visitor chats in.
//!
//! `api` reads what the server says, `chat` decides what happens next and `theme` turns a bot's
//! theme into CSS; none of the three knows the browser. `page` performs in the browser what `chat`
//! asks for, and `ui` shows it.

mod api;
mod chat;
mod json;
mod page;
mod theme;
mod ui;

fn main() {
    std::panic::set_hook(Box::new(|panic| page::crashed(&panic.to_string())));
    let bot = page::dom::bot();
    sycamore::render(move || ui::app(bot));
}
