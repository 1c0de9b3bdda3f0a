// Browsers that keep less than others, as scripts that run before a page.

/** What Chromium does to a page whose site may keep nothing; the cookies themselves are lost on the way. */
export function blockStorage(cookiesToo = true) {
  if (cookiesToo) Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} });
  const denied = () => new DOMException("Access is denied for this document.", "SecurityError");
  for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, {
      get() {
        throw denied();
      },
    });
  }
  // Only pages of a secure origin have locks, and the empty one that comes before has not.
  if (navigator.locks) navigator.locks.request = () => Promise.reject(denied());
}

/** Leaves no room for a single letter, as whatever else is of this origin may do. */
export function fillStorage() {
  // The empty page that comes before has no storage.
  if (origin === "null") return;
  for (const storage of [localStorage, sessionStorage]) {
    for (let size = 2 ** 22, block = 0; size >= 1; ) {
      try {
        storage.setItem(`filler ${(block += 1)}`, "x".repeat(size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  }
}
