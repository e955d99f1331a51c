//! Opening a file: any text gives a document or an error, and a document prints to one that opens
//! to the same print.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &str| {
    let Ok((flow, _)) = talkloom_flow::open(file) else {
        return;
    };
    let printed = talkloom_flow::print(&flow);
    let (again, _) = talkloom_flow::open(printed.clone()).expect("a printed bot opens");
    assert_eq!(talkloom_flow::print(&again), printed);
});
