// The server: `npm start`.

import { createServer } from "node:http";
import { toNodeHandler } from "better-auth/node";
import { createAuth } from "./auth.js";
import { mailTo } from "./mail.js";
import { readSettings } from "./settings.js";

const settings = readSettings();
const server = createServer();
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const auth = createAuth(settings, process.env.BETTER_AUTH_URL ?? url, mailTo(settings.mailFolder));
  server.on("request", toNodeHandler(auth));
  console.log(`Better Auth listens on ${url}`);
});
