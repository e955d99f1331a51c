//! Variables in texts: `{{Name}}` and `{{= code =}}`, in every mode, with any value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talkloom_engine::template::{self, Mode, Template};
use talkloom_flow::VariableValue;

fuzz_target!(|input: (&str, &str)| {
    let (text, value) = input;
    let single = VariableValue::Text(value.to_owned());
    let list = VariableValue::List(vec![Some(value.to_owned()), None]);
    let parsed = Template::parse(text);
    let _ = parsed.code().count();
    let _ = template::find_code(text).count();
    let without_code = template::replace_code(text, |_| value.to_owned());
    for mode in [Mode::Text, Mode::Json, Mode::Html, Mode::Latest] {
        for value in [&single, &list] {
            let _ = template::replace_variables(&without_code, |_| template::print_in(mode, value));
        }
    }
    let json = format!("\"{}\"", template::print_in(Mode::Json, &single));
    assert_eq!(
        serde_json::from_str::<String>(&json).expect("a text in JSON stays JSON"),
        value
    );
    let _ = template::single_variable(text);
    let _ = template::looks_like_single_variable(text);
});
