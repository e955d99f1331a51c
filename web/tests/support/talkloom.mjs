// A real server: the binary that TALKLOOM_BIN names (else the repository's debug build) on a free
// port with a data folder of its own.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const BINARY = process.env.TALKLOOM_BIN
  ?? fileURLToPath(new URL("../../../target/debug/talkloom", import.meta.url));
// Compiled blocks are kept from one test file to the next.
const CACHE = join(dirname(BINARY), "browser-tests-cache");
// A first start compiles the blocks.
const START_LIMIT_MS = 120_000;

/** Why tests with a real server cannot run here, or false. */
export const missing = existsSync(BINARY) ? false : `there is no server to start at ${BINARY}`;

/** Starts a server. `allow` lists addresses of this machine that blocks may reach. */
export async function serve({ allow = [] } = {}) {
  const data = await mkdtemp(join(tmpdir(), "talkloom-client-"));
  const port = await freePort();
  const config = join(data, "talkloom.toml");
  const egress = `[egress]\nallow = ${JSON.stringify(allow)}\n`;
  await writeFile(config, `log = "warn"\n${egress}[blocks]\ncache_dir = ${JSON.stringify(CACHE)}\n`);
  const common = ["--data", data, "--config", config];
  const url = `http://127.0.0.1:${port}`;
  const server = {
    url,
    port,
    /** Lets visitors talk to a bot under the given public id. */
    async publish(publicId, document) {
      const file = join(data, `${publicId}.json`);
      await writeFile(file, JSON.stringify(document));
      const args = ["import", file, "--publish", "--public-id", publicId, ...common];
      const { stdout } = await run(BINARY, args);
      return JSON.parse(stdout);
    },
    /** Runs a command on the server's data and gives what it prints. */
    async command(...words) {
      const { stdout } = await run(BINARY, [...words, ...common]);
      return stdout.trim();
    },
    /** Rows of the database. */
    async rows(query) {
      const { stdout } = await run("sqlite3", ["-readonly", "-json", join(data, "talkloom.db"), query]);
      return JSON.parse(stdout || "[]");
    },
    /** Changes the database, for what no command does. */
    async write(statement) {
      await run("sqlite3", ["-cmd", ".timeout 5000", join(data, "talkloom.db"), statement]);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill()) await ended;
    },
    async start() {
      child = await launch(url, ["serve", "--listen", `127.0.0.1:${port}`, ...common]);
    },
    async close() {
      await server.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
  let child;
  await server.start();
  return server;
}

async function launch(url, args) {
  const child = spawn(BINARY, args, { stdio: ["ignore", "ignore", "inherit"] });
  const limit = Date.now() + START_LIMIT_MS;
  while (child.exitCode === null && Date.now() < limit) {
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok) return child;
    await pause(50);
  }
  child.kill();
  throw new Error(`the server did not answer on ${url}`);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
