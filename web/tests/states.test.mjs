// Every bubble, input, action and failure, against a chat API with a script.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { PHONE, assertAccessible, assertInSight, guestBubbles, hostBubbles, launch, open }
  from "./support/browser.mjs";
import { serve, text } from "./support/chat-server.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Runs `act` on a page that talks to a server with this script; the console must stay silent. */
async function chat(script, act, { options, query = "", noise = [] } = {}) {
  const server = await serve(script);
  try {
    const page = await open(browser, server.url + query, options);
    await act(page, server);
    const loud = page.problems.filter((problem) => !noise.some((pattern) => pattern.test(problem)));
    assert.deepEqual(loud, []);
    await page.context().close();
  } finally {
    await server.close();
  }
}

const ask = (input, messages = [text("q", "Well?")]) => ({
  start: { messages, input: { id: "i", ...input } },
  replies: [{ messages: [text("z", "Done.")] }],
});
const items = (...contents) => contents.map((content, place) => ({ id: `c${place}`, content }));
const picture = (color) => "data:image/svg+xml," + encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><rect width="40" height="30" fill="${color}"/></svg>`,
);
const done = (page) => hostBubbles(page).filter({ hasText: "Done." }).waitFor();

/** Answers a question, and checks what is sent and shown. */
function question(name, input, answer, { sends, shows, options, get }) {
  test(name, () => chat({ ...ask(input), get }, async (page, server) => {
    await page.waitForSelector(".typebot-input-container");
    await assertAccessible(page, name);
    await assertInSight(page, ".typebot-input-container");
    await answer(page);
    await done(page);
    assert.deepEqual(server.sent(), [sends]);
    assert.equal(await guestBubbles(page).last().textContent(), shows);
    await assertAccessible(page, `${name}, answered`);
  }, { options }));
}

const said = (text, rest = {}) => ({ message: { type: "text", text, ...rest } });
const type = (words) => async (page) => {
  await page.waitForFunction(() => document.activeElement.matches("input, textarea"));
  await page.keyboard.type(words);
  await page.keyboard.press("Enter");
};
const fill = (value) => async (page) => {
  await page.locator(".text-input").fill(value);
  await page.getByRole("button", { name: "Send" }).click();
};
const press = (name) => (page) => page.getByRole("button", { name, exact: true }).click();

describe("questions", () => {
  question("a line of text", { type: "text input" }, type("Ann"), { sends: said("Ann"), shows: "Ann" });
  question("a long text", { type: "text input", options: { isLong: true } }, async (page) => {
    await page.keyboard.type("one");
    await page.keyboard.press("Enter");
    await page.keyboard.type("two");
    await page.keyboard.press("Control+Enter");
  }, { sends: said("one\ntwo"), shows: "one\ntwo" });
  question("a number", { type: "number input", options: { min: 1, max: 9 } }, type("4.50"),
    { sends: said("4.5"), shows: "4.5" });
  question("an email address", { type: "email input" }, type("a@b.co"),
    { sends: said("a@b.co"), shows: "a@b.co" });
  question("a web address", { type: "url input" }, type("example.com"),
    { sends: said("https://example.com"), shows: "https://example.com" });
  question("a telephone number", { type: "phone number input" }, type("+33 1 23 45 67 89"),
    { sends: said("+33 1 23 45 67 89"), shows: "+33 1 23 45 67 89" });
  question("a telephone number of a country", { type: "phone number input", options: { defaultCountryCode: "FR" } },
    async (page) => {
      await page.getByLabel("Country").selectOption("DE");
      await page.locator(".text-input").fill("30 1234567");
      await page.keyboard.press("Enter");
    }, { sends: said("+4930 1234567"), shows: "+4930 1234567" });
  question("a day", { type: "date input" }, async (page) => {
    await page.waitForFunction(() => document.activeElement.matches("input"));
    await page.keyboard.type("11222026");
    await page.keyboard.press("Enter");
  }, { sends: said("2026-11-22"), shows: "2026-11-22" });
  question("a day and a time", { type: "date input", options: { hasTime: true } }, fill("2026-11-22T10:30"),
    { sends: said("2026-11-22T10:30"), shows: "2026-11-22T10:30" });
  question("two days", { type: "date input", options: { isRange: true } }, async (page) => {
    await page.getByLabel("From").fill("2026-11-22");
    await page.getByLabel("To").fill("2026-11-24");
    await page.getByRole("button", { name: "Send" }).click();
  }, { sends: said("2026-11-22 to 2026-11-24"), shows: "2026-11-22 to 2026-11-24" });
  question("a time", { type: "time input" }, fill("09:05"), { sends: said("09:05"), shows: "09:05" });

  question("a button", { type: "choice input", items: [{ id: "a", content: "Yes" }, { id: "b", content: "No", value: "bye" }] },
    press("No"), { sends: said("bye", { metadata: { replyId: "b" } }), shows: "No" });
  question("several buttons",
    { type: "choice input", options: { isMultipleChoice: true }, items: items("Oslo", "Lisbon", "Kyoto") },
    async (page) => {
      for (const name of ["Kyoto", "Lisbon", "Oslo", "Lisbon"]) await page.getByRole("checkbox", { name }).click();
      await page.getByRole("button", { name: "Send (2)" }).click();
    }, { sends: said("Oslo, Kyoto"), shows: "Oslo, Kyoto" });
  question("a searched button",
    { type: "choice input", options: { isSearchable: true, areInitialSearchButtonsVisible: false }, items: items("Oslo", "Lisbon") },
    async (page) => {
      assert.equal(await page.getByRole("button", { name: "Oslo" }).count(), 0);
      await page.keyboard.type("lis");
      await page.getByRole("button", { name: "Lisbon" }).click();
    }, { sends: said("Lisbon", { metadata: { replyId: "c1" } }), shows: "Lisbon" });
  question("a picture",
    { type: "picture choice input", items: [{ id: "p1", title: "One", pictureSrc: picture("red") }, { id: "p2", pictureSrc: picture("blue") }] },
    press("One"), { sends: said("p1", { metadata: { replyId: "p1" } }), shows: "One" });
  question("several pictures",
    { type: "picture choice input", options: { isMultipleChoice: true }, items: [{ id: "p1", title: "One" }, { id: "p2", title: "Two", value: "2nd" }] },
    async (page) => {
      await page.getByRole("checkbox", { name: "Two" }).click();
      await page.getByRole("checkbox", { name: "One" }).click();
      await page.getByRole("button", { name: "Send (2)" }).click();
    }, { sends: said("One, 2nd"), shows: "One, Two" });
  question("a card",
    { type: "cards", items: [{ id: "k", title: "Paris", imageUrl: picture("grey"), paths: [{ id: "p1", text: "Go" }, { id: "p2", text: "Stay" }] }] },
    press("Paris: Stay"), {
      sends: said("p2", { metadata: { replyId: "p2" }, attachedFileUrls: [picture("grey")] }),
      shows: "Paris: Stay",
    });
  question("a number on a scale", { type: "rating input" }, async (page) => {
    await page.getByRole("button", { name: "7 of 10" }).click();
    await page.getByRole("button", { name: "Send" }).click();
  }, { sends: said("7"), shows: "7" });
  question("stars in one click",
    { type: "rating input", options: { buttonType: "Icons", length: 5, isOneClickSubmitEnabled: true, labels: { right: "Great" } } },
    press("5 of 5 (Great)"), { sends: said("5"), shows: "5" });
  question("a drawing of the builder's",
    { type: "rating input", options: { buttonType: "Icons", length: 3, isOneClickSubmitEnabled: true,
      customIcon: { isEnabled: true, svg: "<svg viewBox='0 0 8 8' onload='throw 1'><circle cx='4' cy='4' r='4'/></svg>" } } },
    press("2 of 3"), { sends: said("2"), shows: "2" });
  question("a question without an answer", { type: "file input", options: { isRequired: false } },
    press("Skip"), { sends: {}, shows: "Skip" });

  test("a file", () => chat(ask({ type: "file input" }), async (page, server) => {
    const file = join(tmpdir(), `talkloom-${process.pid}.txt`);
    await writeFile(file, "hello");
    await page.setInputFiles("input[type=file]", file);
    await page.getByRole("button", { name: "Upload" }).click();
    await done(page);
    const grant = server.requests.find(({ path }) => path.endsWith("generate-upload-url"));
    assert.equal(JSON.parse(grant.body).fileSize, 5);
    const put = server.requests.find(({ path }) => path === "/upload");
    assert.deepEqual([put.method, put.body, put.headers["cache-control"]], ["PUT", "hello", "public, max-age=86400"]);
    const url = `${server.origin}/files/`;
    assert.deepEqual(server.sent(), [said(`${url}a%20b.txt`, { attachedFileUrls: [`${url}a b.txt`] })]);
    assert.equal(await guestBubbles(page).last().textContent(), "File uploaded");
  }));

  describe("payments", () => {
    const SECRET = "pi_1_secret_1";
    const PROVIDER = "https://js.stripe.com";
    const due = (more = {}) => ({
      ...ask({
        type: "payment input",
        options: { labels: { button: "Give", success: "Paid it" }, additionalInformation: { name: "Ann" } },
        runtimeOptions: { paymentIntentSecret: SECRET, amountLabel: "€12.00", publicKey: "pk_test_1" },
      }),
      scripts: PROVIDER,
      ...more,
    });
    /** The provider's script, with the given answers to `confirmPayment`; "paid" is the state it finds. */
    const provider = (answers, state = "requires_payment_method") => ({ [`${PROVIDER}/**`]: `
      const answers = ${JSON.stringify(answers)};
      if (location.search) answers.shift();
      window.asked = [];
      window.Stripe = (key) => ({
        retrievePaymentIntent: async (secret) => ({ paymentIntent: { status: ${JSON.stringify(state)} } }),
        elements: ({ clientSecret }) => ({ create: (kind) => {
          const hears = {};
          return {
            on: (name, heard) => { hears[name] = heard; },
            mount(box) {
              const field = Object.assign(document.createElement("input"), { ariaLabel: "Card number" });
              field.style.cssText = "width: 100%; height: 44px";
              box.append(field);
              window.asked.push({ key, clientSecret, kind });
              setTimeout(() => hears.ready(), 0);
            },
          };
        } }),
        async confirmPayment({ confirmParams, redirect }) {
          window.asked.push({ redirect, billing: confirmParams.payment_method_data.billing_details });
          const answer = answers.shift();
          if (answer.away) {
            location.href = confirmParams.return_url + "?payment_intent=pi_1&payment_intent_client_secret=${SECRET}&redirect_status=succeeded&Name=Ann";
            return new Promise(() => {});
          }
          return answer;
        },
      });` });
    const declined = { error: { type: "card_error", message: "Your card was declined." } };
    const paid = { paymentIntent: { status: "succeeded" } };
    const pay = (page) => page.getByRole("button", { name: "Give €12.00" });

    for (const [name, size] of [["on a desk", undefined], ["on a phone", { viewport: PHONE }]]) {
      test(`a payment ${name}`, () => chat(due(), async (page, server) => {
        await pay(page).and(page.locator(":enabled")).waitFor();
        await assertAccessible(page, "payment");
        await assertInSight(page, ".typebot-input-container");
        await page.getByLabel("Card number").press("Tab");
        await page.keyboard.press("Enter");
        await page.getByRole("alert").filter({ hasText: "Your card was declined." }).waitFor();
        await assertAccessible(page, "declined payment");
        await pay(page).click();
        await done(page);
        assert.deepEqual(server.sent(), [said("Paid it")]);
        assert.equal(await guestBubbles(page).last().textContent(), "Paid it");
        assert.deepEqual(await page.evaluate("asked"), [
          { key: "pk_test_1", clientSecret: SECRET, kind: "payment" },
          { redirect: "if_required", billing: { name: "Ann" } },
          { redirect: "if_required", billing: { name: "Ann" } },
        ]);
      }, { options: { ...size, routes: provider([declined, paid]) } }));
    }

    test("what was paid already goes on by itself", () => chat(due(), async (page, server) => {
      await done(page);
      assert.deepEqual(server.sent(), [said("Paid it")]);
    }, { options: { routes: provider([], "succeeded") } }));

    test("a visitor whom the bank sends back goes on where they were", () => chat(due(), async (page, server) => {
      await pay(page).click();
      await page.waitForURL(/\?Name=Ann$/);
      await hostBubbles(page).filter({ hasText: "Well?" }).waitFor();
      await pay(page).click();
      await done(page);
      const starts = server.requests.filter(({ path }) => path.endsWith("/startChat"));
      assert.equal(starts.length, 1, "the conversation did not begin anew");
    }, { options: { routes: provider([{ away: true }, paid]) } }));

    test("a form that does not load is told and tried again", () => chat(due(), async (page) => {
      await page.getByRole("alert").filter({ hasText: "could not be loaded" }).waitFor();
      await assertAccessible(page, "payment form that did not load");
      await page.getByRole("button", { name: "Try again" }).waitFor();
    }, { options: { routes: { [`${PROVIDER}/**`]: null } }, noise: [/ERR_FAILED/] }));

    test("no other page loads the provider's script", () => chat(ask({ type: "text input" }), async (page) => {
      await page.waitForSelector(".typebot-input-container");
      assert.equal(await page.locator(`script[src^="${PROVIDER}"]`).count(), 0);
    }, { options: { routes: provider([]) } }));
  });

  test("a payment says that it cannot be made here", () => chat(
    ask({ type: "payment input", runtimeOptions: { amountLabel: "€12.00" } }), async (page) => {
      await page.getByRole("alert").filter({ hasText: "€12.00 cannot be paid here" }).waitFor();
      await assertAccessible(page, "payment");
    }));

  test("a question that the page cannot ask", () => chat(ask({ type: "riddle input" }), async (page) => {
    await page.getByRole("alert").filter({ hasText: "riddle input" }).waitFor();
    await assertAccessible(page, "unknown question");
  }));
});

describe("bubbles", () => {
  test("rich text", () => chat({ start: { messages: [{ id: "r", type: "text", content: { type: "richText", richText: [
    { type: "h1", children: [{ text: "Title" }] },
    { type: "p", children: [{ text: "A " }, { text: "bold", bold: true }, { type: "a", url: "javascript:alert(1)", children: [{ text: "trap" }] }] },
    { type: "p", children: [{ text: "" }] },
    { type: "ul", children: [{ type: "li", children: [{ type: "lic", children: [{ text: "one" }] }] }] },
    { type: "code_block", children: [{ type: "code_line", children: [{ text: "x < 1" }] }] },
  ] } }] } }, async (page) => {
    const bubble = hostBubbles(page).first();
    await bubble.waitFor();
    assert.equal(await bubble.locator("strong").textContent(), "bold");
    assert.equal(await bubble.locator("a").getAttribute("href"), "#");
    assert.equal(await bubble.locator("li").textContent(), "one");
    assert.equal(await bubble.locator("pre").textContent(), "x < 1");
    assert.equal(await bubble.locator("br").count(), 1);
    await bubble.getByRole("heading", { name: "Title" }).waitFor();
    await assertAccessible(page, "rich text");
  }));

  test("pictures, films, sounds and pages", () => chat({
    get: { "/page": { fine: true } },
    start: { messages: [
      { id: "1", type: "image", content: { url: picture("teal"), clickLink: { url: "https://example.com", alt: "A map" } } },
      { id: "2", type: "video", content: { type: "url", url: "data:video/mp4;base64,", isAutoplayEnabled: false } },
      { id: "3", type: "audio", content: { url: "data:audio/mp3;base64,", isAutoplayEnabled: false } },
      { id: "4", type: "embed", content: { url: "/page", height: 120 } },
    ] },
  }, async (page) => {
    await page.locator(".typebot-host-bubble iframe[src='/page']").waitFor();
    assert.equal(await page.getByRole("img", { name: "A map" }).count(), 1);
    assert.equal(await page.locator("a[href='https://example.com'][target=_blank]").count(), 1);
    assert.equal(await page.locator(".typebot-host-bubble :is(video, audio)").count(), 2);
    await assertAccessible(page, "media");
  }, { noise: [/media/i] }));

  test("an embedded page that is waited for", () => chat({
    get: { "/page": { fine: true } },
    start: { messages: [{ id: "e", type: "embed", content: { url: "/page",
      waitForEvent: { isEnabled: true, name: "done", saveDataInVariableId: "v" } } }] },
    replies: [{ messages: [text("z", "Done.")] }],
  }, async (page, server) => {
    await page.locator("iframe[src='/page']").waitFor();
    await page.evaluate(() => window.postMessage({ name: "other", data: 1 }, "*"));
    await page.evaluate(() => window.postMessage({ name: "done", data: { a: 1 } }, "*"));
    await done(page);
    assert.deepEqual(server.sent(), [said('{"a":1}')]);
  }));

  test("typing is emulated and the newest bubble stays in sight", () => {
    const messages = Array.from({ length: 14 }, (_, place) => text(`m${place}`, `Message number ${place}`));
    return chat({
      settings: { typingEmulation: { enabled: true, speed: 6000, isDisabledOnFirstMessage: false } },
      start: { messages, input: { id: "i", type: "text input" } },
    }, async (page) => {
      await page.waitForSelector(".typing:not(.off)");
      await page.waitForSelector(".typebot-input-container");
      assert.equal(await hostBubbles(page).count(), 14);
      await assertInSight(page, ".typebot-input-container");
    }, { options: { viewport: { width: 320, height: 480 } } });
  });

  test("a reader who scrolled up is left alone", () => {
    const messages = Array.from({ length: 30 }, (_, place) => text(`m${place}`, `Message number ${place}`));
    return chat({ start: { messages: messages.slice(0, 29), clientSideActions: [
      { type: "setVariable", lastBubbleBlockId: "m28", expectsDedicatedReply: true,
        setVariable: { scriptToExecute: { content: "await new Promise((go) => setTimeout(go, 500)); return 1", args: [] } } }] },
    replies: [{ messages: [messages[29]] }] }, async (page) => {
      await hostBubbles(page).nth(28).waitFor();
      await assertInSight(page, ".row");
      await page.mouse.move(180, 300);
      await page.mouse.wheel(0, -600);
      await page.waitForFunction(() => {
        const area = document.querySelector(".scrollable-container");
        return area.scrollTop < area.scrollHeight - area.clientHeight - 300;
      });
      const before = await page.evaluate(() => document.querySelector(".scrollable-container").scrollTop);
      await page.evaluate(() => {
        const extra = document.createElement("div");
        extra.style.height = "200px";
        document.querySelector(".typebot-chat-chunk").append(extra);
        return new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
      });
      assert.equal(await page.evaluate(() => document.querySelector(".scrollable-container").scrollTop), before);
    }, { options: { viewport: PHONE } });
  });
});

describe("actions", () => {
  const act = (action) => ({
    start: { messages: [text("a", "First.")], clientSideActions: [{ lastBubbleBlockId: "a", ...action }] },
    replies: [{ messages: [text("z", "Done.")] }],
  });
  const compute = (content, args = []) => act({ type: "setVariable", expectsDedicatedReply: true,
    setVariable: { scriptToExecute: { content, args } } });

  for (const [content, value] of [["v1 + 1", "42"], ["const a = [v1]; return a", "[41]"], ["not code", "not code"]]) {
    test(`a value is computed: ${content}`, () => chat(compute(content, [{ id: "v1", value: 41 }]),
      async (page, server) => {
        await done(page);
        assert.deepEqual(server.sent(), [said(value)]);
        assert.equal(await guestBubbles(page).count(), 0);
      }));
  }

  test("a script cannot reach the page", () => chat(
    compute("try { return parent.document.title } catch (error) { return error.name }"),
    async (page, server) => {
      await done(page);
      assert.deepEqual(server.sent(), [said("SecurityError")]);
      assert.equal(await page.locator("iframe").count(), 0, "its frame is gone");
    }));

  test("a script that fails is reported, and the chat goes on", () => chat({
    start: { messages: [text("a", "First."), text("z", "Done.")], clientSideActions: [
      { type: "scriptToExecute", lastBubbleBlockId: "a", scriptToExecute: { content: "throw new Error('ouch')", args: [] } }] },
  }, async (page, server) => {
    await done(page);
    const report = server.requests.find(({ path }) => path.endsWith("/clientLogs"));
    assert.match(JSON.parse(report.body).clientLogs[0].details, /ouch/);
  }));

  test("a request from the visitor's browser", () => chat({
    ...act({ type: "httpRequestToExecute", expectsDedicatedReply: true,
      httpRequestToExecute: { url: "/data", method: "GET", headers: { "X-One": "1" } } }),
    get: { "/data": { city: "Oslo" } },
  }, async (page, server) => {
    await done(page);
    assert.deepEqual(server.sent(), [said('{"data":{"city":"Oslo"},"statusCode":200}')]);
    assert.equal(server.requests.find(({ path }) => path === "/data").headers["x-one"], "1");
  }));

  test("a wait that the server waits for", () => chat(
    act({ type: "wait", expectsDedicatedReply: true, wait: { secondsToWaitFor: 0.05 } }),
    async (page, server) => {
      await done(page);
      assert.deepEqual(server.sent(), [{}]);
    }));

  test("a redirect into a new tab", () => chat({ ...act({ type: "redirect", redirect: { url: "about:blank", isNewTab: true } }) },
    async (page) => { await hostBubbles(page).first().waitFor(); }));

  test("a redirect of the page", () => chat({
    get: {}, ...act({ type: "redirect", redirect: { url: "/elsewhere", isNewTab: false } }) },
    async (page) => { await page.waitForURL("**/elsewhere"); }));
});

