// Conversations in the npm client that do more than ask and answer: texts that grow, files, and
// messages from outside systems.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { listener, streaming, uploads, whole } from "./bots/live.mjs";
import { launch } from "./support/browser.mjs";
import { again, button, eventually, field, guests, hosts, says, type, visit } from "./support/client.mjs";
import * as models from "./support/model.mjs";
import * as sites from "./support/site.mjs";
import * as talkloom from "./support/talkloom.mjs";

describe("live conversations on a site", { skip: talkloom.missing }, () => {
  let browser, site, model, server;
  before(async () => {
    [browser, site, model] = await Promise.all([launch(), sites.serve(), models.serve([])]);
    server = await talkloom.serve({ allow: [model.address] });
  });
  after(() => Promise.all([browser?.close(), site?.close(), model?.close(), server?.close()]));

  async function open(publicId, document, options) {
    const { id } = await server.publish(publicId, document);
    const wsHost = `127.0.0.1:${server.port}`;
    const page = site.embed(`/${publicId}`, "Standard", { typebot: publicId, apiHost: server.url, wsHost });
    return Object.assign(await visit(browser, page, options), { bot: id });
  }
  const close = (visitor) => visitor.context().close();
  const variables = async () => {
    const [{ variables }] = await server.rows("select variables from results order by rowid desc limit 1");
    return variables;
  };

  test("a model's answer grows before the visitor's eyes", async () => {
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    model.parts = ["Rivers **run", held, "** to the sea."];
    const visitor = await open("streaming", streaming(model.baseUrl));
    await type(visitor, "rivers");
    const growing = visitor.locator(".typebot-streaming-container");
    await growing.filter({ hasText: "Rivers" }).waitFor();
    assert.doesNotMatch(await growing.innerText(), /sea/);
    release();
    await says(visitor, "More about rivers?");
    assert.match(await growing.innerText(), /Rivers run to the sea\./);
    assert.equal(await hosts(visitor).filter({ hasText: "Rivers run" }).count() <= 1, true);
    assert.deepEqual(visitor.sent.at(-1), { message: { type: "text", text: "Rivers **run** to the sea." } });
    assert.match(await variables(), /Rivers \*\*run\*\* to the sea\./);
    await type(visitor, "no");
    await eventually(() => visitor.evaluate(() => window.told.some(([name]) => name === "end")), true);
    await close(visitor);
  });

  test("a model's answer that stands in a sentence comes whole", async () => {
    model.parts = ["Hills ", "roll."];
    const visitor = await open("whole", whole(model.baseUrl));
    await type(visitor, "hills");
    await says(visitor, "It wrote: Hills roll.");
    assert.equal(visitor.calls.filter((path) => path.endsWith("/streamMessage")).length, 0);
    await close(visitor);
  });

  test("a model that fails does not stop the conversation", async () => {
    model.failing = true;
    const visitor = await open("failing", streaming(model.baseUrl));
    await type(visitor, "lakes");
    await says(visitor, "More about lakes?");
    await visitor.getByText("I cannot answer right now").waitFor();
    model.failing = false;
    const logs = await server.rows("select description from logs order by rowid desc limit 1");
    assert.equal(logs.length, 1);
    await close(visitor);
  });

  test("files, attachments and a voice note", async () => {
    const file = join(tmpdir(), `talkloom-${process.pid} note.txt`);
    await writeFile(file, "hello");
    const visitor = await open("uploads", uploads(), { permissions: ["microphone"] });
    await says(visitor, "Your papers?");
    await visitor.setInputFiles("input[type=file]", file);
    await button(visitor, "Upload").click();
    await says(visitor, /^Stored: http/);
    const fetched = await fetch((await hosts(visitor).last().innerText()).replace("Stored: ", "").trim());
    assert.deepEqual([fetched.status, await fetched.text()], [200, "hello"]);
    assert.match(fetched.headers.get("content-type"), /^text\/plain/);

    await field(visitor).waitFor();
    await visitor.setInputFiles("input[type=file]", file);
    await type(visitor, "A note");
    await says(visitor, /^A note with http.*note/);
    const [{ attached }] = await server.rows("select attached_file_urls as attached from answers order by rowid desc limit 1");
    assert.match(attached, /note/);

    await field(visitor).waitFor();
    await visitor.locator(".typebot-input-container").last().getByRole("button").last().click();
    await visitor.locator(".typebot-recording-duration, .recording-timer, canvas, [class*=recorder]").first().waitFor();
    await visitor.locator(".typebot-input-container").last().getByRole("button").last().click();
    await says(visitor, /^Heard http.*/);
    assert.equal(visitor.sent.at(-1).message.type, "audio");

    await button(visitor, "Skip").click();
    await says(visitor, "All done.");
    assert.deepEqual(visitor.sent.at(-1), {});
    await close(visitor);
  });

  test("a file of a kind that is not wanted", async () => {
    const file = join(tmpdir(), `talkloom-${process.pid}.zip`);
    await writeFile(file, "PK");
    const visitor = await open("unwanted", uploads());
    await says(visitor, "Your papers?");
    await visitor.setInputFiles("input[type=file]", file);
    await button(visitor, "Upload").click();
    await visitor.getByText(/not allowed/).waitFor();
    assert.deepEqual(visitor.sent, []);
    await close(visitor);
  });

  const tell = (bot, block, result, data) => fetch(
    `${server.url}/api/v1/typebots/${bot}/blocks/${block}/results/${result}/executeWebhook`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      body: JSON.stringify(data),
    });
  const latest = async () => (await server.rows("select id from results order by rowid desc limit 1"))[0].id;

  test("a message from an outside system", async () => {
    server.token ??= await server.command("token", "create", "tests");
    const document = listener();
    const block = document.groups[0].blocks[1].id;
    const visitor = await open("listener", document);
    const [socket] = await Promise.all([visitor.waitForEvent("websocket"), says(visitor, "Waiting for the shop.")]);
    assert.match(new URL(socket.url()).pathname, /^\/parties\/main\/\w+\/webhooks$/);
    const answer = await tell(visitor.bot, block, await latest(), { order: 17 });
    assert.deepEqual([answer.status, await answer.json()], [200, { message: "OK" }]);
    await says(visitor, "Order 17 came in.");
    await close(visitor);
  });

  test("a message that comes while nobody listens", async () => {
    server.token ??= await server.command("token", "create", "tests");
    const document = { ...listener(), settings: { general: { rememberUser: { isEnabled: true, storage: "local" } }, typingEmulation: { enabled: false } } };
    const block = document.groups[0].blocks[1].id;
    const visitor = await open("absent", document);
    await says(visitor, "Waiting for the shop.");
    const url = visitor.url();
    const result = await latest();
    await visitor.goto("about:blank");
    assert.equal((await tell(visitor.bot, block, result, { order: 18 })).status, 200);
    const back = await again(visitor, url);
    await says(back, "Order 18 came in.");
    assert.equal(await guests(back).count(), 0);
    await close(visitor);
  });
});
