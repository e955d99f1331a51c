// Bots on a site: the three ways to embed one, commands, remembered visitors, looks.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { commanded, greeter, picky, prefilled } from "./bots/embeds.mjs";
import { launch } from "./support/browser.mjs";
import { again, button, eventually, field, guests, hosts, lastAnswer, says, type, visit }
  from "./support/client.mjs";
import * as sites from "./support/site.mjs";
import * as talkloom from "./support/talkloom.mjs";

describe("bots on a site", { skip: talkloom.missing }, () => {
  let browser, site, server;
  before(async () => {
    [browser, site, server] = await Promise.all([launch(), sites.serve(), talkloom.serve()]);
  });
  after(() => Promise.all([browser?.close(), site?.close(), server?.close()]));

  /** A page with a bot of its own. */
  async function embed(publicId, document, kind = "Standard", props = {}) {
    await server.publish(publicId, document);
    return site.embed(`/${publicId}`, kind, { typebot: publicId, apiHost: server.url, ...props });
  }
  const close = (visitor) => visitor.context().close();
  const results = (publicId) => server.rows(
    `select r.id, r.variables from results r join bots b on b.id = r.bot_id where b.public_id = '${publicId}'`);

  async function talk(visitor) {
    await says(visitor, "who are you?");
    await type(visitor, "Ann");
    await says(visitor, "And your age?");
    await type(visitor, "41");
    await says(visitor, "Ann is 41.");
    assert.deepEqual(visitor.problems, []);
  }

  test("in a page", async () => {
    const visitor = await visit(browser, await embed("standard", greeter()));
    await talk(visitor);
    const told = () => visitor.evaluate(() =>
      window.told.map(([name]) => name).filter((name) => ["init", "answer", "end"].includes(name)));
    await eventually(told, ["init", "answer", "answer", "end"]);
    const [{ variables }] = await results("standard");
    assert.match(variables, /"Ann".*"41"/s);
    await close(visitor);
  });

  test("in a popup", async () => {
    const visitor = await visit(browser, await embed("popup", greeter(), "Popup"));
    assert.equal(visitor.calls.filter((path) => path.endsWith("/startChat")).length, 0);
    await button(visitor, "Talk to us").click();
    await talk(visitor);
    await visitor.evaluate(() => window.Typebot.close());
    await hosts(visitor).first().waitFor({ state: "hidden" });
    await close(visitor);
  });

  test("in a bubble", async () => {
    const page = await embed("bubble", greeter(), "Bubble",
      { previewMessage: { message: "Questions?" }, theme: { button: { backgroundColor: "#123456" } } });
    const visitor = await visit(browser, page);
    await visitor.evaluate(() => window.Typebot.showPreviewMessage());
    await visitor.getByText("Questions?").waitFor();
    await visitor.evaluate(() => window.Typebot.open());
    await talk(visitor);
    await visitor.evaluate(() => window.Typebot.toggle());
    await eventually(() => visitor.locator("[part=bot]").evaluate((bot) => getComputedStyle(bot).opacity), "0");
    await close(visitor);
  });

  test("variables from the address and from the site", async () => {
    const page = await embed("prefilled", prefilled(), "Standard", { prefilledVariables: { Age: 7 } });
    const visitor = await visit(browser, `${page}?Name=Bo`);
    await says(visitor, "Bo is 7. Your name?");
    assert.equal(await field(visitor).inputValue(), "Bo");
    await field(visitor).press("Enter");
    await says(visitor, "Thank you, Bo.");
    await close(visitor);
  });

  test("a question that is asked again", async () => {
    const visitor = await visit(browser, `${await embed("picky", picky())}?Name=Ann`);
    await says(visitor, "Your address?");
    // What the browser takes for an address and the server does not.
    await type(visitor, "ann@example");
    await says(visitor, "Ann, that is no address.");
    await type(visitor, "Ann@Example.com");
    await says(visitor, "Written to ann@example.com.");
    assert.equal(await lastAnswer(visitor), "ann@example.com");
    const answers = await server.rows("select content from answers order by rowid desc limit 1");
    assert.deepEqual(answers, [{ content: "ann@example.com" }]);
    await close(visitor);
  });

  test("commands of the site", async () => {
    const visitor = await visit(browser, await embed("commanded", commanded()));
    await says(visitor, "Who are you?");
    await visitor.evaluate(() => window.Typebot.sendCommand("help"));
    await says(visitor, "Type your name.");
    await says(visitor, "Who are you?");
    await visitor.evaluate(() => window.Typebot.sendCommand("menu"));
    await says(visitor, "The menu.");
    await button(visitor, "Back").click();
    await field(visitor).waitFor();
    await visitor.evaluate(() => window.Typebot.setInputValue("Ann"));
    await eventually(() => field(visitor).inputValue(), "Ann");
    await visitor.evaluate(() => window.Typebot.submitInput());
    await says(visitor, "Hello Ann.");
    assert.deepEqual(visitor.sent.slice(0, 2).map(({ message }) => message),
      ["help", "menu"].map((command) => ({ type: "command", command })));
    await close(visitor);
  });

  test("a bot that starts anew", async () => {
    const visitor = await visit(browser, await embed("reloaded", greeter()));
    await says(visitor, "who are you?");
    await type(visitor, "Ann");
    await says(visitor, "And your age?");
    await visitor.evaluate(() => window.Typebot.setPrefilledVariables({ Name: "Cleo" }));
    await visitor.evaluate(() => window.Typebot.reload());
    await says(visitor, "Hello Cleo, who are you?");
    await visitor.evaluate(() => window.Typebot.reset());
    await eventually(() => guests(visitor).count(), 0);
    await close(visitor);
  });

  for (const storage of ["session", "local"]) {
    test(`a visitor who is remembered in the ${storage} storage`, async () => {
      const publicId = `remembered-${storage}`;
      const page = await embed(publicId, greeter({ general: { rememberUser: { isEnabled: true, storage } } }));
      const first = await visit(browser, page);
      await says(first, "who are you?");
      await type(first, "Ann");
      await says(first, "And your age?");
      // The tab alone keeps its session storage; another tab has what is local.
      if (storage === "session") await first.reload();
      const second = storage === "session" ? first : await again(first);
      await says(second, "And your age?");
      await field(second).waitFor();
      assert.equal(await guests(second).first().innerText(), "Ann");
      await type(second, "41");
      await says(second, "Ann is 41.");
      assert.equal((await results(publicId)).length, 1);
      await close(first);
    });
  }

  test("a visitor who is not remembered", async () => {
    const visitor = await visit(browser, await embed("forgotten", greeter()));
    await says(visitor, "who are you?");
    await type(visitor, "Ann");
    await says(visitor, "And your age?");
    await visitor.reload();
    await says(visitor, "who are you?");
    await eventually(() => guests(visitor).count(), 0);
    assert.equal((await results("forgotten")).length, 2);
    await close(visitor);
  });

  test("the look of a bot and how far the visitor is", async () => {
    const theme = {
      general: {
        background: { type: "Color", content: "#102030" },
        progressBar: { isEnabled: true, color: "#00ff00", placement: "Bottom" },
      },
      chat: {
        hostBubbles: { backgroundColor: "#334455", color: "#ffeedd" },
        hostAvatar: { isEnabled: true, url: "{{Face}}" },
      },
      customCss: ".typebot-host-bubble { outline: 3px solid rgb(1, 2, 3); }",
    };
    const document = greeter({}, theme);
    document.variables.push({ id: "Face", name: "Face", value: `${site.origin}/picture.svg` });
    const visitor = await visit(browser, await embed("dressed", document));
    await says(visitor, "who are you?");
    const look = (selector, property) => visitor.locator(selector).first()
      .evaluate((element, property) => getComputedStyle(element)[property], property);
    assert.equal(await look(".typebot-host-bubble", "outlineColor"), "rgb(1, 2, 3)");
    assert.equal(await look(".typebot-host-bubble", "color"), "rgb(255, 238, 221)");
    await visitor.locator(`.typebot-avatar-container img[src='${site.origin}/picture.svg']`).first().waitFor();
    const progress = async () => (await visitor.locator(".typebot-progress-bar").getAttribute("style"))
      .match(/width: *([\d.]+)%/)?.[1];
    const before = Number(await progress());
    await type(visitor, "Ann");
    await says(visitor, "And your age?");
    await type(visitor, "41");
    await says(visitor, "Ann is 41.");
    await eventually(progress, "100");
    assert.ok(before > 0 && before < 100, `${before} %`);
    await close(visitor);
  });
});
