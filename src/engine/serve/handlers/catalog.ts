/**
 * All HTTP paths: the router, the 404 answer, the metrics labels and the documentation come from this list.
 */
import { basicAuth } from "./basic-auth.ts";
import { bytes, drip } from "./body.ts";
import { echo, headers } from "./echo.ts";
import { close, reset } from "./ending.ts";
import { greeting } from "./greeting.ts";
import type { Handler } from "./handler.ts";
import { redirect, status } from "./status.ts";
import { delay, hang, stream } from "./time.ts";
import { upload } from "./upload.ts";
import { broadcast, websocket } from "./websocket.ts";

export const HANDLERS: readonly Handler[] = [
  greeting,
  echo,
  headers,
  status,
  bytes,
  stream,
  delay,
  drip,
  redirect,
  close,
  reset,
  hang,
  basicAuth,
  upload,
  websocket,
  broadcast,
];
