// Starts the page. Its own file, so that the page's policy can forbid inline scripts.
import start from "{{base}}{{viewer-bindings.js}}";

// What few conversations need is loaded when one does.
globalThis.talkloomMarkdown = () => import("{{base}}{{markdown.js}}");
globalThis.talkloomPayment = () => import("{{base}}{{payment.js}}");

start({ module_or_path: "{{base}}{{viewer.wasm}}" }).catch((error) => {
  console.error(error);
  document.body.className = "crashed";
  document.body.textContent = "This page could not be loaded. Check your connection and reload it.";
});
