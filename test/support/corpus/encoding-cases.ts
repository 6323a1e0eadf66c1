/** Leaves that say the right thing in the wrong way: breaches of DER and of the profile that do not stop a reader. */
import {
  bitString,
  boolean,
  ctx,
  ctxRaw,
  type Der,
  elementsIn,
  generalizedTime,
  int,
  longerLength,
  nul,
  octetString,
  oid,
  seq,
  split,
  utcTime,
} from "../der-writer.ts";
import type { CorpusCase } from "./case.ts";
import {
  authorities,
  basicConstraints,
  days,
  extension,
  HOST,
  keyUsage,
  leaf,
  OID,
  type Recipe,
  san,
} from "./maker.ts";

const ODD = "cert-der-oddity";

function odd(name: string, oddity: RegExp, recipe: () => Recipe, more: readonly string[] = []): CorpusCase {
  return {
    name,
    make: () => ({ kind: "chain", sent: [leaf(recipe()).der, authorities().intermediate.der] }),
    expect: [ODD, ...more],
    shows: { oddity },
  };
}

/** So wrong that OpenSSL refuses it. */
function refused(
  name: string,
  oddity: RegExp,
  recipe: () => Recipe,
  more: readonly string[] = [],
): CorpusCase {
  return odd(name, oddity, recipe, [...more, "cert-untrusted"]);
}

/** The whole certificate rewritten after signing: the signature covers only the body, which stays. */
function rewritten(
  name: string,
  oddity: RegExp,
  change: (parts: Der[], whole: Der) => Buffer,
  trusted = true,
): CorpusCase {
  return {
    name,
    make: () => {
      const whole = leaf().der;
      return {
        kind: "chain",
        sent: [change(elementsIn(split(whole).body), whole), authorities().intermediate.der],
      };
    },
    expect: trusted ? [ODD] : [ODD, "cert-untrusted"],
    shows: { oddity, trusted },
  };
}

const withExtensions = (...more: readonly Der[]): Recipe => ({
  extensions: Object.fromEntries(more.map((one, index) => [`more ${index}`, one])),
});

const serials: readonly CorpusCase[] = [
  odd("a negative serial number", /serial number is negative/, () => ({ serial: int(-12345) }), [
    "cert-serial",
  ]),
  odd("a serial number of zero", /serial number is zero/, () => ({ serial: int(0) }), ["cert-serial"]),
  odd("a serial number of 21 octets", /21 octets/, () => ({ serial: int(Buffer.alloc(21, 0x51)) }), [
    "cert-serial",
  ]),
  refused("a serial number with needless zeros", /integer not in its shortest form/, () => ({
    serial: int(Buffer.from("000000004111111111111111", "hex")),
  })),
];

const times: readonly CorpusCase[] = [
  odd("GeneralizedTime before 2050", /GeneralizedTime for a year before 2050/, () => ({
    notBefore: generalizedTime(days(-31)),
  })),
  odd("a time without seconds", /without seconds/, () => ({ notBefore: utcTime("2605010000Z") })),
  odd("a time with an offset", /offset instead of Z/, () => ({ notBefore: utcTime("260501020000+0200") })),
  odd("a time without a zone", /without Z/, () => ({ notBefore: utcTime("260501000000") })),
  odd("a time with a fraction", /fraction of a second/, () => ({
    notAfter: generalizedTime("20520701000000.5Z"),
  })),
];

const versions: readonly CorpusCase[] = [
  odd("version 1 with extensions", /extensions in a version 1/, () => ({ version: null }), ["cert-version"]),
  odd("version 1 written out", /version 1 is written out/, () => ({ version: ctx(0, int(0)) }), [
    "cert-version",
  ]),
  odd("version 2 with extensions", /extensions in a version 2/, () => ({ version: ctx(0, int(1)) }), [
    "cert-version",
  ]),
  odd("version 4", /version 4, which does not exist/, () => ({ version: ctx(0, int(3)) }), ["cert-version"]),
  {
    name: "version 1 without extensions, as it should be but no longer is",
    make: () => ({
      kind: "chain",
      sent: [leaf({ version: null, onlyExtensions: [] }).der, authorities().intermediate.der],
    }),
    expect: ["cert-version", "cert-no-san"],
  },
  odd("an issuerUniqueID", /issuerUniqueID/, () => ({ beforeExtensions: [ctxRaw(1, Buffer.of(0, 1, 2))] })),
  odd("a subjectUniqueID", /subjectUniqueID/, () => ({ beforeExtensions: [ctxRaw(2, Buffer.of(0, 1, 2))] })),
  refused("a field too many in the body", /more fields than its type/, () => ({
    tbs: (parts) => seq(...parts, nul()),
  })),
];

