// What the viewer does for a bot beyond questions and bubbles: texts that grow, files and voices,
// tags and widgets in their frames, visitors who come back. Against a chat API with a script.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { PHONE, assertAccessible, assertInSight, guestBubbles, hostBubbles, launch, open } from "./support/browser.mjs";
import { serve, text } from "./support/chat-server.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

async function chat(script, act, options) {
  const server = await serve(script);
  try {
    const page = await open(browser, server.url, options);
    await act(page, server);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await server.close();
  }
}
const says = (page, words) => hostBubbles(page).filter({ hasText: words }).last().waitFor();
const asking = { input: { id: "i", type: "text input" } };
const type = async (page, words) => {
  await page.locator(".text-input").fill(words);
  await page.keyboard.press("Enter");
};

describe("a text that grows", () => {
  const streaming = (parts, more = {}) => ({
    start: { messages: [text("a", "Let me think.")], clientSideActions: [
      { type: "stream", stream: true, expectsDedicatedReply: true, lastBubbleBlockId: "a" }] },
    replies: [{ messages: [text("z", "Done.")] }],
    stream: parts,
    ...more,
  });

  test("is shown as far as it is, as Markdown", async () => {
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await chat(streaming(['0:"## Plan\\n\\nGo **no"\n', held, '0:"rth**."\nd:{"finishReason":"stop"}\n']),
      async (page, server) => {
        await says(page, "Go");
        assert.equal(await page.getByRole("heading", { name: "Plan" }).count(), 1);
        assert.equal(await hostBubbles(page).locator("strong").count(), 0);
        release();
        await says(page, "Done.");
        assert.equal(await hostBubbles(page).locator("strong").textContent(), "north");
        assert.deepEqual(server.sent(), [{ message: { type: "text", text: "## Plan\n\nGo **north**." } }]);
        await assertAccessible(page, "streamed");
      });
  });

  test("is asked for again when it was lost", () => chat(
    streaming(['3:"{\\"description\\":\\"The model is busy.\\"}"\n'], { streams: [['0:"Here."\n']] }),
    async (page, server) => {
      await page.getByRole("button", { name: "Try again" }).click();
      await says(page, "Done.");
      assert.deepEqual(server.sent(), [{ message: { type: "text", text: "Here." } }]);
      const report = server.requests.find(({ path }) => path.endsWith("/clientLogs"));
      assert.match(report.body, /The model is busy\./);
    }));
});

describe("answers with more than words", () => {
  const files = async () => {
    const [note, picture] = ["note.txt", "dot.svg"].map((name) => join(tmpdir(), `talkloom-${process.pid}-${name}`));
    await writeFile(note, "hello");
    await writeFile(picture, `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`);
    return [note, picture];
  };
  const attaching = {
    start: { messages: [text("q", "Well?")], input: { id: "i", type: "text input", options: { attachments: { isEnabled: true } } } },
    replies: [{ messages: [text("z", "Done.")] }],
  };

  test("files go with a text", () => chat(attaching, async (page, server) => {
    await page.setInputFiles("input[type=file]", await files());
    await page.getByRole("button", { name: /^Remove .*dot.svg$/ }).click();
    await assertAccessible(page, "attached");
    await page.setViewportSize(PHONE);
    await assertInSight(page, ".typebot-input-container");
    await type(page, "See this");
    await says(page, "Done.");
    const [{ message }] = server.sent();
    assert.equal(message.text, "See this");
    assert.equal(message.attachedFileUrls.length, 1);
    assert.match(await guestBubbles(page).last().locator("..").textContent(), /note\.txt/);
    await assertAccessible(page, "sent with a file");
  }));

  test("a refused file is told", () => chat({
    ...attaching, get: { "/api/v3/generate-upload-url": { status: 400, body: { message: "File type not allowed" } } },
  }, async (page, server) => {
    await page.setInputFiles("input[type=file]", await files());
    await type(page, "See this");
    await page.getByRole("alert").filter({ hasText: "File type not allowed" }).waitFor();
    assert.deepEqual(server.sent(), []);
    page.problems.length = 0;
  }));

  test("an answer is said aloud", () => chat({
    start: { messages: [text("q", "Well?")], input: { id: "i", type: "text input", options: { audioClip: { isEnabled: true } } } },
    replies: [{ messages: [text("z", "Done.")] }],
  }, async (page, server) => {
    await page.getByRole("button", { name: "Record your answer" }).click();
    await page.getByRole("timer").waitFor();
    await assertAccessible(page, "recording");
    await page.getByRole("timer").filter({ hasText: /0:(0[1-9]|[1-9])/ }).waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await says(page, "Done.");
    const [{ message }] = server.sent();
    assert.equal(message.type, "audio");
    const grant = JSON.parse(server.requests.find(({ path }) => path.endsWith("generate-upload-url")).body);
    assert.equal(grant.fileType, "audio/webm");
    assert.ok(grant.fileSize > 0);
    await page.locator(".typebot-guest-bubble audio").waitFor();
    page.problems.length = 0;
  }, { permissions: ["microphone"] }));

  test("a recording is thrown away", () => chat({
    start: { messages: [], input: { id: "i", type: "text input", options: { audioClip: { isEnabled: true } } } },
    replies: [{ messages: [text("z", "Done.")] }],
  }, async (page, server) => {
    await page.getByRole("button", { name: "Record your answer" }).click();
    await page.getByRole("button", { name: "Throw the recording away" }).click();
    await type(page, "Words then");
    await says(page, "Done.");
    assert.equal(server.sent()[0].message.text, "Words then");
  }, { permissions: ["microphone"] }));
});

