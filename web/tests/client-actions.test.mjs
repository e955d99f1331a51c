// What a bot asks the visitor's page to do, done by the npm client on a real server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { actions } from "./bots/actions.mjs";
import { launch } from "./support/browser.mjs";
import { eventually, field, hosts, says, visit } from "./support/client.mjs";
import * as sites from "./support/site.mjs";
import * as talkloom from "./support/talkloom.mjs";

describe("actions in the npm client", { skip: talkloom.missing }, () => {
  let browser, site, server, page;
  before(async () => {
    [browser, site, server] = await Promise.all([launch(), sites.serve(), talkloom.serve()]);
    await server.publish("actions", actions(site.origin));
    page = site.embed("/actions", "Standard", { typebot: "actions", apiHost: server.url });
    site.page("/landing", "<!doctype html><title>Landed</title>");
    site.page("/framed", `<!doctype html><title>Framed</title>
      <button onclick="setInterval(() => parent.postMessage({ name: 'done', data: 'forty-two' }, '*'), 100)">Done</button>`);
  });
  after(() => Promise.all([browser?.close(), site?.close(), server?.close()]));

  const action = (topic, act) => test(topic, async () => {
    const visitor = await visit(browser, `${page}?Topic=${topic}&Name=Ann`);
    await act(visitor);
    await visitor.context().close();
  });
  const asked = (visitor) => field(visitor).waitFor();
  const texts = (visitor) => visitor.sent.map(({ message }) => message?.text);

  action("Script", async (visitor) => {
    await says(visitor, "After.");
    await eventually(() => visitor.title(), "Hello Ann");
    await asked(visitor);
    assert.deepEqual(visitor.sent, []);
    assert.deepEqual(await visitor.evaluate(() => window.told.find(([name]) => name === "script")), ["script", "told"]);
  });
  action("BrokenScript", async (visitor) => {
    await says(visitor, "Still here.");
    await asked(visitor);
    const logs = await visitor.evaluate(() => JSON.stringify(window.told.filter(([name]) => name === "logs")));
    assert.match(logs, /out of thread/);
  });
  action("SetVariable", async (visitor) => {
    await says(visitor, "Twice the length: 6.");
    assert.deepEqual(texts(visitor), ["6"]);
    const [{ variables }] = await server.rows("select variables from results order by rowid desc limit 1");
    assert.match(variables, /"6"/);
  });
  action("SetVariableToText", async (visitor) => {
    await says(visitor, "Kept: no code at all.");
    assert.deepEqual(texts(visitor), ["no code at all"]);
  });
  action("Device", async (visitor) => {
    await says(visitor, /^On a desktop in the (morning|afternoon|evening)\.$/);
    assert.equal(visitor.sent.length, 2);
  });
  action("NewTab", async (visitor) => {
    const opened = await visitor.context().waitForEvent("page");
    await opened.waitForURL(`${site.origin}/landing?for=Ann`);
    await says(visitor, "Opened.");
    await asked(visitor);
  });
  action("SameTab", async (visitor) => {
    await visitor.waitForURL(`${site.origin}/landing?for=Ann`);
  });
  action("Wait", async (visitor) => {
    await says(visitor, "First.");
    assert.equal(await hosts(visitor).filter({ hasText: "Second." }).count(), 0);
    await says(visitor, "Second.");
    await asked(visitor);
    assert.deepEqual(visitor.sent, []);
  });
  action("Pause", async (visitor) => {
    await says(visitor, "First.");
    await says(visitor, "Second.");
    await asked(visitor);
    assert.deepEqual(visitor.sent, [{}]);
  });
  action("Request", async (visitor) => {
    await says(visitor, "Heard Ann with 200.");
    const request = site.requests.findLast(({ path, method }) => path === "/echo" && method === "POST");
    assert.equal(request.headers.origin, site.origin);
    assert.deepEqual(JSON.parse(texts(visitor)[0]).statusCode, 200);
  });
  // The client begins to listen two seconds after it showed the frame: the frame says it until heard.
  action("Embed", async (visitor) => {
    const frame = visitor.frameLocator("iframe");
    await frame.getByRole("button", { name: "Done" }).click();
    await says(visitor, "The page said forty-two.");
    assert.deepEqual(texts(visitor), ["forty-two"]);
  });
  action("Media", async (visitor) => {
    await says(visitor, "All shown.");
    await visitor.getByAltText("A teal field").waitFor();
    assert.equal(await visitor.locator("video").getAttribute("src"), `${site.origin}/film.mp4`);
    assert.equal(await visitor.locator("audio").getAttribute("src"), `${site.origin}/sound.mp3`);
    await visitor.frameLocator("iframe").getByText("Done").waitFor();
    await asked(visitor);
  });
  action("Analytics", async (visitor) => {
    await says(visitor, "Counted.");
    await asked(visitor);
    // Both vendors' scripts are empty here: what they would have sent waits in their queues.
    const events = () => visitor.evaluate(() => JSON.stringify([
      ...[...(window.dataLayer ?? [])].map((entry) => [...entry]),
      ...(window.fbq?.queue ?? []).map((entry) => [...entry]),
    ]));
    await eventually(async () => /"event","asked",\{"event_category":"chat"/.test(await events()), true);
    await eventually(async () => /"track","Lead"/.test(await events()), true);
  });
  test("what belongs into the page's head is put there", async () => {
    const visitor = await visit(browser, `${page}?Topic=Wait`);
    await says(visitor, "Second.");
    await visitor.locator("meta[name=from-the-bot]").waitFor({ state: "attached" });
    assert.match(await visitor.evaluate(() => document.head.innerHTML), /GTM-TEST/);
    await visitor.context().close();
  });
});
