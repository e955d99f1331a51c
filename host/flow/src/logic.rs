//! Options and items of the logic blocks.

use crate::condition::Condition;
use crate::field::{List, record};
use serde_json::Number;

record! {
    /// Options of a block that sets a variable.
    SetVariableOptions {
        /// The variable that is set; none: nothing happens.
        variable_id: String,
        /// The kind of value as the file spells it; `Custom` where it says nothing.
        r#type: String,
        /// An expression, for the kind `Custom`.
        expression_to_evaluate: String,
        /// Whether the expression is code: its error is then told.
        is_code: bool,
        /// Whether the visitor's page works it out.
        is_executed_on_client: bool,
        /// Whether the page must not trust the code.
        is_unsafe: bool,
        /// The variable that receives the error of an expression.
        save_error_in_variable_id: String,
        /// What is appended, for the kind `Append value(s)`.
        item: String,
        /// An IANA time zone, for the dates.
        time_zone: String,
        /// The lists, for the kind `Map item with same index`.
        map_list_item_params: MapListItem,
        /// The variable that receives what `Pop` or `Shift` removed.
        save_item_in_variable_id: String,
    }

    /// Which lists are laid side by side.
    MapListItem {
        /// The variable that holds the item to look for.
        base_item_variable_id: String,
        /// The list it is looked for in.
        base_list_variable_id: String,
        /// The list that the value is taken from.
        target_list_variable_id: String,
    }

    /// A branch of a condition block.
    ConditionItem {
        /// The branch's id.
        id: String,
        /// The condition.
        content: Condition,
        /// Where it leads.
        outgoing_edge_id: String,
    }

    /// Options of a redirect.
    RedirectOptions {
        /// The address, before variables are put in.
        url: String,
        /// Whether it opens beside the conversation.
        is_new_tab: bool,
    }

    /// Options of a script.
    ScriptOptions {
        /// A name for people.
        name: String,
        /// The code.
        content: String,
        /// Whether the visitor's page runs it (the default).
        is_executed_on_client: bool,
        /// Whether the page must not trust the code.
        is_unsafe: bool,
    }

    /// Options of a link to another bot.
    LinkOptions {
        /// The bot's id, or `current`.
        typebot_id: String,
        /// Where to begin: a group's id, or a variable that holds a group's title.
        group_id: String,
        /// Whether the other bot's answers go to this one's result.
        merge_results: bool,
    }

    /// Options of a wait.
    WaitOptions {
        /// Seconds as a text, before variables are put in.
        seconds_to_wait_for: String,
        /// Whether the conversation stands still meanwhile.
        should_pause: bool,
    }

    /// Options of an A/B test.
    AbTestOptions {
        /// How many of a hundred take the branch A.
        a_percent: Number,
    }

    /// A branch of an A/B test.
    AbTestItem {
        /// The branch's id.
        id: String,
        /// `a` or `b`.
        path: String,
        /// Where it leads.
        outgoing_edge_id: String,
    }

    /// A way out of a block besides its default one.
    ExitItem {
        /// The item's id.
        id: String,
        /// The name of the exit, as the block's action declares it.
        path: String,
        /// Where it leads.
        outgoing_edge_id: String,
    }

    /// Options of a jump.
    JumpOptions {
        /// A group's id, or a variable that holds a group's title.
        group_id: String,
        /// A block of that group.
        block_id: String,
    }

    /// Options of a block that waits for a request from outside.
    ListenerOptions {
        /// What goes from the request to variables.
        response_variable_mapping: List<ResponseMapping>,
        /// The variable that holds the listener's address from the conversation's start on.
        address_variable_id: String,
        /// How requests to that address are signed; absent: they are not.
        signature: ListenerSignature,
    }

    /// How the requests that a listener waits for are signed.
    ListenerSignature {
        /// `standard-webhooks` or `hmac`.
        r#type: String,
        /// The credential that holds the secret.
        credentials_id: String,
        /// The header that holds an HMAC.
        header: String,
        /// `sha1`, `sha256` or `sha512`.
        algorithm: String,
        /// `hex` or `base64`.
        encoding: String,
        /// What stands before the HMAC in its header.
        prefix: String,
    }

    /// A part of a response and the variable that receives it.
    ResponseMapping {
        /// The mapping's id.
        id: String,
        /// The variable.
        variable_id: String,
        /// A JavaScript expression over `data` and `statusCode`.
        body_path: String,
    }
}
