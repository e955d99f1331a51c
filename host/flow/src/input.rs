//! Options and items of the inputs.

use crate::bubble::NumberOrText;
use crate::condition::DisplayCondition;
use crate::field::{List, record};
use serde_json::Number;

record! {
    /// Words on an input; each input uses some of them.
    Labels {
        /// Shown in the empty field.
        placeholder: String,
        /// On the button that sends.
        button: String,
        /// Before a range's start.
        from: String,
        /// Before a range's end.
        to: String,
        /// Between the two dates of a range's answer.
        separator: String,
        /// At the low end of a rating.
        left: String,
        /// At the high end of a rating.
        right: String,
        /// On the button that clears a choice of files.
        clear: String,
        /// On the button that skips.
        skip: String,
    }

    /// Options of a text input.
    TextOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// Whether the field has several lines.
        is_long: bool,
        /// The words on it.
        labels: Labels,
        /// The keyboard to offer.
        input_mode: String,
        /// Voice answers.
        audio_clip: Extra,
        /// Files that come with the answer.
        attachments: Extra,
    }

    /// What may come with or instead of a text.
    Extra {
        /// Whether it may.
        is_enabled: bool,
        /// The variable that receives the address or addresses.
        save_variable_id: String,
        /// `Auto`, `Public` or `Private`.
        visibility: String,
    }

    /// Options of a number input.
    NumberOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// The words on it.
        labels: Labels,
        /// The least number accepted.
        min: NumberOrText,
        /// The greatest number accepted.
        max: NumberOrText,
        /// The distance between two numbers of the field.
        step: NumberOrText,
        /// How the page writes numbers.
        locale: String,
        /// `decimal`, `currency`, `percent` or `unit`.
        style: String,
        /// With the style `currency`.
        currency: String,
        /// With the style `unit`.
        unit: String,
    }

    /// Options of an e-mail, web address or telephone input.
    ContactOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// The words on it.
        labels: Labels,
        /// What is said when a reply is not understood.
        retry_message_content: String,
        /// The country of telephone numbers without a country code.
        default_country_code: String,
    }

    /// Options of a date input.
    DateOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// The words on it.
        labels: Labels,
        /// Whether a time of the day is asked for too.
        has_time: bool,
        /// Whether a start and an end are asked for.
        is_range: bool,
        /// How the answer is written (Unicode TR35).
        format: String,
        /// The earliest date accepted.
        min: String,
        /// The latest date accepted.
        max: String,
    }

    /// Options of a time input.
    TimeOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// The words on it.
        labels: Labels,
        /// How the answer is written (Unicode TR35).
        format: String,
    }

    /// Options of buttons.
    ButtonsOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// Whether several may be chosen.
        is_multiple_choice: bool,
        /// On the button that sends several.
        button_label: String,
        /// The variable whose list gives the buttons.
        dynamic_variable_id: String,
        /// Whether the buttons can be searched.
        is_searchable: bool,
        /// Shown in the empty search field.
        search_input_placeholder: String,
        /// Whether all buttons show before a search.
        are_initial_search_buttons_visible: bool,
    }

    /// A button.
    Button {
        /// The button's id.
        id: String,
        /// What it says.
        content: String,
        /// What is stored in its place.
        value: String,
        /// When it is shown.
        display_condition: DisplayCondition,
        /// Where it leads.
        outgoing_edge_id: String,
    }

    /// Options of a choice among pictures.
    PicturesOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// Whether several may be chosen.
        is_multiple_choice: bool,
        /// Whether the pictures can be searched.
        is_searchable: bool,
        /// On the button that sends several.
        button_label: String,
        /// Shown in the empty search field.
        search_input_placeholder: String,
        /// Pictures from variables.
        dynamic_items: DynamicPictures,
    }

    /// The variables whose lists give the pictures.
    DynamicPictures {
        /// Whether they do.
        is_enabled: bool,
        /// The titles.
        titles_variable_id: String,
        /// The descriptions.
        descriptions_variable_id: String,
        /// The pictures' addresses.
        picture_srcs_variable_id: String,
    }

    /// A picture to choose.
    Picture {
        /// The picture's id.
        id: String,
        /// Its address.
        picture_src: String,
        /// Its title.
        title: String,
        /// A sentence on it.
        description: String,
        /// What is stored in place of the title.
        value: String,
        /// When it is shown.
        display_condition: DisplayCondition,
        /// Where it leads.
        outgoing_edge_id: String,
    }

    /// Options of cards.
    CardsOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// Parts of the chosen card that go to variables.
        save_response_mapping: List<CardMapping>,
    }

    /// A part of the chosen card and the variable that receives it.
    CardMapping {
        /// `Image URL`, `Title`, `Description`, `Button` or `Internal Value`.
        field: String,
        /// The variable.
        variable_id: String,
    }

    /// A card.
    Card {
        /// The card's id.
        id: String,
        /// Its picture's address.
        image_url: String,
        /// Its title.
        title: String,
        /// A sentence on it.
        description: String,
        /// What is not seen.
        options: CardOptions,
        /// Its buttons.
        paths: List<CardPath>,
    }

    /// What is not seen of a card.
    CardOptions {
        /// A value that the builder gave it.
        internal_value: String,
        /// When it is shown.
        display_condition: DisplayCondition,
    }

    /// A button of a card.
    CardPath {
        /// The button's id.
        id: String,
        /// What it says.
        text: String,
        /// Where it leads.
        outgoing_edge_id: String,
    }

    /// Options of a payment.
    PaymentOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// Who takes the money.
        provider: String,
        /// The account.
        credentials_id: String,
        /// Three letters.
        currency: String,
        /// The amount in the currency's main unit, before variables are put in.
        amount: String,
        /// What is said when the payment failed.
        retry_message_content: String,
    }

    /// Options of a rating.
    RatingOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// `Icons` or `Numbers`.
        button_type: String,
        /// The greatest rating.
        length: Number,
        /// The least rating: a number or a variable's placeholder.
        starts_at: NumberOrText,
        /// The words on it.
        labels: Labels,
        /// Whether a click sends at once.
        is_one_click_submit_enabled: bool,
    }

    /// Options of a file upload.
    FileOptions {
        /// The variable that receives the answer.
        variable_id: String,
        /// Whether it may not be skipped.
        is_required: bool,
        /// Whether several files may be sent.
        is_multiple_allowed: bool,
        /// Which kinds of files are accepted.
        allowed_file_types: FileTypes,
        /// `Auto`, `Public` or `Private`.
        visibility: String,
        /// Megabytes; in old files only.
        size_limit: Number,
    }

    /// Which kinds of files are accepted.
    FileTypes {
        /// Whether the list counts.
        is_enabled: bool,
        /// Extensions (`.png`) and media types (`image/*`).
        types: List<String>,
    }
}
