// What a bot asks the visitor's page to do. `?Topic=…` in the page's address chooses.

import { ask, bot, bubble, jump, say, step } from "../support/bot.mjs";

const set = (variableId, options) => step("Set variable", { variableId, ...options });
const code = (expressionToEvaluate) => ({ expressionToEvaluate, isCode: true });
const more = ask("text input", { variableId: "More" });

export const actions = (site) => bot({
  Start: [jump("{{Topic}}")],
  Script: [
    say("Before."),
    step("Code", { name: "Title", content: "document.title = 'Hello ' + {{Name}}; return 'told';", isExecutedOnClient: true }),
    say("After."),
    more,
  ],
  BrokenScript: [
    step("Code", { content: "throw new Error('out of thread')", isExecutedOnClient: true }),
    say("Still here."),
    more,
  ],
  SetVariable: [
    say("Counting."),
    set("Length", { ...code("{{Name}}.length * 2 + window.innerWidth * 0"), isExecutedOnClient: true }),
    say("Twice the length: {{Length}}."),
    more,
  ],
  SetVariableToText: [
    set("Length", { expressionToEvaluate: "no code at all", isExecutedOnClient: true }),
    say("Kept: {{Length}}."),
    more,
  ],
  Device: [
    set("Device", { type: "Device type" }),
    set("Moment", { type: "Moment of the day" }),
    say("On a {{Device}} in the {{Moment}}."),
    more,
  ],
  NewTab: [say("Opening."), step("Redirect", { url: `${site}/landing?for={{Name}}`, isNewTab: true }), say("Opened."), more],
  SameTab: [say("Leaving."), step("Redirect", { url: `${site}/landing?for={{Name}}` }), more],
  Wait: [say("First."), step("Wait", { secondsToWaitFor: "0.5" }), say("Second."), more],
  Pause: [say("First."), step("Wait", { secondsToWaitFor: "0.5", shouldPause: true }), say("Second."), more],
  Request: [
    say("Asking."),
    step("Webhook", {
      isExecutedOnClient: true,
      isCustomBody: true,
      webhook: { url: `${site}/echo`, method: "POST", body: '{"name": "{{Name}}"}',
        headers: [{ id: "h", key: "content-type", value: "application/json" }] },
      responseVariableMapping: [
        { id: "m1", variableId: "Echo", bodyPath: "data.body.name" },
        { id: "m2", variableId: "Status", bodyPath: "statusCode" },
      ],
    }),
    say("Heard {{Echo}} with {{Status}}."),
    more,
  ],
  Embed: [
    bubble("embed", { url: `${site}/framed`, height: 120, waitForEvent: { isEnabled: true, name: "done", saveDataInVariableId: "Data" } }),
    say("The page said {{Data}}."),
    more,
  ],
  Media: [
    bubble("image", { url: `${site}/picture.svg`, clickLink: { url: `${site}/landing`, alt: "A teal field" } }),
    bubble("video", { url: `${site}/film.mp4`, isAutoplayEnabled: false }),
    bubble("audio", { url: `${site}/sound.mp3`, isAutoplayEnabled: false }),
    bubble("embed", { url: `${site}/framed`, height: 90 }),
    say("All shown."),
    more,
  ],
  Analytics: [
    step("Google Analytics", { trackingId: "G-TEST", category: "chat", action: "asked", label: "{{Name}}", value: 3 }),
    step("Pixel", { pixelId: "1234", eventType: "Lead", params: [{ id: "p", key: "content_name", value: "{{Name}}" }] }),
    say("Counted."),
    more,
  ],
}, {
  variables: ["Topic", "Name"],
  settings: {
    metadata: { customHeadCode: "<meta name='from-the-bot' content='yes'>", googleTagManagerId: "GTM-TEST" },
  },
});
