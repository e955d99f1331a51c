//! What scripts find besides the language: `setVariable` and, where they may wait, `fetch`.

use std::cell::RefCell;
use std::rc::Rc;

use boa_engine::object::builtins::{JsArray, JsPromise};
use boa_engine::{
    Context, JsArgs, JsObject, JsResult, JsValue, NativeFunction, js_string, property::PropertyKey,
};

use crate::engine::error;
use crate::evaluate::{lossy, to_json};
use crate::{Request, World};

/// What the functions know of the call.
pub(crate) struct Session {
    world: Rc<dyn World>,
    settable: Vec<String>,
    assignments: RefCell<Vec<(String, String)>>,
}

impl Session {
    pub(crate) fn new(world: Rc<dyn World>, settable: Vec<String>) -> Self {
        Self {
            world,
            settable,
            assignments: RefCell::default(),
        }
    }
}

pub(crate) fn register(session: Session, is_async: bool, cx: &mut Context) -> JsResult<()> {
    cx.insert_data(Rc::new(session));
    let set = NativeFunction::from_fn_ptr(set_variable);
    cx.register_global_callable(js_string!("setVariable"), 2, set)?;
    if is_async {
        let fetch = NativeFunction::from_fn_ptr(fetch);
        cx.register_global_callable(js_string!("fetch"), 2, fetch)?;
    }
    Ok(())
}

/// What was set, in order.
pub(crate) fn assignments(cx: &Context) -> Vec<(String, String)> {
    let session = cx.get_data::<Rc<Session>>();
    session.map_or_else(Vec::new, |s| s.assignments.take())
}

fn session(cx: &Context) -> JsResult<Rc<Session>> {
    let session = cx.get_data::<Rc<Session>>();
    session.cloned().ok_or_else(|| error("The call has ended."))
}

fn set_variable(_: &JsValue, arguments: &[JsValue], cx: &mut Context) -> JsResult<JsValue> {
    let session = session(cx)?;
    let name = lossy(arguments.get_or_undefined(0).to_string(cx)?);
    if !session.settable.contains(&name) {
        return Err(error(&format!(
            "There is no variable named \"{name}\" to set."
        )));
    }
    let value = to_json(arguments.get_or_undefined(1), cx)?;
    let value = value.unwrap_or_else(|| "null".to_owned());
    session.assignments.borrow_mut().push((name, value));
    Ok(JsValue::undefined())
}

/// `fetch(url, init)`: a promise of the answer's text.
fn fetch(_: &JsValue, arguments: &[JsValue], cx: &mut Context) -> JsResult<JsValue> {
    let session = session(cx)?;
    let answer = request(arguments, cx).and_then(|request| {
        let text = session.world.fetch(request);
        text.map(|text| JsValue::from(js_string!(text.as_str())))
            .map_err(|reason| error(&reason))
    });
    Ok(JsPromise::from_result(answer, cx)?.into())
}

fn request(arguments: &[JsValue], cx: &mut Context) -> JsResult<Request> {
    let url = lossy(arguments.get_or_undefined(0).to_string(cx)?);
    let mut request = Request {
        method: "GET".to_owned(),
        url,
        headers: Vec::new(),
        body: None,
    };
    let Some(init) = arguments.get_or_undefined(1).as_object() else {
        return Ok(request);
    };
    let method = init.get(js_string!("method"), cx)?;
    if !method.is_null_or_undefined() {
        request.method = lossy(method.to_string(cx)?).to_ascii_uppercase();
    }
    let body = init.get(js_string!("body"), cx)?;
    if !body.is_null_or_undefined() {
        request.body = Some(lossy(body.to_string(cx)?));
    }
    if let Some(headers) = init.get(js_string!("headers"), cx)?.as_object() {
        request.headers = header_list(headers, cx)?;
    }
    Ok(request)
}

/// Headers as an object, or as a list of pairs.
fn header_list(headers: JsObject, cx: &mut Context) -> JsResult<Vec<(String, String)>> {
    let mut list = Vec::new();
    if headers.is_array() {
        let pairs = JsArray::from_object(headers)?;
        for at in 0..pairs.length(cx)? {
            let Some(pair) = pairs.get(at, cx)?.as_object() else {
                continue;
            };
            let name = pair.get(0, cx)?.to_string(cx)?;
            let value = pair.get(1, cx)?.to_string(cx)?;
            list.push((lossy(name), lossy(value)));
        }
        return Ok(list);
    }
    for key in headers.own_property_keys(cx)? {
        let PropertyKey::String(name) = &key else {
            continue;
        };
        let value = headers.get(key.clone(), cx)?.to_string(cx)?;
        list.push((lossy(name.clone()), lossy(value)));
    }
    Ok(list)
}
