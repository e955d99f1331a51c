// Writes bots' documents: groups by title, connections by the title they lead to.
//
//     bot({ Start: [say("Name?"), ask("text input", { variableId: "Name" })], … })
//
// `to: "Title"` on a block, an item, a card's path or an event becomes an edge. Variables are made
// from every `…ariableId` that occurs; their ids are their names.

let count = 0;
const fresh = (kind) => `${kind}${++count}`;

/** A text bubble; a paragraph for each argument. */
export const say = (...paragraphs) => ({
  type: "text",
  content: { richText: paragraphs.map((text) => ({ type: "p", children: [{ text }] })) },
});
export const bubble = (type, content) => ({ type, content });
export const ask = (type, options = {}, more = {}) => ({ type, options, ...more });
export const buttons = (...contents) => ({
  type: "choice input",
  items: contents.map((content) => (typeof content === "string" ? { content } : content)),
});
export const step = (type, options = {}) => ({ type, options });
export const jump = (to) => ({ type: "Jump", options: { groupId: to } });

/** A document of version 6. The first group is where it starts. */
export function bot(groups, { settings = {}, theme = {}, events = [], variables = [], ...more } = {}) {
  const edges = [];
  const names = new Set(variables);
  const connect = (to, from) => {
    if (to === undefined) return {};
    const id = fresh("edge");
    edges.push({ id, from, to: { groupId: to } });
    return { outgoingEdgeId: id };
  };
  const item = (blockId) => ({ to, paths, ...rest }) => {
    const id = rest.id ?? fresh("item");
    const ways = paths?.map(({ to, ...path }) => {
      const pathId = path.id ?? fresh("path");
      return { id: pathId, ...path, ...connect(to, { blockId, itemId: id, pathId }) };
    });
    return { id, ...rest, ...(ways && { paths: ways }), ...connect(to, { blockId, itemId: id }) };
  };
  const block = ({ to, items, ...rest }) => {
    const id = rest.id ?? fresh("block");
    return { id, ...rest, ...(items && { items: items.map(item(id)) }), ...connect(to, { blockId: id }) };
  };
  const start = (to) => ({ ...place(), id: "start", type: "start", ...connect(to, { eventId: "start" }) });
  const event = ({ to, ...rest }) => {
    const id = fresh("event");
    return { ...place(), id, ...rest, ...connect(to, { eventId: id }) };
  };
  const all = Object.entries(groups);
  const document = {
    version: "6",
    id: fresh("document"),
    name: "Test",
    icon: null,
    folderId: null,
    events: [start(all[0][0]), ...events.map(event)],
    groups: all.map(([title, blocks]) => ({ ...place(), id: title, title, blocks: blocks.map(block) })),
    edges,
    theme,
    settings: { ...settings, typingEmulation: { enabled: false, ...settings.typingEmulation } },
    ...more,
  };
  collect(document, names);
  document.variables = [...names].map((name) => ({ id: name, name }));
  return document;
}

const place = () => ({ graphCoordinates: { x: 0, y: 0 } });

/** Finds the variables that a document names. */
function collect(value, names) {
  for (const [key, inner] of Object.entries(value ?? {})) {
    if (/ariableId$/.test(key) && typeof inner === "string") names.add(inner);
    else if (typeof inner === "object") collect(inner, names);
  }
}
