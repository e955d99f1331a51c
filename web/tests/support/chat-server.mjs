// A chat API with a script: serves the built viewer and answers as each test tells it to.
//
// It is a second check of the viewer: every bubble, input, action and failure can be shown without
// a bot that leads there.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ASSETS = process.env.TALKLOOM_VIEWER
  ?? fileURLToPath(new URL("../../../target/assets/web/viewer", import.meta.url));

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

// What the page may do: as the real server has it. Code of builders runs in the sandbox only.
const PAGE_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
  + "style-src 'self' 'unsafe-inline' https:; img-src * data: blob:; media-src *; "
  + "font-src 'self' data: https:; frame-src *; connect-src *";
const SANDBOX_POLICY = "sandbox allow-scripts; default-src 'none'; "
  + "script-src 'unsafe-inline' 'unsafe-eval'; connect-src *";
const FRAME_POLICY = "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox; "
  + "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'";

export const text = (id, words) => ({
  id,
  type: "text",
  content: { type: "richText", richText: [{ type: "p", children: [{ text: words }] }] },
});

/**
 * Starts a server. `script.start` and each of `script.replies` is an answer of the chat API, or a
 * function of the request's body that gives one; `{status, body}` is a failure, and `"cut"` a
 * connection that ends too early.
 */
export async function serve(script) {
  const requests = [];
  const replies = [...(script.replies ?? [])];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    if (url.pathname.startsWith("/_assets/viewer/")) {
      return sendFile(response, url.pathname.slice("/_assets/viewer/".length));
    }
    if (request.method === "GET" && !script.get?.[url.pathname]) {
      return sendFile(response, "index.html", script.scripts);
    }
    requests.push({ method: request.method, path: url.pathname, headers: request.headers, body });
    let answer = script.get?.[url.pathname];
    if (url.pathname.endsWith("/startChat")) answer = started(script);
    else if (url.pathname.endsWith("/continueChat")) answer = replies.shift() ?? { messages: [] };
    else if (url.pathname.endsWith("/streamMessage")) return stream(response, script);
    else if (url.pathname.endsWith("/generate-upload-url") && !answer) {
      answer = { presignedUrl: "/upload", formData: {}, fileUrl: `${origin()}/files/a b.txt` };
    }
    if (answer === "cut") return cut(response);
    if (typeof answer === "function") answer = answer(JSON.parse(body || "{}"));
    const { status = 200, body: failed } = answer?.status ? answer : {};
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(failed ?? answer ?? {}));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = () => `http://127.0.0.1:${server.address().port}`;
  return {
    url: `${origin()}/test-bot`,
    origin: origin(),
    requests,
    script,
    /** The bodies of the replies so far. */
    sent: () =>
      requests.filter(({ path }) => path.endsWith("/continueChat")).map(({ body }) => JSON.parse(body)),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Ends a connection in the middle of an answer: one that never began is tried again unseen. */
function cut(response) {
  response.writeHead(200, { "content-length": 100 });
  response.write("{", () => response.destroy());
}

/** Writes the parts of a text; a part that is a promise is waited for. */
async function stream(response, script) {
  const parts = script.stream;
  script.stream = script.streams?.shift() ?? parts;
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  for (const part of parts) {
    const words = await part;
    if (words) response.write(words);
  }
  response.end();
}

function started({ start, settings, theme, version = "6.1", starts, publishedAt }) {
  const answer = starts?.length ? starts.shift() : start;
  if (answer === "cut" || answer?.status) return answer;
  const calm = { typingEmulation: { enabled: false } };
  return {
    sessionId: "session-1",
    resultId: "result-1",
    typebot: { id: "bot-1", version, theme: theme ?? {}, settings: { ...calm, ...settings }, publishedAt },
    messages: [],
    ...answer,
  };
}

/** `scripts` is an origin whose scripts the page may run, as for bots with blocks that need some. */
async function sendFile(response, name, scripts = "") {
  try {
    const content = await readFile(join(ASSETS, name));
    const policy = name.startsWith("sandbox") ? SANDBOX_POLICY
      : name.startsWith("frame") ? FRAME_POLICY
        : PAGE_POLICY.replace("script-src 'self'", `script-src 'self' ${scripts}`);
    response.writeHead(200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "content-security-policy": policy,
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}
