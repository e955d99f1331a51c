// What a visitor sees when something is wrong, and what the client tells the server about it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { greeter } from "./bots/embeds.mjs";
import { launch } from "./support/browser.mjs";
import { eventually, field, guests, says, type, visit } from "./support/client.mjs";
import * as sites from "./support/site.mjs";
import * as talkloom from "./support/talkloom.mjs";

describe("what goes wrong on a site", { skip: talkloom.missing }, () => {
  let browser, site, server;
  before(async () => {
    [browser, site, server] = await Promise.all([launch(), sites.serve(), talkloom.serve()]);
  });
  after(() => Promise.all([browser?.close(), site?.close(), server?.close()]));

  async function open(publicId, document, props = {}) {
    if (document) await server.publish(publicId, document);
    const page = site.embed(`/${publicId}`, "Standard", { typebot: publicId, apiHost: server.url, ...props });
    return visit(browser, page);
  }
  const close = (visitor) => visitor.context().close();
  const systemMessages = (messages) => greeter({ general: { systemMessages: messages } });

  test("a closed bot, in its own words and in ours", async () => {
    for (const [publicId, document, words] of [
      ["closed", systemMessages({ botClosed: "Back in spring." }), "Back in spring."],
      ["closed-plain", greeter(), "This bot is now closed"],
    ]) {
      await server.publish(publicId, document);
      await server.write(`update bots set is_closed = 1 where public_id = '${publicId}'`);
      const visitor = await open(publicId);
      await visitor.getByText(words, { exact: true }).waitFor();
      await close(visitor);
    }
  });

  test("a site that may not embed the bot, and one that may", async () => {
    const security = (origin) => greeter({ security: { allowedOrigins: [origin] } });
    const refused = await open("elsewhere", security("https://example.com"));
    await refused.getByText("Origin not allowed", { exact: true }).waitFor();
    assert.deepEqual(await server.rows(
      "select r.id from results r join bots b on b.id = r.bot_id where b.public_id = 'elsewhere'"), []);
    await close(refused);
    const served = await open("here", security(site.origin));
    await says(served, "who are you?");
    await type(served, "Ann");
    await says(served, "And your age?");
    await close(served);
  });

  test("a bot that does not exist", async () => {
    const visitor = await open("nobody");
    await visitor.getByText("The bot you're looking for doesn't exist.", { exact: true }).waitFor();
    await close(visitor);
  });

  test("a server that cannot be reached", async () => {
    const apiHost = `http://127.0.0.1:${await talkloom.freePort()}`;
    const visitor = await open("unreachable", null, { apiHost });
    await visitor.getByText("Error! Could not reach server. Check your connection.", { exact: true }).waitFor();
    await close(visitor);
  });

  test("a conversation that is gone", async () => {
    const visitor = await open("gone", greeter());
    await says(visitor, "who are you?");
    await server.stop();
    await server.write("delete from sessions");
    await server.start();
    await type(visitor, "Ann");
    await eventually(() => visitor.calls.some((path) => path.endsWith("/clientLogs")), true);
    const report = visitor.reports.at(-1);
    assert.equal(report.context, "While sending message");
    assert.match(report.description, /404/);
    assert.match(report.details, /Session not found\./);
    await close(visitor);
  });

  test("a connection that is lost", async () => {
    const visitor = await open("offline", systemMessages({ networkErrorTitle: "No line", networkErrorMessage: "Try later." }));
    await says(visitor, "who are you?");
    await server.stop();
    await type(visitor, "Ann");
    await visitor.getByText("No line", { exact: true }).waitFor();
    await visitor.getByText("Try later.", { exact: true }).waitFor();
    assert.equal(await guests(visitor).last().innerText(), "Ann");
    await server.start();
    await close(visitor);
  });

  test("a conversation that outlives the server", async () => {
    const visitor = await open("restarted", greeter());
    await says(visitor, "who are you?");
    await server.stop();
    await server.start();
    await type(visitor, "Ann");
    await says(visitor, "And your age?");
    await field(visitor).waitFor();
    await close(visitor);
  });
});
