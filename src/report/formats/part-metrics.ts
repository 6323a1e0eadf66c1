/** Figures that only some runs have, by name: of datagrams, held connections, streams, handshakes and fan-outs. */
import type { RunResult } from "../../core/run-document.ts";

/** Name behind `netkit_flood_`, what it is, and its value in seconds, bytes or a count. */
export type Part = readonly [name: string, help: string, value: number];

export function partsOf({ datagrams, held, throughput, handshakes, fanOut }: RunResult): readonly Part[] {
  const parts: Part[] = [];
  if (datagrams !== undefined) {
    parts.push(
      ["datagrams_sent", "Datagrams sent.", datagrams.sent],
      ["datagrams_arrived", "First answers, late ones too.", datagrams.arrived],
      ["datagrams_lost", "Datagrams that were never answered.", datagrams.lost],
      ["datagrams_late", "Answers after the time-out.", datagrams.late],
      ["datagrams_reordered", "Answers behind a later one.", datagrams.reordered],
      ["datagrams_duplicates", "Second and further answers.", datagrams.duplicates],
    );
    if (datagrams.jitterUs !== null) {
      parts.push([
        "datagrams_jitter_seconds",
        "Mean interarrival jitter, there and back.",
        datagrams.jitterUs / 1e6,
      ]);
    }
  }
  if (held !== undefined) {
    parts.push(
      ["held_connections_live", "Held connections that stood at the end.", held.live],
      ["held_connections_opened", "Held connections that were opened.", held.opened],
      ["held_connections_lost", "Held connections that ended before the end.", held.lost],
      ["held_opening_seconds", "From the first dial to the last connection.", held.openingSeconds],
    );
  }
  if (throughput !== undefined) {
    parts.push(
      ["sent_bytes_per_second", "Bytes a second that the system took.", throughput.sentPerSecond],
      ["received_bytes_per_second", "Bytes a second that came.", throughput.receivedPerSecond],
    );
  }
  if (handshakes !== undefined) {
    parts.push(
      ["full_handshakes", "TLS handshakes in full.", handshakes.full],
      ["resumed_handshakes", "TLS handshakes that took up a session.", handshakes.resumed],
    );
  }
  if (fanOut !== undefined) {
    parts.push(
      ["fan_out_listeners", "Connections that were to receive.", fanOut.listeners],
      ["fan_out_receipts_expected", "Receipts that were to come.", fanOut.expected],
      ["fan_out_receipts", "First receipts, late ones too.", fanOut.delivered],
      ["fan_out_receipts_lost", "Receipts that never came.", fanOut.lost],
      ["fan_out_duplicates", "Second and further receipts.", fanOut.duplicates],
      ["fan_out_reordered", "Receipts behind a later one.", fanOut.reordered],
    );
  }
  const receipts = fanOut?.latency;
  if (receipts !== undefined && receipts.p50 !== null && receipts.p99 !== null && receipts.max !== null) {
    parts.push(
      ["fan_out_receipt_p50_seconds", "From sending to a receipt, p50.", receipts.p50 / 1e6],
      ["fan_out_receipt_p99_seconds", "From sending to a receipt, p99.", receipts.p99 / 1e6],
      ["fan_out_receipt_max_seconds", "From sending to a receipt, the longest.", receipts.max / 1e6],
    );
  }
  return parts;
}
