/**
 * All probes that send what no client would, at once. "Vulnerable" (`offered`) is only what a probe has shown.
 *
 * Cost on a sound server: CCS injection 1, Heartbleed 0 or 1, ROBOT 0 or 10, CBC padding 0 or 2. Ticketbleed
 * comes with the sessions.
 */
import type { Answer, VulnerabilityFacts } from "../../facts.ts";
import type { ClassicVersion } from "../known.ts";
import type { ClassicProbe } from "../sessions12.ts";
import { isCbc, probeCbcPadding } from "./cbc-padding.ts";
import { probeCcsInjection } from "./ccs-injection.ts";
import { probeHeartbleed } from "./heartbleed.ts";
import { hasRsaKeyExchange, probeRobot } from "./robot.ts";

export interface VulnerabilityProbe extends ClassicProbe {
  /** Versions below the one of `known`, newest first. */
  readonly older: readonly ClassicVersion[];
  /** The server takes up the heartbeat extension, as far as that is known. */
  readonly heartbeat: Answer | undefined;
}

export async function probeVulnerabilities(
  probe: VulnerabilityProbe,
): Promise<Omit<VulnerabilityFacts, "ticketbleed">> {
  const { prober, known } = probe;
  const [heartbleed, ccsInjection, robot, cbc] = await Promise.all([
    probeHeartbleed(prober, known, probe.heartbeat),
    probeCcsInjection(prober, known),
    probeRobot(whereThereIs(hasRsaKeyExchange, probe)),
    probeCbcPadding(whereThereIs(isCbc, probe)),
  ]);
  return {
    heartbleed,
    ccsInjection,
    robot: robot.answer,
    robotOracle: robot.oracle,
    poodleTls: cbc.poodleTls,
    cbcPaddingOracle: cbc.paddingOracle,
  };
}

/** The same probe with the newest version that has such a suite; with the newest of all when none has. */
function whereThereIs(isSuch: (code: number) => boolean, probe: VulnerabilityProbe): ClassicProbe {
  const known = [probe.known, ...probe.older].find(({ suites }) => suites.some(isSuch)) ?? probe.known;
  return { ...probe, known };
}
