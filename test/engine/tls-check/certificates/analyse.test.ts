/** What an analysis says beyond the findings of the corpus: indices, paths, reasons, stores. */
import { describe, expect, test } from "vitest";
import { analyseChain, leafOf } from "../../../../src/engine/tls-check/certificates/analyse.ts";
import { compareChain } from "../../../../src/engine/tls-check/certificates/expect-chain.ts";
import { keyKnown, keyMatches, sameKey } from "../../../../src/engine/tls-check/certificates/key-match.ts";
import type { Certificate, PrivateKeyItem } from "../../../../src/engine/tls-check/certificates/model.ts";
import { readItems } from "../../../../src/engine/tls-check/certificates/read-file.ts";
import {
  certificatesInPem,
  loadSystemAuthorities,
  mozillaAuthorities,
  trustIndex,
} from "../../../../src/engine/tls-check/certificates/trust-stores.ts";
import { certificate } from "../../../support/corpus/case.ts";
import { testKey } from "../../../support/corpus/keys.ts";
import {
  AT,
  authorities,
  authorityInfo,
  days,
  type Issued,
  issue,
  leaf,
  OID,
} from "../../../support/corpus/maker.ts";
import { bitString, ctxRaw, int, octetString, oid, pem, seq } from "../../../support/der-writer.ts";

const root = certificate(authorities().root.der);
const intermediate = certificate(authorities().intermediate.der);
const read = (issued: Issued): Certificate => certificate(issued.der);

function analyse(sent: readonly Certificate[], more: Partial<Parameters<typeof analyseChain>[1]> = {}) {
  return analyseChain(sent, {
    where: "test",
    atMs: AT.getTime(),
    extraAuthorities: [root],
    mozillaAuthorities: [],
    ctLogs: new Map(),
    ...more,
  });
}

describe("the order of what was sent", () => {
  const own = read(leaf());
  const stranger = read(issue({ subject: "stranger", key: testKey("p256", "stranger") }));

  test("is told by indices, duplicates and strangers apart", () => {
    const { order, inOrder, duplicates, extra, rootSent } = analyse([own, stranger, root, intermediate, own]);
    expect({ order, inOrder, duplicates, extra, rootSent }).toEqual({
      order: [0, 3, 2],
      inOrder: false,
      duplicates: [4],
      extra: [1],
      rootSent: 2,
    });
  });

  test("of a file finds the leaf wherever it stands", () => {
    expect(analyse([root, intermediate, own]).leaf).toBe(own);
    expect(analyse([root, intermediate, own]).order).toEqual([2, 1, 0]);
    expect(leafOf([root, intermediate])).toBe(root);
  });

  test("of a server takes its first certificate as the leaf", () => {
    const served = {
      certificates: [],
      version: "TLSv1.2",
      keyType: "ecdsa",
      serverName: undefined,
      stapledOcsp: undefined,
      tlsScts: undefined,
    } as const;
    expect(analyse([intermediate, own], { served }).leaf).toBe(intermediate);
  });
});

describe("what is missing", () => {
  test("is the issuer, with the place where it can be fetched", () => {
    const own = read(
      leaf({ extensions: { [OID.aia]: authorityInfo(["issuers", "http://ca.example/i.der"]) } }),
    );
    const { missing, trust } = analyse([own]);
    expect(missing).toEqual({ of: own, issuer: "CN=Test Intermediate", urls: ["http://ca.example/i.der"] });
    expect(trust.find(({ store }) => store === "given")?.why).toBe(
      'the issuer "Test Intermediate" of "www.example.org" was neither sent nor is it in the store',
    );
  });

  test("is nothing when a store has the issuer", () => {
    expect(analyse([read(leaf())], { extraAuthorities: [intermediate] }).missing).toBeUndefined();
  });

  test("is nothing when the chain ends in its root, known or not", () => {
    const { missing, trust } = analyse([read(leaf()), intermediate, root], { extraAuthorities: [] });
    expect(missing).toBeUndefined();
    expect(trust).toEqual([
      { store: "mozilla", trusted: false, why: 'the root "Test Root" is not in the store', path: [] },
    ]);
  });
});

describe("stores", () => {
  test("are judged one by one", () => {
    const { trust, publiclyTrusted } = analyse([read(leaf()), intermediate], {
      systemAuthorities: [root],
      extraAuthorities: undefined,
    });
    expect(trust.map(({ store, trusted }) => [store, trusted])).toEqual([
      ["mozilla", false],
      ["system", true],
    ]);
    expect(publiclyTrusted).toBe(false);
  });

  test("of Mozilla make a certificate public, expired or not", () => {
    const expired = read(leaf({ notAfter: days(-1) }));
    const { trust, publiclyTrusted } = analyse([expired, intermediate], {
      mozillaAuthorities: [root],
      extraAuthorities: undefined,
    });
    expect(publiclyTrusted).toBe(true);
    expect(trust[0]).toMatchObject({ trusted: false, why: '"www.example.org" expired on 2026-05-31' });
  });

  test("may hold an intermediate, or the leaf itself", () => {
    const own = read(leaf());
    expect(analyse([own], { extraAuthorities: [intermediate] }).path).toEqual([own, intermediate]);
    expect(analyse([own], { extraAuthorities: [own] }).path).toEqual([own]);
  });

  test("do not trust a leaf for having the name and key of one they hold", () => {
    const [one, twin] = [read(issue()), read(issue())];
    expect(analyse([one], { extraAuthorities: [twin] }).trust.some(({ trusted }) => trusted)).toBe(false);
  });

  test("take their own copy of a cross-signed root", () => {
    const other = issue({ ca: true, subject: "Old Root", key: testKey("p256", "old root") });
    const cross = read(
      issue({ ca: true, subject: "Test Root", key: testKey("p256", "root"), issuer: other }),
    );
    expect(analyse([read(leaf()), intermediate, cross]).path.at(-1)).toBe(root);
  });
});