describe("the page", () => {
  test("the query fills variables and leaves the address", () => chat(ask({ type: "text input" }), async (page, server) => {
    await page.waitForSelector(".typebot-input-container");
    const { prefilledVariables } = JSON.parse(server.requests[0].body);
    assert.deepEqual(prefilledVariables, { Name: "Ann Lee", utm: "x" });
    assert.equal(new URL(page.url()).search, "");
  }, { query: "?Name=Ann%20Lee&utm=x" }));

  test("a field starts with its variable's value where the bot wants it", () => chat({
    settings: { general: { isInputPrefillEnabled: true } }, ...ask({ type: "text input", prefilledValue: "Ann" }),
  }, async (page) => {
    await page.waitForSelector(".text-input");
    assert.equal(await page.inputValue(".text-input"), "Ann");
  }));

  test("a refused answer is kept for correction", () => chat({
    start: { messages: [text("q", "Mail?")], input: { id: "i", type: "email input" } },
    replies: [{ messages: [text("i", "That is no address.")], input: { id: "i", type: "email input" } }],
  }, async (page) => {
    await type("nope")(page);
    await hostBubbles(page).filter({ hasText: "no address" }).waitFor();
    assert.equal(await page.inputValue(".text-input"), "nope");
  }));

  test("the answer is shown as the server understood it", () => chat({
    start: { messages: [], input: { id: "i", type: "email input" } },
    replies: [{ messages: [text("z", "Done.")], lastMessageNewFormat: "a@b.co" }],
  }, async (page) => {
    await type("A@B.CO")(page);
    await done(page);
    assert.deepEqual(await guestBubbles(page).allTextContents(), ["a@b.co"]);
  }));

  test("a remembered visitor comes back as the same", () => chat({
    settings: { general: { rememberUser: { isEnabled: true } } }, ...ask({ type: "text input" }),
  }, async (page, server) => {
    await page.waitForSelector(".text-input");
    await page.reload();
    await page.waitForSelector(".text-input");
    const starts = server.requests.map(({ body }) => JSON.parse(body).resultId);
    assert.deepEqual(starts, [undefined, "result-1"]);
  }));

  test("the theme and the builder's CSS apply; faces change during the chat", () => chat({
    theme: { chat: { buttons: { backgroundColor: "#004400" }, hostAvatar: { url: picture("red") } },
      customCss: ".typebot-host-bubble { letter-spacing: 3px }" },
    start: { messages: [text("q", "Well?")], input: { id: "i", type: "choice input", items: items("Yes") },
      dynamicTheme: { hostAvatarUrl: picture("blue") }, progress: 25 },
  }, async (page) => {
    await page.waitForSelector(".option");
    const style = (selector, name) =>
      page.locator(selector).first().evaluate((element, name) => getComputedStyle(element)[name], name);
    assert.equal(await style(".typebot-button", "backgroundColor"), "rgb(0, 68, 0)");
    assert.equal(await style(".row .typebot-host-bubble", "letterSpacing"), "3px");
    assert.equal(await page.locator(".row .avatar").first().getAttribute("src"), picture("blue"));
    assert.equal(await page.getByRole("progressbar").getAttribute("aria-valuenow"), "25");
  }));
});

