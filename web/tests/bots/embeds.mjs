// Bots for what surrounds a conversation: commands, remembered visitors, looks, refusals.

import { ask, bot, buttons, say, step } from "../support/bot.mjs";

const name = ask("text input", { variableId: "Name" });

export const greeter = (settings = {}, theme = {}) => bot({
  Hello: [say("Hello {{Name}}, who are you?"), name, say("And your age?"), ask("number input", { variableId: "Age" }), say("{{Name}} is {{Age}}.")],
}, { settings, theme });

export const prefilled = () => bot({
  Hello: [say("{{Name}} is {{Age}}. Your name?"), name, say("Thank you, {{Name}}.")],
}, { variables: ["Age"], settings: { general: { isInputPrefillEnabled: true } } });

/** Its commands: one that resumes the question, one that leads to a menu which returns. */
export const commanded = () => bot({
  Hello: [say("Who are you?"), name, say("Hello {{Name}}.")],
  Help: [say("Type your name.")],
  Menu: [say("The menu."), buttons({ content: "Back" }), step("Return")],
}, {
  events: [
    { type: "command", options: { command: "help", resumeAfter: true }, to: "Help" },
    { type: "command", options: { command: "menu" }, to: "Menu" },
  ],
});

export const picky = () => bot({
  Hello: [
    say("Your address?"),
    ask("email input", { variableId: "Email", retryMessageContent: "{{Name}}, that is no address." }),
    say("Written to {{Email}}."),
  ],
}, { variables: ["Name"] });
