import { KeyRing } from "./key-ring";
import { readSettings } from "./settings";

/** Stops the process when a variable is missing or wrong. The value is not repeated. */
export function checkSettings(): void {
  try {
    readKeys(readSettings().accessKey);
  } catch (error) {
    console.error(`The app cannot start: ${(error as Error).message}`);
    process.exit(1);
  }
}

function readKeys(source: string): void {
  try {
    new KeyRing(source);
  } catch (error) {
    throw new Error(`TOLLGATE_ACCESS_KEY: ${(error as Error).message}`);
  }
}