describe("failures", () => {
  const noise = [/Failed to load resource/];

  for (const [name, status, message, words] of [
    ["a closed bot says so", 400, "We are closed.", "We are closed."],
    ["a forbidden site is told so", 403, "Origin not allowed", "Origin not allowed"],
    ["a missing bot", 404, "Typebot not found", "doesn't exist"],
  ]) {
    test(name, () => chat({ start: { status, body: { message } } }, async (page) => {
      await page.getByText(words).waitFor();
      await assertAccessible(page, name);
    }, { noise }));
  }

  test("an answer that did not get through is sent again", () => chat({
    ...ask({ type: "text input" }), replies: ["cut", { messages: [text("z", "Done.")] }],
  }, async (page, server) => {
    await type("Ann")(page);
    await done(page);
    const [first, second] = server.requests.filter(({ path }) => path.endsWith("/continueChat"));
    assert.equal(first.body, second.body);
    assert.match(first.headers["idempotency-key"], /^[0-9a-f]{32}$/);
    assert.equal(first.headers["idempotency-key"], second.headers["idempotency-key"]);
    assert.deepEqual(await guestBubbles(page).allTextContents(), ["Ann"]);
  }, { noise }));

  test("an answer that does not get through at all is kept until the visitor sends it again", () => chat({
    ...ask({ type: "text input" }),
    replies: ["cut", "cut", { messages: [text("z", "Again?")], input: { id: "i", type: "text input" } },
      { messages: [text("y", "Done.")] }],
  }, async (page, server) => {
    await type("Ann")(page);
    await page.getByRole("alert").waitFor();
    await assertAccessible(page, "no network");
    await page.getByRole("button", { name: "Try again" }).press("Enter");
    await hostBubbles(page).filter({ hasText: "Again?" }).waitFor();
    await type("Bo")(page);
    await done(page);
    const keys = server.requests.filter(({ path }) => path.endsWith("/continueChat"))
      .map(({ headers }) => headers["idempotency-key"]);
    assert.equal(new Set(keys.slice(0, 3)).size, 1);
    assert.notEqual(keys[3], keys[0]);
    assert.deepEqual(await guestBubbles(page).allTextContents(), ["Ann", "Bo"]);
  }, { noise }));

  test("a start that did not get through is tried again", () => chat({
    starts: ["cut", "cut", { messages: [text("z", "Done.")] }],
  }, async (page) => {
    await page.getByRole("button", { name: "Try again" }).click();
    await done(page);
  }, { noise }));

  test("a conversation that the server forgot starts again", () => chat({
    ...ask({ type: "text input" }), replies: [{ status: 404, body: { message: "Session not found." } }],
  }, async (page, server) => {
    await type("Ann")(page);
    await page.getByRole("button", { name: "Start again" }).click();
    await page.waitForSelector(".text-input");
    assert.equal(server.requests.filter(({ path }) => path.endsWith("/startChat")).length, 2);
  }, { noise }));
});
