// Bots whose conversations do more than ask and answer: texts that grow, files, outside systems.

import { ask, bot, say, step } from "../support/bot.mjs";

/** Asks a model that runs at `baseUrl` and shows its answer as it comes. */
export const streaming = (baseUrl) => bot({
  Start: [
    say("What shall I write about?"),
    ask("text input", { variableId: "Topic" }),
    step("openai", {
      action: "Create chat completion",
      baseUrl,
      model: "test",
      messages: [{ role: "user", content: "Write about {{Topic}}" }],
      responseMapping: [{ item: "Message content", variableId: "Text" }],
    }),
    say("{{Text}}"),
    say("More about {{Topic}}?"),
    ask("text input", { variableId: "More" }),
  ],
});

/** The same bot: its answer stands in a longer sentence, so it cannot be shown as it comes. */
export const whole = (baseUrl) => {
  const document = streaming(baseUrl);
  const bubble = document.groups[0].blocks[3];
  bubble.content.richText[0].children[0].text = "It wrote: {{Text}}";
  return document;
};

export const uploads = () => bot({
  Start: [
    say("Your papers?"),
    ask("file input", { variableId: "Files", isMultipleAllowed: true, allowedFileTypes: { isEnabled: true, types: [".txt", "image/*"] } }),
    say("Stored: {{Files}}"),
    ask("text input", { variableId: "Note", attachments: { isEnabled: true, saveVariableId: "Attached" } }),
    say("{{Note}} with {{Attached}}"),
    ask("text input", { variableId: "Voice", audioClip: { isEnabled: true, saveVariableId: "Clip" } }),
    say("Heard {{Clip}}"),
    ask("file input", { variableId: "Optional", isRequired: false }),
    say("All done."),
  ],
});

export const listener = () => bot({
  Start: [
    say("Waiting for the shop."),
    step("webhook", { responseVariableMapping: [{ id: "m", variableId: "Order", bodyPath: "data.order" }] }),
    say("Order {{Order}} came in."),
    ask("text input", { variableId: "More" }),
  ],
});
