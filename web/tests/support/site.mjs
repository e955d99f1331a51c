// A site that embeds bots: pages as a site owner writes them, with the npm client served from here,
// and the few addresses that a bot's redirects, embeds and requests lead to.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const CLIENT = fileURLToPath(import.meta.resolve("@typebot.io/js/web"));

/** What the page of a site owner holds, for each way to embed a bot. */
const EMBEDS = {
  Standard: `<typebot-standard style="width: 100%; height: 600px"></typebot-standard>`,
  Popup: "<button onclick='Typebot.open()'>Talk to us</button>",
  Bubble: "",
};

/** Starts the site. */
export async function serve() {
  const pages = new Map();
  const requests = [];
  const client = await readFile(CLIENT);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    requests.push({ method: request.method, path: url.pathname, headers: request.headers, body });
    const answer = (type, content, status = 200) => {
      response.writeHead(status, {
        "content-type": type,
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "*",
      });
      response.end(content);
    };
    if (url.pathname === "/web.js") return answer("text/javascript", client);
    if (url.pathname === "/echo") {
      return answer("application/json", JSON.stringify({ method: request.method, body: parsed(body) }));
    }
    if (url.pathname === "/picture.svg") return answer("image/svg+xml", PICTURE);
    const page = pages.get(url.pathname);
    return page ? answer("text/html", page) : answer("text/plain", "nothing here", 404);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    address: `127.0.0.1:${port}`,
    requests,
    /** Puts a page on the site and gives its address. */
    page(path, html) {
      pages.set(path, html);
      return origin + path;
    },
    /** A page that embeds a bot by `Typebot.initStandard`, `initPopup` or `initBubble`. */
    embed(path, kind, props) {
      return this.page(path, `<!doctype html><html lang="en"><title>Shop</title>
        <body style="margin: 0">${EMBEDS[kind]}
        <script type="module">
          import Typebot from "/web.js";
          window.told = [];
          const tell = (name) => (value) => window.told.push([name, value]);
          Typebot.init${kind}({
            ...${JSON.stringify(props)},
            onInit: tell("init"), onEnd: tell("end"), onAnswer: tell("answer"),
            onNewLogs: tell("logs"), onNewInputBlock: tell("input"),
            onScriptExecutionSuccess: tell("script"),
          });
        </script></body></html>`);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><rect width="40" height="30" fill="teal"/></svg>`;

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