describe("the authorities of Mozilla", () => {
  test("are all read, and found by name", () => {
    const all = mozillaAuthorities();
    expect(all.length).toBeGreaterThan(100);
    const index = trustIndex(all);
    expect(trustIndex(all)).toBe(index);
    for (const authority of all) expect(index.named(authority.subject)).toContain(authority);
  });

  test("trust each of themselves, signatures verified", () => {
    const all = mozillaAuthorities();
    for (const authority of all) {
      const { trust } = analyseChain([authority], {
        where: "root",
        atMs: authority.notBeforeMs + 1000,
        ctLogs: new Map(),
      });
      expect(trust[0]?.trusted, trust[0]?.why).toBe(true);
    }
  });
});

describe("the system's bundle", () => {
  const bundle =
    pem("CERTIFICATE", root.der) +
    pem("X509 CRL", Buffer.from("3000", "hex")) +
    pem("CERTIFICATE", intermediate.der);

  test("is the first that can be read and holds certificates", async () => {
    const tried: string[] = [];
    const found = await loadSystemAuthorities(
      async (path) => {
        tried.push(path);
        if (path === "/missing") throw new Error("ENOENT");
        return path === "/empty" ? "" : bundle;
      },
      ["/missing", "/empty", "/full", "/never"],
    );
    expect(tried).toEqual(["/missing", "/empty", "/full"]);
    expect(found?.map(({ sha256 }) => sha256)).toEqual([root.sha256, intermediate.sha256]);
  });

  test("is what node knows where there is no file, and undefined where there is neither", async () => {
    const missing = async (): Promise<string> => Promise.reject(new Error("ENOENT"));
    expect(await loadSystemAuthorities(missing, ["/missing"], () => [root])).toEqual([root]);
    expect(await loadSystemAuthorities(missing, ["/missing"], () => [])).toBeUndefined();
  });

  test("may hold other things, which are left out", () => expect(certificatesInPem(bundle)).toHaveLength(2));
});

describe("the chain expected", () => {
  const own = read(leaf());

  test("is the same when every byte is", () =>
    expect(compareChain([own.der, intermediate.der], [own.der, intermediate.der])).toEqual([]));

  test("differs by a certificate that is another, missing, or one too many", () => {
    const other = read(leaf());
    expect(compareChain([own.der], [other.der])[0]).toMatch(
      /^the leaf is "www.example.org" \(serial .*\) instead of "www.example.org"/,
    );
    expect(compareChain([own.der, intermediate.der], [own.der])).toEqual([
      expect.stringMatching(/^certificate 2, "Test Intermediate" .* is missing$/),
    ]);
    expect(compareChain([own.der], [own.der, intermediate.der])).toEqual([
      expect.stringMatching(/^certificate 2, .* is not expected$/),
    ]);
  });
});

describe("a key and a certificate", () => {
  const keyOf = (key: ReturnType<typeof testKey>): PrivateKeyItem => {
    const bytes = key.privateKey.export({ type: "pkcs8", format: "der" });
    const [item] = readItems(bytes, { path: "key" }).items;
    if (item?.kind !== "private-key") throw new Error("no key");
    return item;
  };

  test.each(["p256", "p521", "rsa2048", "ed25519", "dsa2048"] as const)(
    "of kind %s belong together, or not",
    (kind) => {
      const own = read(leaf({ key: testKey(kind) }));
      expect(keyMatches(keyOf(testKey(kind)).publicKey, own)).toBe(true);
      expect(keyMatches(keyOf(testKey("p384", "other")).publicKey, own)).toBe(false);
    },
  );

  test("belong together although the point is compressed", () => {
    const key = testKey("p256", "compressed");
    const point = key.spki.subarray(-65);
    const compressed = Buffer.concat([Buffer.of(2 + (point[64]! & 1)), point.subarray(1, 33)]);
    const spki = seq(seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), bitString(compressed));
    expect(keyMatches(keyOf(key).publicKey, read(leaf({ key, spki })))).toBe(true);
  });

  test("are not judged where the public half is unknown", () => {
    const bytes = seq(
      int(0),
      seq(oid("2.16.840.1.101.3.4.3.18")),
      octetString(ctxRaw(0, Buffer.alloc(32, 1))),
    );
    const [item] = readItems(bytes, { path: "key" }).items;
    const key = (item as PrivateKeyItem).publicKey;
    expect(key).toMatchObject({ type: "ml-dsa", curve: "ML-DSA-65" });
    if (keyKnown(key)) return;
    expect(sameKey(key, key)).toBe(false);
  });
});
