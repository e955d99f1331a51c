// A language model's server on this machine: writes the parts it is told to, and holds the rest back
// until it is let go on.

import { createServer } from "node:http";

/** `parts` are texts, or promises that are waited for before the next one. */
export async function serve(parts) {
  const asked = [];
  const model = { parts, asked };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    asked.push(body);
    if (model.failing) {
      response.writeHead(500, { "content-type": "application/json" });
      return response.end('{"error":{"message":"overloaded"}}');
    }
    if (!body.stream) {
      const words = (await Promise.all(model.parts)).filter((part) => typeof part === "string");
      response.writeHead(200, { "content-type": "application/json" });
      const message = { role: "assistant", content: words.join("") };
      return response.end(JSON.stringify({ id: "c", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] }));
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (delta, reason = null) => response.write(`data: ${JSON.stringify({
      id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: reason }],
    })}\n\n`);
    for (const part of model.parts) {
      const words = await part;
      if (typeof words === "string") send({ content: words });
    }
    send({}, "stop");
    response.end("data: [DONE]\n\n");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return Object.assign(model, {
    address: `127.0.0.1:${port}`,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
}
