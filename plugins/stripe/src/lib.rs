//! Block: payments by Stripe.
//!
//! It stands behind the payment input. The visitor's page pays with Stripe's own form, so that card
//! numbers never come near this block or its host; whether a payment was made is asked of Stripe,
//! never believed of the page. The secret keys stay in the host.

mod account;
mod intent;
mod money;
mod options;
mod payment;
mod webhook;

use talkloom_block::manifest::{BlockType, PermissionKind};
use talkloom_block::prelude::*;

/// Where Stripe's own code for pages comes from; Stripe asks that it be loaded from there.
const SCRIPTS: &str = "https://js.stripe.com";
const PAYMENT: &str = "Take a payment";

talkloom_block::block!(
    Plugin::new("talkloom/stripe", "Stripe")
        .help("Takes a payment in the conversation.")
        .icon(include_str!("icon.svg"))
        .credential(account::credential())
        .permission(
            PermissionKind::Network {
                hosts: vec!["{baseUrl}".to_owned()],
            },
            "It tells Stripe what is to be paid and asks whether it was.",
        )
        .permission(
            PermissionKind::PageScripts {
                origins: vec![SCRIPTS.to_owned()],
            },
            "Visitors pay in Stripe's own form, which its script puts on the page.",
        )
        .permission(
            PermissionKind::Hmac,
            "It checks that a message about a payment comes from Stripe.",
        )
        .permission(
            PermissionKind::State,
            "It remembers a conversation's last payment, so that none counts twice.",
        )
        .input(
            Input::new(PAYMENT, payment::open, payment::accept)
                .help("Asks for an amount and goes on when Stripe says that it is paid.")
        )
        .webhook("events", webhook::receive)
        .block(BlockType {
            block_type: "payment input".to_owned(),
            name: "Payment".to_owned(),
            help: None,
            icon: None,
            actions: vec![PAYMENT.to_owned()],
            default_action: Some(PAYMENT.to_owned()),
            credential: Some(account::KIND.to_owned()),
        })
);