describe("what runs beside the page", () => {
  test("a widget fills its frame and goes on when it is done", () => chat({
    start: { messages: [{ id: "w", type: "custom-embed", content: {
      initFunction: { args: { label: "Book" }, content: `
        const button = document.createElement("button");
        button.textContent = label;
        button.style.height = "200px";
        button.onclick = () => window.dispatchEvent(new Event("booked"));
        typebotElement.append(button);` },
      waitForEventFunction: { args: { day: "Monday" }, content: `window.addEventListener("booked", () => continueFlow(day))` },
    } }] },
    replies: [{ messages: [text("z", "Done.")] }],
  }, async (page, server) => {
    const frame = page.locator("iframe[title=Widget]");
    await page.waitForFunction(() => document.querySelector("iframe[title=Widget]")?.clientHeight >= 200);
    await assertAccessible(page, "widget");
    await frame.contentFrame().getByRole("button", { name: "Book" }).click();
    await says(page, "Done.");
    assert.deepEqual(server.sent(), [{ message: { type: "text", text: "Monday" } }]);
  }));

  test("a bot's tags describe the page, and run apart from it", () => chat({
    start: { messages: [text("a", "First."), text("z", "Done.")], clientSideActions: [
      { type: "startPropsToInject", startPropsToInject: {
        customHeadCode: "<meta name='from-the-bot' content='yes'><script>window.shared = 41; document.title = 'taken'</script>" } },
      { type: "googleAnalytics", lastBubbleBlockId: "a", googleAnalytics: { trackingId: "G-1", action: "asked", category: "chat" } },
      { type: "setVariable", lastBubbleBlockId: "a", expectsDedicatedReply: true, setVariable: { scriptToExecute: {
        content: "return JSON.stringify([shared + 1, dataLayer.map((entry) => [...entry])])", args: [] } } },
    ] },
    replies: [{ messages: [text("y", "Last.")] }],
  }, async (page, server) => {
    await says(page, "Last.");
    assert.equal(await page.locator("head meta[name=from-the-bot]").count(), 1);
    assert.equal(await page.locator("head script").count(), 1, "the page's own");
    assert.notEqual(await page.title(), "taken");
    const [shared, events] = JSON.parse(server.sent()[0].message.text);
    assert.equal(shared, 42);
    assert.deepEqual(events, [["event", "asked", { event_category: "chat" }]]);
  }));
});

describe("a visitor who comes back", () => {
  const remembered = (storage, more = {}) => ({
    settings: { general: { rememberUser: { isEnabled: true, storage } } },
    publishedAt: "2026-01-01T00:00:00.000Z",
    start: { messages: [text("q", "Your name?")], ...asking },
    replies: [{ messages: [text("r", "Your age?")], input: { id: "n", type: "number input" } }, { messages: [text("z", "Done.")] }],
    ...more,
  });

  for (const storage of ["session", "local"]) {
    test(`finds the conversation as it was (${storage} storage)`, () => chat(remembered(storage), async (page, server) => {
      await type(page, "Ann");
      await says(page, "Your age?");
      let back = page;
      if (storage === "session") await page.reload();
      else {
        back = await page.context().newPage();
        await back.goto(server.url);
      }
      await says(back, "Your age?");
      assert.deepEqual(await hostBubbles(back).allTextContents(), ["Your name?", "Your age?"]);
      assert.deepEqual(await guestBubbles(back).allTextContents(), ["Ann"]);
      await type(back, "41");
      await says(back, "Done.");
      assert.equal(server.sent().length, 2);
    }));
  }

  test("begins anew when the bot was published again", () => chat(remembered("local"), async (page, server) => {
    await type(page, "Ann");
    await says(page, "Your age?");
    server.script.publishedAt = "2026-02-02T00:00:00.000Z";
    await page.reload();
    await says(page, "Your name?");
    assert.equal(await guestBubbles(page).count(), 0);
  }));

  test("begins anew when the server forgot the conversation", () => chat(
    remembered("local", { replies: [{ messages: [text("r", "Your age?")], input: { id: "n", type: "number input" } },
      { status: 404, body: { message: "Session not found." } }] }), async (page) => {
      await type(page, "Ann");
      await says(page, "Your age?");
      await page.reload();
      await says(page, "Your age?");
      await type(page, "41");
      await page.getByRole("button", { name: "Start again" }).click();
      await says(page, "Your name?");
      assert.equal(await guestBubbles(page).count(), 0);
      page.problems.length = 0;
    }));
});
