// Every question of a bot, asked by the npm client and answered by a visitor, on a real server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { inputs } from "./bots/inputs.mjs";
import { launch } from "./support/browser.mjs";
import { button, field, lastAnswer, says, type, visit } from "./support/client.mjs";
import * as sites from "./support/site.mjs";
import * as talkloom from "./support/talkloom.mjs";

describe("questions in the npm client", { skip: talkloom.missing }, () => {
  let browser, site, server, page;
  before(async () => {
    [browser, site, server] = await Promise.all([launch(), sites.serve(), talkloom.serve()]);
    await server.publish("inputs", inputs(site.origin));
    page = site.embed("/inputs", "Standard", { typebot: "inputs", apiHost: server.url });
  });
  after(() => Promise.all([browser?.close(), site?.close(), server?.close()]));

  const stored = () => server.rows(
    "select a.content, r.is_completed as done from answers a join results r on r.id = a.result_id order by a.rowid desc limit 1");

  /** Answers the question of a topic; checks what is sent, shown and stored. */
  const question = (topic, act, { sends, shows, stores, says: words = `Got ${stores}.` }) =>
    test(topic, async () => {
      const visitor = await visit(browser, `${page}?Topic=${topic}`);
      await says(visitor, "Well?");
      await act(visitor);
      await says(visitor, words);
      assert.deepEqual(visitor.sent.map(({ message }) => message), [typeof sends === "function" ? sends(site) : sends]);
      assert.equal(await lastAnswer(visitor), shows);
      assert.deepEqual(await stored(), [{ content: stores, done: 1 }]);
      assert.deepEqual(visitor.problems, []);
      await visitor.context().close();
    });
  const text = (words, rest = {}) => ({ type: "text", text: words, ...rest });
  const typed = (words) => (visitor) => type(visitor, words);

  const choose = (name) => (visitor) => button(visitor, name).click();
  /** Sets a field of a kind that cannot be typed into everywhere, and sends it. */
  const set = (...values) => async (visitor) => {
    const fields = visitor.locator(".typebot-datetime-input");
    for (const [place, value] of values.entries()) await fields.nth(place).fill(value);
    await button(visitor, "Send").click();
  };

  question("Text", async (visitor) => {
    await visitor.getByPlaceholder("Your name").fill("Ann");
    await button(visitor, "Go").click();
  }, { sends: text("Ann"), shows: "Ann", stores: "Ann" });
  question("LongText", async (visitor) => {
    await field(visitor).fill("one\ntwo");
    await field(visitor).press("Control+Enter");
  }, { sends: text("one\ntwo"), shows: "one\ntwo", stores: "one\ntwo" });
  question("Number", typed("4.5"), { sends: text("4.5"), shows: "4.5", stores: "4.5" });
  // The server's form of an answer takes the place of what was typed.
  question("Email", typed("Ann@Example.com"),
    { sends: text("Ann@Example.com"), shows: "ann@example.com", stores: "ann@example.com" });
  question("Url", typed("https://example.com/x"),
    { sends: text("https://example.com/x"), shows: "https://example.com/x", stores: "https://example.com/x" });
  question("Date", set("2026-11-22"), { sends: text("2026-11-22"), shows: "22.11.2026", stores: "22.11.2026" });
  question("DateTime", set("2026-11-22T10:30"),
    { sends: text("2026-11-22T10:30"), shows: "2026-11-22 10:30", stores: "2026-11-22 10:30" });
  question("DateRange", set("2026-11-22", "2026-11-24"), {
    sends: text("2026-11-22 to 2026-11-24"),
    shows: "2026-11-22 till 2026-11-24",
    stores: "2026-11-22 till 2026-11-24",
  });
  question("Time", set("09:05"), { sends: text("09:05"), shows: "09:05", stores: "09:05" });
  question("Phone", typed("612345678"),
    { sends: text("+33612345678"), shows: "+33612345678", stores: "+33612345678" });

  question("Buttons", choose("No"), { sends: text("bye"), shows: "No", stores: "bye" });
  question("ManyButtons", async (visitor) => {
    for (const name of ["Kyoto", "Oslo"]) await visitor.getByText(name).click();
    await button(visitor, "Take").click();
  }, { sends: text("KIX, Oslo"), shows: "Kyoto, Oslo", stores: "Oslo, KIX" });
  question("SearchedButtons", async (visitor) => {
    await visitor.getByPlaceholder("Find").fill("lis");
    await button(visitor, "Lisbon").click();
  }, { sends: text("Lisbon"), shows: "Lisbon", stores: "Lisbon" });
  question("DynamicButtons", choose("Rome"), { sends: text("Rome"), shows: "Rome", stores: "Rome" });
  question("Pictures", (visitor) => visitor.getByText("Second").click(),
    { sends: text("pic2"), shows: "Second", stores: "Second" });
  question("ManyPictures", async (visitor) => {
    for (const name of ["One", "Two"]) await visitor.getByText(name).click();
    await button(visitor, "Send").click();
  }, { sends: text("One, Two"), shows: "One, Two", stores: "One, Two" });
  question("Rating", async (visitor) => {
    await visitor.getByText("4", { exact: true }).click();
    await button(visitor, "Send").click();
  }, { sends: text("4"), shows: "4", stores: "4" });
  question("Stars", (visitor) => visitor.locator(".typebot-input-container svg").nth(2).click(),
    { sends: text("3"), shows: "3", stores: "3" });
  question("Cards", choose("Go"), {
    sends: (site) => text("path1", { attachedFileUrls: [`${site.origin}/picture.svg`], metadata: { replyId: "path1" } }),
    shows: "Go", stores: "Paris", says: "Got Paris (PAR).",
  });

  test("Payment, without an account", async () => {
    const visitor = await visit(browser, `${page}?Topic=Payment`);
    await visitor.getByText(/^This question cannot be asked right now\./).waitFor();
    await visitor.context().close();
  });

  test("a button and a card lead their own ways", async () => {
    for (const [topic, name] of [["Buttons", "Other"], ["Cards", "Read"]]) {
      const visitor = await visit(browser, `${page}?Topic=${topic}`);
      await button(visitor, name).click();
      await says(visitor, "Another way.");
      await visitor.context().close();
    }
  });
});
