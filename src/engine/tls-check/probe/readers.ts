/**
 * The readers of certificates and names that every scan uses.
 */
import { parseCertificate } from "../certificates/certificate.ts";
import { DerFault, Oddities, readElement } from "../certificates/der/element.ts";
import { readName } from "../certificates/distinguished-name.ts";
import type { Readers } from "./sightings.ts";

export const certificateReaders: Readers = { parseCertificate, nameText };

function nameText(der: Uint8Array): string | undefined {
  try {
    return readName(readElement(der, new Oddities()), "name of an authority").text;
  } catch (error) {
    if (error instanceof DerFault) return undefined;
    throw error;
  }
}
