// What protected-api answers.

/** GET /me */
export interface Me {
  id: string;
  email: string;
  scope: string;
  /** In seconds since 1970. */
  expires_at: number;
}

/** GET /reports */
export interface Reports {
  owner: string;
  reports: unknown[];
}