const extensions: readonly CorpusCase[] = [
  refused("an extension twice", /subjectAltName twice/, () => withExtensions(san(HOST))),
  odd("an unknown extension twice", /1\.2\.3\.4\.5 twice/, () =>
    withExtensions(extension("1.2.3.4.5", nul()), extension("1.2.3.4.5", nul())),
  ),
  odd("critical FALSE written out", /critical FALSE is written out/, () =>
    withExtensions(seq(oid("1.2.3.4.5"), boolean(false), octetString(nul()))),
  ),
  odd("TRUE written as 01", /TRUE written as 1/, () => ({
    extensions: { [OID.ku]: seq(oid(OID.ku), boolean(true, 1), octetString(bitString(Buffer.of(0x80), 7))) },
  })),
  odd("cA FALSE written out", /cA FALSE is written out/, () => ({
    extensions: { [OID.bc]: extension(OID.bc, seq(boolean(false)), true) },
  })),
  odd("a path length without being an authority", /path length without being an authority/, () => ({
    extensions: { [OID.bc]: basicConstraints(false, 1) },
  })),
  refused(
    "a negative path length",
    /negative path length/,
    () => ({
      extensions: { [OID.bc]: basicConstraints(true, -1) },
    }),
    ["cert-ca-as-leaf"],
  ),
  odd("key usage with trailing zero bits", /trailing zeros/, () => ({
    extensions: { [OID.ku]: extension(OID.ku, bitString(Buffer.of(0x80)), true) },
  })),
  odd("key usage with unused bits that are set", /unused bits of a bit string are not zero/, () => ({
    extensions: { [OID.ku]: extension(OID.ku, bitString(Buffer.of(0x87), 7), true) },
  })),
  odd("key usage with bits that mean nothing", /no meaning/, () => ({
    extensions: { [OID.ku]: keyUsage(0, 12) },
  })),
  refused(
    "key usage that is no bit string",
    /extension keyUsage cannot be read/,
    () => ({
      extensions: { [OID.ku]: extension(OID.ku, int(5), true) },
    }),
    ["cert-key-usage"],
  ),
  refused(
    "alternative names that are no list",
    /extension subjectAltName cannot be read/,
    () => ({
      extensions: { [OID.san]: extension(OID.san, octetString(Buffer.from(HOST))) },
    }),
    ["cert-no-san"],
  ),
  refused(
    "alternative names cut off",
    /extension subjectAltName cannot be read.*truncated/,
    () => ({
      extensions: { [OID.san]: extension(OID.san, Buffer.from("3020820577", "hex")) },
    }),
    ["cert-no-san"],
  ),
  odd("bytes behind an extension's value", /2 bytes too many/, () => ({
    extensions: { [OID.san]: extension(OID.san, Buffer.concat([seq(ctxRaw(2, HOST)), nul()])) },
  })),
  refused(
    "a kind of name that does not exist",
    /no such kind of name/,
    () => ({
      extensions: { [OID.san]: extension(OID.san, seq(ctxRaw(2, HOST), ctxRaw(9, "x"))) },
    }),
    ["cert-no-san"],
  ),
  refused("an object identifier with needless octets", /object identifier not in its shortest form/, () =>
    withExtensions(seq(Buffer.from("0604808a0305", "hex"), octetString(nul()))),
  ),
  odd(
    "an empty list of extensions",
    /empty list of extensions/,
    () => ({ onlyExtensions: [], beforeExtensions: [ctx(3, seq())] }),
    ["cert-no-san"],
  ),
  odd("timestamps that cannot be read", /SCTs: /, () =>
    withExtensions(extension(OID.scts, octetString(Buffer.from("0003000100", "hex")))),
  ),
  odd("an empty list of timestamps", /SCTs: the list of timestamps is empty/, () =>
    withExtensions(extension(OID.scts, octetString(Buffer.alloc(2)))),
  ),
];

const lengths: readonly CorpusCase[] = [
  odd("a length in more octets than needed", /length not in its shortest form/, () => ({
    extensions: { [OID.san]: longerLength(san(HOST)) },
  })),
  odd("a length in twenty octets more than needed", /length not in its shortest form/, () => ({
    extensions: { [OID.san]: longerLength(san(HOST), 20) },
  })),
  rewritten("bytes after the certificate", /3 bytes after the certificate/, (_parts, whole) =>
    Buffer.concat([whole, Buffer.of(1, 2, 3)]),
  ),
  rewritten(
    "a field behind the signature",
    /more fields than its type/,
    (parts) => seq(...parts, nul()),
    false,
  ),
  rewritten(
    "an outer length in more octets than needed",
    /length not in its shortest form/,
    (_parts, whole) => longerLength(whole),
  ),
];

export const ENCODING_CASES: readonly CorpusCase[] = [
  ...serials,
  ...times,
  ...versions,
  ...extensions,
  ...lengths,
];
