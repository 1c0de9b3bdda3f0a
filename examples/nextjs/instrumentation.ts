// Runs once, before the server answers: better no server than one that refuses everybody.

export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { checkSettings } = await import("./lib/start");
  checkSettings();
}
