// A visitor on a page with the npm client: what they see, and what the client sends.

import assert from "node:assert/strict";

import { DESKTOP } from "./browser.mjs";

const LOCAL = /^(https?|wss?):\/\/(127\.0\.0\.1|localhost)[:/]|^(data|blob|about):/;

/**
 * Opens a page. `page.sent` holds the replies, `page.reports` what the client reports of its
 * troubles, `page.calls` every path it asked for, `page.problems` what nobody caught.
 */
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", ...options });
  // Fonts, tags and the like from elsewhere are empty: the tests need no network.
  await context.route((address) => !LOCAL.test(address.href), (route) => route.fulfill({ body: "" }));
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return watch(page, url);
}

/** Opens a page in a browser that has been here before. */
export async function again(page, url = page.url()) {
  return watch(await page.context().newPage(), url);
}

async function watch(page, url) {
  page.setDefaultTimeout(15_000);
  Object.assign(page, { sent: [], calls: [], reports: [], problems: [] });
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("request", (request) => {
    const path = new URL(request.url()).pathname;
    page.calls.push(path);
    if (path.endsWith("/continueChat")) page.sent.push(request.postDataJSON());
    if (path.endsWith("/clientLogs")) page.reports.push(...request.postDataJSON().clientLogs);
  });
  await page.goto(url);
  return page;
}

export const hosts = (page) => page.locator(".typebot-host-bubble");
export const guests = (page) => page.locator(".typebot-guest-bubble");
export const says = (page, words) => hosts(page).filter({ hasText: words }).last().waitFor();
export const field = (page) => page.locator(".typebot-input-container .text-input").last();
export const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Types an answer and sends it. */
export async function type(page, words) {
  await field(page).fill(words);
  await field(page).press("Enter");
}

/** The words of the visitor's newest bubble. */
export const lastAnswer = async (page) => (await guests(page).last().innerText()).trim();

/** Waits until `probe` gives what is expected; fails with what it gave last. */
export async function eventually(probe, expected, within = 10_000) {
  const limit = performance.now() + within;
  for (;;) {
    const found = await probe();
    try {
      return assert.deepEqual(found, expected);
    } catch (error) {
      if (performance.now() > limit) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
