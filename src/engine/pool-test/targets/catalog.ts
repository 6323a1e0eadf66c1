/** The list of targets, by what is spoken. */
import type { WireProtocol } from "../../../core/endpoint.ts";
import type { TargetPlan } from "../plan.ts";
import { openEcho } from "./echoes.ts";
import { openHttp } from "./http.ts";
import { openMysql } from "./mysql.ts";
import { openPostgres } from "./postgres.ts";
import { openRedis } from "./redis.ts";
import { withServeDesk } from "./serve-desk.ts";
import type { OpenTarget } from "./target.ts";

type Open = (plan: TargetPlan) => Promise<OpenTarget>;

export const TARGETS: Partial<Readonly<Record<WireProtocol, Open>>> = {
  postgres: openPostgres,
  mysql: openMysql,
  redis: openRedis,
  http: openHttp,
  raw: openEcho,
  framed: openEcho,
  ws: openEcho,
};

/** Nothing is connected yet: a driver is loaded, and an admin listener asked. @throws NetkitError when that fails */
export async function openTarget(plan: TargetPlan, signal?: AbortSignal): Promise<OpenTarget> {
  const open = TARGETS[plan.endpoint.protocol];
  if (open === undefined) throw new Error(`no target speaks ${plan.endpoint.protocol}`);
  const target = await open(plan);
  return plan.admin === undefined ? target : await withServeDesk(target, plan.admin, plan.tls, signal);
}
