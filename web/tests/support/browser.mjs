// The browser of the tests, and what every test asks of a page.

import assert from "node:assert/strict";

import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 640 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // A microphone that beeps, for whoever asks for one.
      "--use-fake-device-for-media-stream",
    ],
  });
}

/**
 * A page of its own; `page.problems` collects what its console complains about. `routes` are
 * addresses elsewhere and what stands there: a script, or nothing at all.
 */
export async function open(browser, url, { routes = {}, ...options } = {}) {
  const context = await browser.newContext({
    viewport: DESKTOP,
    reducedMotion: "reduce",
    ...options,
  });
  for (const [address, body] of Object.entries(routes)) {
    const answer = (route) => (body === null ? route.abort() : route.fulfill({ contentType: "text/javascript", body }));
    await context.route(address, answer);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.problems.push(message.text());
  });
  await page.goto(url);
  return page;
}

/** Fails with what axe finds wrong. */
export async function assertAccessible(page, moment) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
  assert.deepEqual(found, [], `axe, ${moment}`);
}

/** Fails when the newest thing on the page is out of sight or the page can scroll sideways. */
export async function assertInSight(page, selector) {
  await page.waitForFunction((selector) => {
    const box = [...document.querySelectorAll(selector)].at(-1)?.getBoundingClientRect();
    const sideways = document.scrollingElement.scrollWidth > window.innerWidth;
    const cut = [...document.querySelectorAll(".typebot-input-container *")]
      .some((part) => part.getClientRects().length && part.getBoundingClientRect().right > window.innerWidth + 1
        && !part.closest(".cards, .visually-hidden"));
    return box && !cut && box.top >= 0 && box.bottom <= window.innerHeight + 1 && !sideways;
  }, selector);
}

export const hostBubbles = (page) => page.locator(".row.host .typebot-host-bubble");
export const guestBubbles = (page) => page.locator(".typebot-guest-bubble .words");
