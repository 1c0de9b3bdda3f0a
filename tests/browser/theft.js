// A refresh by somebody who has a copy of the cookie, and hides nothing else.

/** What the server answers: its status, what it says, and the cookie that it gives. */
export async function refreshWith({ name, value }, origin) {
  const response = await fetch(`${origin}/auth/refresh`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie: `${name}=${value}`, origin },
    body: JSON.stringify({ mode: "cookie" }),
  });
  const cookie = response.headers.getSetCookie()[0]?.match(/^([^=]+)=([^;]*)/);
  return { status: response.status, ...(await response.json()), cookie: cookie && { name: cookie[1], value: cookie[2] } };
}
