import { describe, expect, test } from "vitest";
import { isSecretName, maskUrl } from "../../src/core/secrets.ts";

describe("what may be a secret, by its name", () => {
  test.each([
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "X-Api-Key",
    "apikey",
    "access_token",
    "X-Amz-Signature",
    "PHPSESSIONID",
    "password",
  ])("%s is one", (name) => expect(isSecretName(name)).toBe(true));

  test.each(["Accept", "Content-Type", "page", "X-Id", "Host"])("%s is none", (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe("a URL that is shown", () => {
  test.each([
    ["/plain", "/plain"],
    ["/a?x=1&y=2", "/a?x=1&y=2"],
    ["/a?token=abc&x=1", "/a?token=…&x=1"],
    ["http://h/a?x=1&TOKEN=a=b", "http://h/a?x=1&TOKEN=…"],
    ["/a?%74oken=abc", "/a?%74oken=…"],
    ["/a?%zz=1", "/a?%zz=1"],
    ["/a?token", "/a?token"],
    ["/a?token=a?b", "/a?token=…"],
  ])("%s is shown as %s", (url, shown) => expect(maskUrl(url)).toBe(shown));
});
