import { describe, expect, test } from "vitest";
import { isSecretName, maskText, maskUrl } from "../../src/core/secrets.ts";

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
    ["/a?x=1;token=abc;y=2&z=3", "/a?x=1;token=…&z=3"],
    ["/a?to=/b?token=abc&x=1", "/a?to=/b?token=…&x=1"],
    ["http://h/#access_token=abc&state=1", "http://h/#access_token=…&state=1"],
  ])("%s is shown as %s", (url, shown) => expect(maskUrl(url)).toBe(shown));
});

test("a sentence keeps its words and loses the secrets of the URLs in it", () => {
  expect(maskText("GET /a?token=abc&x=1 was answered with status 500")).toBe(
    "GET /a?token=…&x=1 was answered with status 500",
  );
  expect(maskText('no answer from "http://h/?x=1&session=a" and http://h/b?sid=1')).toBe(
    'no answer from "http://h/?x=1&session=…" and http://h/b?sid=1',
  );
  expect(maskText("connect ECONNREFUSED 127.0.0.1:80")).toBe("connect ECONNREFUSED 127.0.0.1:80");
});
