// The npm packages, which lie in target/tools/browser and not beside the sources: NODE_PATH names them, and only
// `require` looks there.

import { createRequire } from "node:module";

export const require = createRequire(import.meta.url);
