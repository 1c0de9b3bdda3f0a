import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { AuthContext } from "./auth-context";
import { SiteHeader } from "./site-header";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Tollgate and Next.js", template: "%s · Tollgate and Next.js" },
  description: "A Next.js app whose users log in at Tollgate.",
};
export const viewport: Viewport = { colorScheme: "light dark" };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <a className="skip" href="#main">
          Skip to the page
        </a>
        <AuthContext>
          <SiteHeader />
          <main id="main" tabIndex={-1}>
            {children}
          </main>
        </AuthContext>
      </body>
    </html>
  );
}
