// The colours of the tokens can be told apart by everyone: the contrasts of WCAG 2, level AA.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const css = await readFile(new URL("../styles/tokens.css", import.meta.url), "utf8");
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name, ...pair]) => [name, pair]),
);

function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const value = parseInt(hex.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const papers = ["paper", "paper-2", "paper-3"];
const pairs = [
  ...["ink", "ink-2"].flatMap((text) => papers.map((paper) => [text, paper, 4.5])),
  ...["ink-3", "thread", "good", "warn", "bad"].flatMap((text) =>
    papers.slice(0, 2).map((paper) => [text, paper, 4.5])),
  ["on-thread", "thread", 4.5],
  ["on-thread", "thread-hover", 4.5],
  ["thread", "thread-soft", 4.5],
  ...[...tokens.keys()].filter((name) => name.startsWith("family-")).map((family) => [family, "paper", 3]),
];

for (const [scheme, index] of [["light", 0], ["dark", 1]]) {
  test(`the ${scheme} colours can be read`, () => {
    assert.ok(pairs.length >= 20 && pairs.some(([name]) => name === "family-event"));
    for (const [text, paper, least] of pairs) {
      const found = contrast(tokens.get(text)[index], tokens.get(paper)[index]);
      assert.ok(found >= least, `${text} on ${paper}: ${found.toFixed(2)}, at least ${least} is needed`);
    }
  });
}
