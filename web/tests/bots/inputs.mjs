// One question of every kind. `?Topic=…` in the page's address chooses which is asked.

import { ask, bot, jump, say } from "../support/bot.mjs";

const answer = { variableId: "Answer" };
const got = say("Got {{Answer}}.");
const question = (type, options = {}, items) =>
  [say("Well?"), ask(type, { ...answer, ...options }, items && { items }), got];

export const inputs = (site) => bot({
  Start: [jump("{{Topic}}")],
  Text: question("text input", { labels: { placeholder: "Your name", button: "Go" } }),
  LongText: question("text input", { isLong: true }),
  Number: question("number input", { min: 2, max: 10, step: 0.5 }),
  Email: question("email input", { retryMessageContent: "Is that an address?" }),
  Url: question("url input"),
  Date: question("date input", { format: "dd.MM.yyyy" }),
  DateTime: question("date input", { hasTime: true, format: "yyyy-MM-dd HH:mm" }),
  DateRange: question("date input", { isRange: true, format: "yyyy-MM-dd", labels: { separator: "till" } }),
  Time: question("time input"),
  Phone: question("phone number input", { defaultCountryCode: "FR" }),
  Buttons: question("choice input", {}, [{ content: "Yes" }, { content: "No", value: "bye" }, { content: "Other", to: "Branch" }]),
  ManyButtons: question("choice input", { isMultipleChoice: true, buttonLabel: "Take" },
    [{ content: "Oslo" }, { content: "Lisbon" }, { content: "Kyoto", value: "KIX" }]),
  SearchedButtons: question("choice input", { isSearchable: true, searchInputPlaceholder: "Find" },
    [{ content: "Oslo" }, { content: "Lisbon" }]),
  DynamicButtons: [
    { type: "Set variable", options: { variableId: "Cities", expressionToEvaluate: "['Bern', 'Rome']", isCode: true } },
    ...question("choice input", { dynamicVariableId: "Cities" }, [{ content: "unused" }]),
  ],
  Pictures: question("picture choice input", {},
    [{ id: "pic1", title: "Teal", pictureSrc: `${site}/picture.svg` }, { id: "pic2", title: "Second", pictureSrc: `${site}/picture.svg` }]),
  ManyPictures: question("picture choice input", { isMultipleChoice: true },
    [{ title: "One", pictureSrc: `${site}/picture.svg` }, { title: "Two", pictureSrc: `${site}/picture.svg` }]),
  Rating: question("rating input", { length: 5, startsAt: 1, labels: { left: "Bad", right: "Good" } }),
  Stars: question("rating input", { buttonType: "Icons", length: 5, isOneClickSubmitEnabled: true }),
  Cards: [
    say("Well?"),
    ask("cards", { saveResponseMapping: [{ field: "Title", variableId: "Title" }, { field: "Internal Value", variableId: "Inner" }] }, {
      items: [
        { id: "card1", title: "Paris", description: "A city", imageUrl: `${site}/picture.svg`, options: { internalValue: "PAR" },
          paths: [{ id: "path1", text: "Go" }, { id: "path2", text: "Read", to: "Branch" }] },
        { id: "card2", title: "Rome", paths: [{ id: "path3", text: "Go there" }] },
      ],
    }),
    say("Got {{Title}} ({{Inner}})."),
  ],
  Payment: question("payment input", { amount: "10", currency: "EUR" }),
  Branch: [say("Another way.")],
}, { variables: ["Topic"] });
