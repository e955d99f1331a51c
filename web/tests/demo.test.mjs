// The demo bot on a running server (TALKLOOM_URL), by keyboard alone.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { DESKTOP, PHONE, assertAccessible, assertInSight, guestBubbles, hostBubbles, launch, open }
  from "./support/browser.mjs";

const server = process.env.TALKLOOM_URL;

describe("the demo bot", { skip: server ? false : "TALKLOOM_URL names no running server" }, () => {
  let browser;
  before(async () => { browser = await launch(); });
  after(() => browser?.close());

  const says = (page, words) => hostBubbles(page).filter({ hasText: words }).last().waitFor();
  const focused = (page, selector) =>
    page.waitForFunction((selector) => document.activeElement?.matches(selector), selector);
  const type = async (page, words) => {
    await focused(page, ".text-input");
    // What a refused answer left in the field is replaced.
    await page.keyboard.press("Control+A");
    await page.keyboard.type(words);
    await assertInSight(page, ".typebot-input-container");
    await page.keyboard.press("Enter");
  };
  const choose = async (page, name) => {
    await focused(page, ".option");
    while (!(await page.evaluate((name) => document.activeElement?.textContent === name, name))) {
      assert.ok(await page.evaluate(() => document.activeElement?.matches(".option")), `a button '${name}'`);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
  };

  for (const [size, viewport] of [["a desktop", DESKTOP], ["a phone", PHONE]]) {
    test(`plans a day out on ${size}`, async () => {
      const page = await open(browser, new URL("/demo", server).href, { viewport });
      await says(page, "What should I call you?");
      await focused(page, ".text-input");
      await assertAccessible(page, "start");
      await type(page, "Ann");
      await says(page, "Nice to meet you, Ann.");
      await type(page, "ann@example");
      await says(page, "Could you check it?");
      await type(page, "Ann@Example.com");
      await says(page, "What shall we do?");
      assert.equal(await guestBubbles(page).last().textContent(), "ann@example.com");
      await assertAccessible(page, "middle");
      await choose(page, "Plan a day out");
      await says(page, "Where to?");
      await choose(page, "Oslo");
      await says(page, /^Oslo: .+, -?\d+ °C\.$/);
      await says(page, "Have a lovely day, Ann.");
      await assertInSight(page, ".row");
      await assertAccessible(page, "end");
      assert.equal(await page.locator(".typebot-input-container").count(), 0);
      assert.deepEqual(page.problems, []);
      await page.context().close();
    });
  }

  test("lets a visitor just look", async () => {
    const page = await open(browser, new URL("/demo?Name=Ann", server).href);
    await type(page, "Bo");
    await type(page, "bo@example.com");
    await choose(page, "Just looking");
    await says(page, "Make yourself at home, Bo.");
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
});
