/** `/basic-auth/{user}/{password}`: 200 with exactly those credentials (RFC 7617), 401 otherwise. */
import { createHash, timingSafeEqual } from "node:crypto";
import { jsonAnswer } from "../http/answer.ts";
import { answered, type Handler } from "./handler.ts";

/** Digests are of one length, so the comparison tells nothing about the credentials. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function credentialsIn(field: string | undefined): string {
  const match = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(field ?? "");
  return match === null ? "" : Buffer.from(match[1]!, "base64").toString("utf8");
}

export const basicAuth: Handler = {
  id: "basic-auth",
  pattern: "/basic-auth/{user}/{password}",
  example: "/basic-auth/ada/secret",
  description: "asks for those credentials",
  methods: ["GET"],
  reply({ head, params }) {
    const [user, password] = params;
    if (same(credentialsIn(head.headers.get("authorization")), `${user}:${password}`)) {
      return answered(jsonAnswer(200, { authenticated: true, user }));
    }
    const challenge = ["WWW-Authenticate", 'Basic realm="netkit", charset="UTF-8"'] as const;
    return answered(jsonAnswer(401, { authenticated: false }, [challenge]));
  },
};
