// Mails as files in a folder: here your mail service.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Sends mails by leaving each in `folder`, for nobody else to read. */
export function mailTo(folder) {
  return (address, link) => writeFile(join(folder, `${address}.txt`), `${link}\n`, { mode: 0o600 });
}
