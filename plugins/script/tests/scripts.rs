//! Scripts as bots' builders write them, run natively.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use talkloom_script::{Evaluation, Request, Script, World, evaluate};

#[derive(Default)]
struct Fake {
    asked: RefCell<Vec<Request>>,
}

impl World for Fake {
    fn now_ms(&self) -> u64 {
        1_700_000_000_123
    }

    fn fetch(&self, request: Request) -> Result<String, String> {
        if request.url.contains("broken") {
            return Err("The server did not answer.".to_owned());
        }
        self.asked.borrow_mut().push(request);
        Ok(format!("{{\"n\":{}}}", self.asked.borrow().len()))
    }
}

fn script(code: &str) -> Script {
    Script {
        code: code.to_owned(),
        ..Script::default()
    }
}

fn run(script: Script) -> Result<Evaluation, String> {
    evaluate(script, Rc::new(Fake::default()))
}

/// The JSON that a body returns.
fn value(code: &str) -> Option<String> {
    run(script(code)).expect("it throws nothing").value
}

fn thrown(code: &str) -> String {
    run(script(code)).expect_err("it throws")
}

#[test]
fn values_come_as_json() {
    let cases = [
        ("return 1+1", Some("2")),
        ("return 'a' + \"b\"", Some("\"ab\"")),
        (
            "return [1, undefined, {a: NaN}]",
            Some("[1,null,{\"a\":null}]"),
        ),
        ("return Infinity", Some("\"null\"")),
        ("return Number('x')", Some("\"null\"")),
        ("return 1n + 2n", None),
        ("return [1n]", None),
        ("const a = {}; a.a = a; return a", None),
        ("return new Error('m')", Some("{}")),
        ("return new Map([[1, 2]])", Some("{}")),
        ("return null", Some("null")),
        ("return undefined", None),
        ("1+1", None),
        (
            "return new Date(0)",
            Some(r#""\"1970-01-01T00:00:00.000Z\"""#),
        ),
        (
            "return [new Date(0)]",
            Some("[\"1970-01-01T00:00:00.000Z\"]"),
        ),
        ("return 'ü😀'.length", Some("3")),
        ("return 2 // a comment", Some("2")),
        (
            "return new Date().toISOString()",
            Some("\"2023-11-14T22:13:20.123Z\""),
        ),
        ("return new Date(2024, 0, 2).getTimezoneOffset()", Some("0")),
        (
            "return [3,1,2].sort().map(n => n * 2).join('-')",
            Some("\"2-4-6\""),
        ),
        (
            "return /(\\d+)-(?<b>\\w+)/u.exec('12-ab').groups.b",
            Some("\"ab\""),
        ),
        ("return {...{a:1}, ['b']: `${2}`}?.b ?? 3", Some("\"2\"")),
    ];
    for (code, expected) in cases {
        assert_eq!(value(code).as_deref(), expected, "{code}");
    }
    let random: f64 = value("return Math.random()")
        .expect("a number")
        .parse()
        .expect("a number");
    assert!((0.0..1.0).contains(&random), "{random}");
}

#[test]
fn errors_are_named() {
    assert_eq!(thrown("return x"), "ReferenceError: x is not defined");
    assert_eq!(
        thrown("throw new RangeError('too far')"),
        "RangeError: too far"
    );
    assert_eq!(thrown("throw 'plain'"), "plain");
    assert_eq!(
        thrown("return fetch('https://a.example')"),
        "ReferenceError: fetch is not defined"
    );
    assert!(
        thrown("return (").starts_with("SyntaxError: "),
        "{}",
        thrown("return (")
    );
    assert!(thrown("return await 1").starts_with("SyntaxError: "));
    for uncopied in [
        "() => 1",
        "Symbol('x')",
        "{a: [() => 1]}",
        "Promise.resolve(1)",
    ] {
        let message = thrown(&format!("return ({uncopied})"));
        assert!(message.starts_with("TypeError: "), "{uncopied}: {message}");
    }
    let deep = thrown("const f = () => f(); return f()");
    assert!(deep.contains("recursive calls"), "{deep}");
}

#[test]
fn arguments_are_seen_by_name() {
    let arguments = json!({ "v1": "Ada", "list": ["a", null], "o": { "n": 0.5 } });
    let Value::Object(arguments) = arguments else {
        unreachable!()
    };
    let script = Script {
        arguments: arguments.into_iter().collect(),
        ..script("const v2 = v1 + list.length; return [v2, o.n, typeof setVariable]")
    };
    let done = run(script).expect("it throws nothing");
    assert_eq!(done.value.as_deref(), Some(r#"["Ada2",0.5,"function"]"#));
}

#[test]
fn variables_are_set_by_name() {
    let code = "setVariable('A', [1]); setVariable('A'); setVariable('B', {c: 'd'})";
    let settable = vec!["A".to_owned(), "B".to_owned()];
    let done = run(Script {
        settable,
        ..script(code)
    })
    .expect("it throws nothing");
    let set: Vec<_> = done
        .assignments
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    assert_eq!(set, ["A=[1]", "A=null", "B={\"c\":\"d\"}"]);
    let other = thrown("setVariable('C', 1)");
    assert_eq!(other, "Error: There is no variable named \"C\" to set.");
}

#[test]
fn promises_run_to_their_end() {
    let code = "
        const first = JSON.parse(await fetch('https://a.example/x'));
        const init = { method: 'post', headers: { 'X-A': 1 }, body: 'b' };
        const second = JSON.parse(await fetch('https://a.example/y', init));
        const failed = await fetch('https://broken.example').catch(e => e.message);
        return [first.n, second.n, failed];";
    let world = Rc::new(Fake::default());
    let script = Script {
        is_async: true,
        ..script(code)
    };
    let done = evaluate(script, world.clone()).expect("it throws nothing");
    assert_eq!(
        done.value.as_deref(),
        Some(r#"[1,2,"The server did not answer."]"#)
    );
    let asked = world.asked.borrow();
    assert_eq!(asked[0].method, "GET");
    assert_eq!(
        asked[1],
        Request {
            method: "POST".to_owned(),
            url: "https://a.example/y".to_owned(),
            headers: vec![("X-A".to_owned(), "1".to_owned())],
            body: Some("b".to_owned()),
        }
    );
}

#[test]
fn a_promise_that_fails_or_never_ends_is_an_error() {
    let asynchronous = |code: &str| {
        run(Script {
            is_async: true,
            ..script(code)
        })
    };
    let failed = asynchronous("await Promise.reject(new TypeError('no'))");
    assert_eq!(failed, Err("TypeError: no".to_owned()));
    let stuck = asynchronous("await new Promise(() => {})");
    assert_eq!(
        stuck,
        Err("Error: The code waits for what never happens.".to_owned())
    );
}
