//! The contract as Rust types, generated from `wit/`.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "talkloom:block/block",
    imports: {
        default: trappable,
        "talkloom:block/http.send": async | trappable,
        "talkloom:block/http.send-many": async | trappable,
        "talkloom:block/http.[method]body.read": async | trappable,
        "talkloom:block/live.emit": async | trappable,
        "talkloom:block/scripts.evaluate": async | trappable,
        "talkloom:block/state.get": async | trappable,
        "talkloom:block/state.set": async | trappable,
        "talkloom:block/state.delete": async | trappable,
        "talkloom:block/files.save": async | trappable,
        "talkloom:block/files.load": async | trappable,
        "talkloom:block/mail.send": async | trappable,
    },
    with: { "talkloom:block/http.body": crate::egress::ResponseBody },
    exports: { default: async },
    require_store_data_send: true,
});
